import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import test, { type ExecutionContext } from "ava";

import { currentHost, platformTuple } from "../lib/native/native-loader.js";
import { directoryWith } from "./support/directory.js";
import { guest } from "./support/native.js";
import { runProcess } from "./support/node.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const START = join(ROOT, "dist/lib/cli/start.js");
const keptTest = existsSync(START) ? test : test.skip;
const posixTest = process.platform === "win32" ? test.skip : keptTest;
const linuxTest = process.platform === "linux" ? keptTest : test.skip;

/** A cache, a command that uses it and prints its document, and what is kept there then. */
function scene(t: ExecutionContext) {
  const cache = directoryWith(t, {});
  const compiled = join(cache, "zirconia", `compiled-${process.version}-${process.arch}`);
  return {
    cache,
    async check(env: Record<string, string> = {}) {
      const args = [START, "check", "--json", guest("hello")];
      const options = { env: { XDG_CACHE_HOME: cache, ...env } };
      const { code, stdout, stderr } = await runProcess(process.execPath, args, options);
      t.deepEqual([code, stderr], [0, ""]);
      return stdout;
    },
    /** Of the only installation that has been used. */
    kept: (command = "check") => {
      const directory = join(compiled, readdirSync(compiled)[0]!, command);
      return readdirSync(directory).map((name) => join(directory, name));
    },
  };
}

const identity = (file: string) => statSync(file).ino;

keptTest("what is compiled for a command is kept for the next, and is read there", async (t) => {
  const { check, kept } = scene(t);
  const first = await check();
  const before = kept().map(identity);
  t.true(before.length >= 2);
  t.is(await check(), first);
  t.deepEqual(kept().map(identity), before);
});

posixTest(
  "nobody else can read or write what is kept, and what others could write is not used",
  async (t) => {
    const { check, kept } = scene(t);
    const first = await check();
    for (const file of kept()) {
      t.is(statSync(file).mode & 0o777, 0o600);
      t.is(statSync(join(file, "..")).mode & 0o777, 0o700);
      chmodSync(file, 0o620);
    }
    const before = kept().map(identity);
    t.is(await check(), first);
    for (const [index, file] of kept().entries()) {
      t.not(identity(file), before[index]);
      t.is(statSync(file).mode & 0o777, 0o600);
    }
  },
);

keptTest("what is of another file or cut off does no harm", async (t) => {
  const { check, kept } = scene(t);
  const first = await check();
  for (const file of kept()) writeFileSync(file, `x${readFileSync(file, "latin1")}`, "latin1");
  t.is(await check(), first);
  t.true(kept().every((file) => readFileSync(file, "latin1")[0] !== "x"));
  for (const file of kept()) {
    const end = readFileSync(file).indexOf("\n") + 1;
    for (const size of [0, end - 1, end, end + 100]) {
      truncateSync(file, Math.min(size, statSync(file).size));
      t.is(await check(), first);
    }
  }
});

keptTest("a check loads nothing of what runs programs", async (t) => {
  const { check, kept } = scene(t);
  await check();
  const names = new Set(kept().map((file) => basename(file)));
  t.true(names.has("check.cjs"));
  t.false(names.has("run.cjs"));
});

keptTest("what all commands are made of is kept without a word", async (t) => {
  const { cache, kept } = scene(t);
  const options = { env: { XDG_CACHE_HOME: cache } };
  const { code, stderr } = await runProcess(process.execPath, [START, "--help"], options);
  t.deepEqual([code, stderr], [0, ""]);
  t.true(kept("others").length > 10);
});

keptTest("where nothing can or shall be kept, commands run without", async (t) => {
  const { cache, check } = scene(t);
  const first = await check({ NODE_DISABLE_COMPILE_CACHE: "1" });
  t.deepEqual(readdirSync(cache), []);
  t.is(await check({ XDG_CACHE_HOME: process.execPath }), first);
  t.deepEqual(readdirSync(cache), []);
});

linuxTest("what is installed behind a link is found, whatever Node makes of links", async (t) => {
  const directory = directoryWith(t, {});
  const store = join(directory, "store", "node_modules");
  const tuple = platformTuple(currentHost());
  const binary = `zirconia.${tuple}.node`;
  for (const name of ["dist", "package.json"]) {
    cpSync(join(ROOT, name), join(store, "zirconia", name), { recursive: true });
  }
  cpSync(join(ROOT, binary), join(store, `zirconia-${tuple}`, binary));
  const manifest = JSON.stringify({ name: `zirconia-${tuple}`, main: binary });
  writeFileSync(join(store, `zirconia-${tuple}`, "package.json"), manifest);
  const link = join(directory, "node_modules", "zirconia");
  mkdirSync(dirname(link));
  symlinkSync(join(store, "zirconia"), link);
  for (const options of [[], ["--preserve-symlinks-main"]]) {
    const args = [
      ...options,
      join(link, "dist/lib/cli/start.js"),
      "check",
      "--json",
      guest("hello"),
    ];
    const env = { XDG_CACHE_HOME: directory };
    const { code, stderr } = await runProcess(process.execPath, args, { env });
    t.deepEqual([code, stderr], [0, ""]);
  }
});

keptTest("modules of the user's serve programs, though the command line is CommonJS", async (t) => {
  const directory = directoryWith(t, { "service.mjs": "export default 1;" });
  const file = join(directory, "service.mjs");
  for (const XDG_CACHE_HOME of [directory, process.execPath]) {
    const args = [START, "run", "--svc", `fuchsia.example.Service=${file}`, guest("hello")];
    const { code, stderr } = await runProcess(process.execPath, args, { env: { XDG_CACHE_HOME } });
    t.is(stderr, `zirconia: ${file} has no function as its default export\n`);
    t.is(code, 125);
  }
});
