import { join } from "node:path";

import test from "ava";

import { Kernel, run, type RunOptions } from "../index.js";
import { HostDirectory, PseudoDirectory } from "../lib/vfs/index.js";
import { zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { staticPie } from "./support/elf-file.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";
import { settlesTo } from "./support/settled.js";

/** What the program returns if there is something at a path, and if not. */
const THERE = 76n;
const MISSING = -6n;

/** Looks for paths from inside, with a namespace. */
async function look(
  namespace: NonNullable<RunOptions["namespace"]>,
  path: string,
): Promise<bigint> {
  const options = { namespace, reject: false, timeout: 60_000 };
  return (await run(guest("spawn_child"), ["--stat", path], options)).returnCode;
}

nativeTest("a program has the directories of its namespace, and no others", async (t) => {
  const host = directoryWith(t, { "file.txt": "", "dir/inner.txt": "" });
  const namespace = {
    "/pkg": host,
    "/deep/host": new HostDirectory(host),
    "/config": new PseudoDirectory({ motd: "hello" }),
  };
  const found = [
    "/pkg",
    "/pkg/file.txt",
    "/pkg/dir/inner.txt",
    "/deep/host/file.txt",
    "/config/motd",
  ];
  for (const path of found) {
    t.is(await look(namespace, path), THERE, path);
  }
  for (const path of ["/pkg/missing", "/config/file.txt", "/data", host]) {
    t.is(await look(namespace, path), MISSING, path);
  }
});

nativeTest("a namespace leaves nothing behind in its kernel", async (t) => {
  const host = directoryWith(t, { file: "" });
  await using kernel = new Kernel();
  kernel.systemVdso().close();
  t.true(kernel.rootJob.isValid);
  const own = new PseudoDirectory({ file: "" });
  const options = { kernel, namespace: { "/pkg": host, "/own": own }, reject: false };
  await run(guest("spawn_child"), ["--stat", "/own/file"], options);
  const before = kernel.stats();
  const { returnCode } = await run(guest("spawn_child"), ["--stat", "/own/file"], options);
  t.is(returnCode, THERE);
  await settlesTo(t, kernel, before);
});

test("a namespace that cannot be is refused before anything is done", async (t) => {
  const kernel = nullKernel(t);
  t.true(kernel.rootJob.isValid);
  const before = kernel.stats();
  const disposed = new PseudoDirectory();
  disposed.dispose();
  const path = directoryWith(t, {});
  const refused: [namespace: object, code: string][] = [
    [{ pkg: path }, "ZX_ERR_INVALID_ARGS"],
    [{ "/pkg/": path }, "ZX_ERR_INVALID_ARGS"],
    [{ "/pkg": path, "/pkg/in": path }, "ZX_ERR_NOT_SUPPORTED"],
    [{ "/pkg\0": path }, "ZX_ERR_INVALID_ARGS"],
    [{ "/pkg": 5 }, "ERR_INVALID_ARG_TYPE"],
    [{ "/pkg": join(path, "missing") }, "ENOENT"],
  ];
  for (const [namespace, code] of refused) {
    const options = { kernel, namespace } as RunOptions;
    await t.throwsAsync(run(staticPie(), [], options), { code });
  }
  t.deepEqual(kernel.stats(), before);
  const namespace = { "/a": new PseudoDirectory(), "/b": disposed };
  await t.throwsAsync(run(staticPie(), [], { kernel, namespace }), { code: "ZX_ERR_BAD_STATE" });
});

nativeTest("zirconia run --ns", async (t) => {
  const cwd = directoryWith(t, { "pkg/file": "", "data/other": "" });
  const child = guest("spawn_child");
  const ns = ["--ns", "/pkg=pkg", "--ns", "/data=./data"];
  t.is((await zirconia(["run", ...ns, child, "--stat", "/pkg/file"], { cwd })).code, 76);
  t.is((await zirconia(["run", ...ns, child, "--stat", "/data/other"], { cwd })).code, 76);
  t.is((await zirconia(["run", ...ns, child, "--stat", "/data/file"], { cwd })).code, 255);
});

test("zirconia run refuses what is no directory, and one place twice", async (t) => {
  const cwd = directoryWith(t, { program: staticPie() });
  const run = async (...ns: string[]) => zirconia(["run", ...ns, "program"], { cwd });
  t.is((await run("--ns", "/pkg")).code, 125);
  t.is((await run("--ns", "/pkg=.", "--ns", "/pkg=.")).code, 125);
  t.like(await run("--ns", "/pkg=missing"), { code: 125 });
  for (const path of ["pkg", "", "/pkg/", "//pkg", "/./pkg", "/pkg/.."]) {
    const { code, stderr } = await run("--ns", `${path}=.`);
    t.is(code, 125, path);
    t.regex(stderr, /is invalid\. PATH is absolute/);
  }
  const within = await run("--ns", "/pkg=.", "--ns", "/pkg/lib=.");
  t.is(within.code, 125);
  t.regex(within.stderr, /\/pkg\/lib is another's place, within another's/);
});
