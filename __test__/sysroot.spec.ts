// A program that is linked against the sysroot, and asks it what a C program asks.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { ExecutionContext } from "ava";

import { Kernel, Launcher, Resolver, run } from "../index.js";
import type { RunOptions } from "../lib/run/options.js";
import {
  HostDirectory,
  MemoryDirectory,
  NodeRights,
  PseudoDirectory,
  type VfsDirectory,
} from "../lib/vfs/index.js";
import { directoryWith } from "./support/directory.js";
import { guest, guestBytes, nativeTest } from "./support/native.js";

const LIBRARIES = new URL("../sysroot/x86_64-unknown-fuchsia/lib/", import.meta.url);

/** Runs the program on a subject; standard error names what is not as it should be. */
function ask(subject: string, options: RunOptions = {}, ...args: string[]) {
  return run(guest("sysroot_program"), [subject, ...args], { reject: false, ...options });
}

nativeTest("a program has its arguments, its environment and its handles", async (t) => {
  const env = { A: "b", EMPTY: "" };
  t.like(await ask("startup", { env }, "one", "two"), { stderr: "", returnCode: 0n });
});

nativeTest(
  "blocks of any size and alignment are apart, and what is too large is refused",
  async (t) => {
    t.like(await ask("memory"), { stderr: "", returnCode: 0n });
  },
);

nativeTest(
  "each thread has its own storage and stacks, and threads wait for each other",
  async (t) => {
    t.like(await ask("threads"), { stderr: "", returnCode: 0n });
  },
);

nativeTest("threads meet at semaphores, barriers and locks with deadlines", async (t) => {
  t.like(await ask("locks"), { stderr: "", returnCode: 0n });
});

nativeTest("strings are searched, copied and sorted, and numbers read from them", async (t) => {
  t.like(await ask("text"), { stderr: "", returnCode: 0n });
});

nativeTest(
  "streams are read by lines and bytes, written at once, and find their places",
  async (t) => {
    const input = `one\n${"x".repeat(3000)}`;
    t.like(await ask("streams", { input }), { stdout: "to 1\n", stderr: "", returnCode: 0n });
  },
);

nativeTest("values are read as a format says", async (t) => {
  t.like(await ask("scanning"), { stderr: "", returnCode: 0n });
});

nativeTest("a stack that overflows ends in a crash report", async (t) => {
  for (const subject of ["overflow", "overflow of a thread"]) {
    const { returnCode, crashReport } = await ask(subject);
    t.is(returnCode, -1028n);
    t.is(crashReport?.exceptionName, "FATAL_PAGE_FAULT");
  }
});

nativeTest("dates are those of the calendar, however they are given", async (t) => {
  t.like(await ask("calendar"), { stderr: "", returnCode: 0n });
});

nativeTest("functions of numbers are there", async (t) => {
  t.like(await ask("math"), { stderr: "", returnCode: 0n });
});

nativeTest("printf shows what C says", async (t) => {
  const stdout = "printed 1\nput\n";
  t.like(await ask("printing"), { stdout, stderr: "", returnCode: 0n });
});

nativeTest("services and protocols are known, and what takes a network is not found", async (t) => {
  t.like(await ask("network"), { stderr: "", returnCode: 0n });
});

nativeTest("lines of the system's log go where the program wants them as well", async (t) => {
  const { stderr, log, returnCode } = await ask("log", { log: "buffer" });
  const cut = `name: ${"x".repeat(1017)}\n`;
  t.is(stderr, `name: 1 is one\nname: ends\nname: shown\n${cut}`);
  t.regex(log, /console\[\d+\]: heard\n.*console\[\d+\]: heard again\n/s);
  t.false(log.includes("nobody"));
  t.is(returnCode, 0n);
});

nativeTest(
  "descriptors are streams and pipes, that can be doubled and polled, and time out",
  async (t) => {
    const { stdout, stderr, returnCode } = await ask("descriptors", { input: "abc" });
    t.is(stderr, "to stderr\n");
    t.is(stdout, "to stdout\n");
    t.is(returnCode, 0n);
  },
);

/** Empty directories that can be written, in memory and on the host. */
function empty(t: ExecutionContext): Record<string, VfsDirectory> {
  const rights = NodeRights.READABLE | NodeRights.WRITABLE;
  return {
    memory: new MemoryDirectory(),
    host: new HostDirectory(directoryWith(t, {}), { rights }),
  };
}

for (const [subject, what] of [
  ["files", "are made, read, written, moved, linked, locked, mapped and removed"],
  ["listing", "are listed, whatever number there is"],
  ["searching", "are found by patterns of their names"],
  ["handles", "are clones, namespaces and VMOs to Fuchsia's own functions"],
] as const) {
  nativeTest(`files of memory and of the host ${what}`, async (t) => {
    for (const [kind, directory] of Object.entries(empty(t))) {
      const options = { namespace: { "/data": directory }, cwd: "/data" };
      t.like(await ask(subject, options), { stderr: "", returnCode: 0n }, kind);
    }
  });
}

nativeTest("what cannot be written says so", async (t) => {
  const files = { file: "content", "dir/inner": "" };
  const directories = {
    host: new HostDirectory(directoryWith(t, files)),
    pseudo: new PseudoDirectory(
      { file: "content", dir: new PseudoDirectory({ inner: "" }) },
      { rights: NodeRights.READABLE },
    ),
  };
  for (const [kind, directory] of Object.entries(directories)) {
    const options = { namespace: { "/data": directory }, cwd: "/data" };
    t.like(await ask("read-only", options), { stderr: "", returnCode: 0n }, kind);
  }
});

/** What a resolver knows as `name`: the program, with its libraries. */
function packaged(): Record<string, Uint8Array> {
  const libraries = readdirSync(LIBRARIES).filter((name) => !name.endsWith(".o"));
  return {
    "bin/program": guestBytes("sysroot_program"),
    ...Object.fromEntries(
      libraries.map((name) => [
        `lib/${name}`,
        readFileSync(fileURLToPath(new URL(name, LIBRARIES))),
      ]),
    ),
  };
}

nativeTest("a program spawns others, also by scripts and by their names", async (t) => {
  await using kernel = new Kernel();
  using launcher = new Launcher(kernel);
  using resolver = new Resolver(kernel, { packages: { name: packaged() } });
  const namespace = {
    "/pkg": new HostDirectory(fileURLToPath(new URL("../guest/out/", import.meta.url))),
    "/svc": new PseudoDirectory({
      "fuchsia.process.Launcher": launcher.node(),
      "fuchsia.process.Resolver": resolver.node(),
    }),
    "/scripts": new PseudoDirectory({
      plain: "#!/pkg/sysroot_program child\nwhatever follows",
      nested: "#! /scripts/plain  nested \n",
      resolved: "#!resolve fuchsia-pkg://fuchsia.com/name#bin/program\n",
      loop: "#!/scripts/loop\n",
      empty: "#! \n",
      long: `#!${"a".repeat(3000)}\n`,
      mixed: "#!/scripts/resolved\n",
      missing: "#!/scripts/none\n",
      unresolved: "#!resolve fuchsia-pkg://fuchsia.com/none#bin/program\n",
    }),
  };
  const { stdout, stderr, returnCode } = await ask("spawn", { kernel, namespace, cwd: "/tmp" });
  t.is(stderr, "");
  t.is(returnCode, 0n);
  t.deepEqual(stdout.split("\n"), [
    "[one]",
    "[one]said this",
    "[one]",
    "[one]",
    "[one]",
    "[one]",
    "[/scripts/plain][child][one]",
    "[/scripts/plain][nested ][/scripts/nested][child][one]",
    "[one]",
    "",
  ]);
});

nativeTest("a program that exits first runs what it has registered", async (t) => {
  t.like(await ask("exit"), { stdout: "variable\nsecond\nfirst\n", returnCode: 7n });
});

nativeTest("a program that aborts ends by an exception", async (t) => {
  t.like(await ask("abort"), { stdout: "", returnCode: -1028n });
});

nativeTest("a program ends with its last thread", async (t) => {
  t.like(await ask("last thread"), { stdout: "alone\nfirst\n", returnCode: 0n });
});

/** libplugin.so with some of its names replaced by others of their length. */
function plugin(names: Record<string, string>): Uint8Array {
  let bytes = Buffer.from(guestBytes("lib/libplugin.so")).toString("latin1");
  for (const [name, other] of Object.entries(names)) bytes = bytes.replaceAll(name, other);
  return Buffer.from(bytes, "latin1");
}

nativeTest("libraries are opened with what they need, or leave nothing", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "sysroot-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const files = {
    "libplugin.so": plugin({}),
    "libplugiA.so": plugin({ "libplugin.so": "libplugiA.so", "libc.so": "libB.so" }),
    "libB.so": plugin({ "libplugin.so": "libplugiB.so" }),
    "libplugiC.so": plugin({ "libplugin.so": "libplugiC.so" }),
    "libbroken.so": plugin({ "libplugin.so": "libbroken.so", calloc: "nalloc" }),
    "libfixture.so": guestBytes("lib/libfixture.so"),
    "libguest.so": guestBytes("lib/libguest.so"),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes);
  const result = await ask("libraries", { libraryPath: [directory] });
  t.is(result.stderr, "");
  t.deepEqual(result.stdout.split("\n"), [
    "libplugin.so begins",
    "libplugiC.so begins",
    "libplugiB.so begins",
    "libplugiA.so begins",
    "libplugiA.so ends",
    "libplugiB.so ends",
    "libplugiC.so ends",
    "libplugin.so ends",
    "",
  ]);
  t.is(result.returnCode, 0n);
});
