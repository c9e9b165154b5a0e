import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";

import type { ExecutionContext } from "ava";

import { FrameKind, frameHeader, MAGIC } from "../lib/cargo/protocol.js";
import { RunnerServer } from "../lib/cargo/server.js";
import { findTool } from "../lib/native/tool.js";
import { cargoWorld } from "./support/cargo.js";
import { zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { holdings, untilHolding } from "./support/holdings.js";
import { untilHelperKept } from "./support/kept-helper.js";
import { guest, nativeTest, serialNativeTest } from "./support/native.js";
import { type NodeResult, runProcess } from "./support/node.js";

const RUN = `"$CARGO_TARGET_X86_64_UNKNOWN_FUCHSIA_RUNNER"`;
const PROBE = guest("probe");

const SETTINGS = { env: [], ns: {}, rw: false, typed: true };

/** A server in this process. */
async function serverFor(t: ExecutionContext): Promise<RunnerServer> {
  const { sdk } = cargoWorld(t, "");
  return RunnerServer.listen(findTool(), { ...SETTINGS, sdk });
}

/** The lines of `hello` that begin with a word. */
function linesOf(stdout: string, word: string): string[] {
  return stdout.split("\n").filter((line) => line.startsWith(`${word}`));
}

nativeTest("a runner without input is not asked for any", async (t) => {
  const server = await serverFor(t);
  const stdio = ["ignore", "pipe", "pipe"] as const;
  const runner = spawn(server.runner, [PROBE, "--echo"], { stdio: [...stdio] });
  const stdout = runner.stdout.toArray() as Promise<Buffer[]>;
  t.deepEqual(await once(runner, "exit"), [0, null]);
  t.is(Buffer.concat(await stdout).length, 0);
  const client = connect(join(server.runner, "../socket"));
  client.write(Buffer.concat([MAGIC, request([PROBE, "--echo"], Buffer.of(2))]));
  const frames = Buffer.concat((await client.toArray()) as Buffer[]);
  const exit = Buffer.concat([frameHeader(FrameKind.Exit, 1), Buffer.of(0)]);
  t.deepEqual(frames, Buffer.concat([frameHeader(FrameKind.Accepted, 0), exit]));
  await server.close();
});

nativeTest(
  "a program gets its path, its arguments, its directory, and what is cargo's of the environment",
  async (t) => {
    const { cargo, root } = cargoWorld(
      t,
      `env -i CARGO_PKG_NAME=demo RUST_BACKTRACE=1 NEXTEST=1 CARGOES=no SECRET=no WANTED=yes HOME=/h \\
       ${RUN} ${guest("hello")} one 'two three'`,
    );
    const { stdout } = await cargo([
      "--env",
      "WANTED",
      "--env",
      "GIVEN=a=b",
      "--env",
      "NONE",
      "run",
    ]);
    t.deepEqual(linesOf(stdout, "arg"), [
      `arg 0: ${guest("hello")}`,
      "arg 1: one",
      "arg 2: two three",
    ]);
    t.deepEqual(linesOf(stdout, "env").sort(), [
      "env: CARGO_PKG_NAME=demo",
      "env: GIVEN=a=b",
      "env: NEXTEST=1",
      `env: PWD=${join(root, "work")}`,
      "env: RUST_BACKTRACE=full",
      "env: WANTED=yes",
    ]);
  },
);

/** What a program has in its environment of cargo's settings of targets. */
function targetLines(stdout: string): string[] {
  return linesOf(stdout, "env: CARGO_TARGET_").sort();
}

nativeTest(
  "a program gets no command by which cargo links or runs, unless asked for",
  async (t) => {
    const { cargo } = cargoWorld(
      t,
      `CARGO_TARGET_TMPDIR=/t CARGO_TARGET_SPARC_RUNNER=qemu ${RUN} ${guest("hello")}`,
    );
    t.deepEqual(targetLines((await cargo(["run"])).stdout), ["env: CARGO_TARGET_TMPDIR=/t"]);
    const asked = await cargo(["--env", "CARGO_TARGET_SPARC_RUNNER", "run"]);
    t.deepEqual(targetLines(asked.stdout), [
      "env: CARGO_TARGET_SPARC_RUNNER=qemu",
      "env: CARGO_TARGET_TMPDIR=/t",
    ]);
  },
);

nativeTest("the workspace is where it is on the host, as cargo tells", async (t) => {
  const { cargo, root } = cargoWorld(
    t,
    `case "$1" in locate-project) echo "$(dirname "$(dirname "$0")")/Cargo.toml"; exit;; esac
     CARGO="$0" CARGO_MANIFEST_DIR="$PWD" ${RUN} ${guest("hello_dynamic")}`,
  );
  const { stdout } = await cargo(["--ns", "/data=.", "test"]);
  // The world is in a directory for temporary files, of which programs have one of their own.
  t.true(root.startsWith("/tmp/"));
  t.deepEqual(linesOf(stdout, "namespace").sort(), [
    "namespace: /data",
    "namespace: /svc",
    "namespace: /tmp",
  ]);
});

nativeTest("input and output are passed on as they are, to their ends", async (t) => {
  const server = await serverFor(t);
  const input = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));
  const child = spawn(server.runner, [PROBE, "--echo", "--stderr=done"]);
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  t.true(Buffer.concat(stdout as Buffer[]).equals(input));
  t.is(Buffer.concat(stderr as Buffer[]).toString(), "done\n");
  await server.close();
});

nativeTest("input is left to others that the program does not take", async (t) => {
  const server = await serverFor(t);
  const script = `for i in 1 2; do "$0" "$1" --stdout=$i </dev/null; done; cat`;
  const { stdout } = await runProcess("sh", ["-c", script, server.runner, PROBE], {
    input: "rest",
  });
  t.is(stdout, "1\n2\nrest");
  await server.close();
});

const CODES: readonly (readonly [args: string[], code: number, stderr: RegExp])[] = [
  [[PROBE, "--exit=0"], 0, /^$/],
  [[PROBE, "--exit=101"], 101, /^$/],
  [[PROBE, "--exit=255"], 255, /^$/],
  [[PROBE, "--exit=256"], 255, /^zirconia: .*failed with return code 256\n$/],
  [[PROBE, "--exit=-1"], 255, /^zirconia: .*failed with return code -1\n$/],
  [[PROBE, "--exit=-1028"], 134, /^zirconia: .*failed with return code -1028\n$/],
  [[guest("fault"), "ud2"], 134, /^zirconia: .*crashed: FATAL_UNDEFINED_INSTRUCTION|UNDEFINED/],
  [[guest("fault"), "null-read"], 139, /^zirconia: .*crashed: .*PAGE_FAULT/],
  [["/no/such/program"], 127, /^zirconia: ENOENT/],
  [[new URL("../package.json", import.meta.url).pathname], 126, /^zirconia: /],
];

nativeTest("a runner exits with what a shell would say, served or alone", async (t) => {
  const server = await serverFor(t);
  for (const [args, code, stderr] of CODES) {
    const served = await runProcess(server.runner, args);
    t.is(served.code, code, args.join(" "));
    t.regex(served.stderr, stderr);
  }
  await server.close();
  const { sdk } = cargoWorld(t, "");
  for (const [args, code, stderr] of [CODES[1]!, CODES[3]!, CODES[7]!, CODES[8]!, CODES[9]!]) {
    const alone = await zirconia(["cargo-runner", "--sdk", sdk, "--", ...args]);
    t.is(alone.code, code, args.join(" "));
    t.regex(alone.stderr, stderr);
  }
});

// The first of those that count what is left.
serialNativeTest("programs run side by side, each by itself, and leave nothing", async (t) => {
  await untilHelperKept();
  const before = holdings();
  const server = await serverFor(t);
  const numbers = Array.from({ length: 24 }, (_, index) => index);
  const results = await Promise.all(
    numbers.map((number) =>
      runProcess(server.runner, [PROBE, `--stdout=${number}`, `--exit=${number}`]),
    ),
  );
  t.deepEqual(
    results.map(({ code, stdout }) => [code, stdout]),
    numbers.map((number) => [number, `${number}\n`]),
  );
  await server.close();
  await untilHolding(before);
  t.pass();
});

serialNativeTest("a program ends with its runner", async (t) => {
  const before = holdings();
  const server = await serverFor(t);
  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
    const runner = spawn(server.runner, [PROBE, "--stdout=ready", "--sleep-forever"]);
    await once(runner.stdout, "data");
    runner.kill(signal);
    t.deepEqual(await once(runner, "exit"), [null, signal]);
  }
  await server.close();
  await untilHolding(before);
});

serialNativeTest("a program ends when nobody takes its output", async (t) => {
  const before = holdings();
  const server = await serverFor(t);
  const runner = spawn(server.runner, [PROBE, "--echo"]);
  runner.stdout.destroy();
  runner.stdin.on("error", () => {}).write("x");
  t.deepEqual(await once(runner, "exit"), [141, null]);
  await server.close();
  await untilHolding(before);
});

serialNativeTest("what runs ends with the server, and its runner says so", async (t) => {
  const before = holdings();
  const server = await serverFor(t);
  const runner = spawn(server.runner, [PROBE, "--stdout=ready", "--sleep-forever"]);
  await once(runner.stdout, "data");
  const stderr = runner.stderr.toArray() as Promise<Buffer[]>;
  const ended = once(runner, "exit");
  await server.close();
  t.deepEqual(await ended, [125, null]);
  t.is(
    Buffer.concat(await stderr).toString(),
    "zirconia: the server of `zirconia cargo` has gone\n",
  );
  t.false(existsSync(server.runner));
  await untilHolding(before);
});

/** A runner, with a server that does something with its connection. */
async function runWith(
  t: ExecutionContext,
  serve: (connection: Socket) => void,
  env: Record<string, string> = {},
): Promise<NodeResult> {
  const directory = directoryWith(t, {});
  symlinkSync(findTool(), join(directory, "runner"));
  const server = createServer(serve).listen(join(directory, "socket"));
  await once(server, "listening");
  try {
    return await runProcess(join(directory, "runner"), ["program", "a b"], { env });
  } finally {
    server.close();
  }
}

const ALONE = { ZIRCONIA_CARGO_COMMAND: "echo\nby itself:" };

nativeTest("a program that no server has taken is run without one, once", async (t) => {
  const gone = await runWith(t, (connection) => connection.destroy(), ALONE);
  t.deepEqual(gone, { code: 0, stdout: "by itself: program a b\n", stderr: "" });
  const late = await runWith(
    t,
    (connection) => connection.once("data", () => connection.destroy()),
    ALONE,
  );
  t.is(late.stdout, "by itself: program a b\n");
  const accept = frameHeader(FrameKind.Accepted, 0);
  const taken = await runWith(t, (connection) => connection.end(accept), ALONE);
  t.is(taken.stdout, "");
  t.is(taken.code, 125);
});

nativeTest("without a server, and without a command, a runner says so", async (t) => {
  const { code, stderr } = await runWith(t, (connection) => connection.destroy());
  t.is(code, 125);
  t.regex(stderr, /^zirconia: no server answers, and ZIRCONIA_CARGO_COMMAND names no other way\n$/);
});

nativeTest("a server that makes no sense is left", async (t) => {
  const nonsense = [
    frameHeader(99, 0),
    frameHeader(FrameKind.Stdout, 0xffff_ffff),
    frameHeader(FrameKind.Exit, 0),
  ];
  for (const frame of nonsense) {
    const bytes = Buffer.concat([frameHeader(FrameKind.Accepted, 0), frame]);
    const { code, stderr } = await runWith(t, (connection) => connection.end(bytes));
    t.is(code, 125);
    t.regex(stderr, /^zirconia: /);
  }
});

/** A request as the runner makes it. */
function request(args: readonly string[], tail: Buffer = Buffer.of(0)): Buffer {
  const strings = (list: readonly string[]) =>
    list.flatMap((text) => [number(Buffer.byteLength(text)), Buffer.from(text)]);
  const payload = [number(args.length), ...strings(args), number(0), ...strings(["/"]), tail];
  return frame(FrameKind.Request, Buffer.concat(payload));
}

function number(value: number): Buffer {
  return frameHeader(0, value).subarray(1);
}

function frame(kind: number, payload: Buffer): Buffer {
  return Buffer.concat([frameHeader(kind, payload.length), payload]);
}

serialNativeTest("clients that break the rules are left, and others are served", async (t) => {
  const before = holdings();
  const server = await serverFor(t);
  const socket = join(server.runner, "../socket");
  const good = request([PROBE, "--echo"]);
  const bad = [
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    Buffer.from("ZRC1"),
    Buffer.concat([MAGIC, frameHeader(99, 0)]),
    Buffer.concat([MAGIC, frameHeader(FrameKind.Request, (1 << 23) + 1)]),
    Buffer.concat([MAGIC, frame(FrameKind.Input, Buffer.alloc(0))]),
    Buffer.concat([MAGIC, frame(FrameKind.Request, Buffer.alloc(0))]),
    Buffer.concat([MAGIC, frame(FrameKind.Request, Buffer.alloc(64, 0xff))]),
    Buffer.concat([MAGIC, request([])]),
    Buffer.concat([MAGIC, request(["a\0b"])]),
    Buffer.concat([MAGIC, request([PROBE], Buffer.of(0, 0))]),
    Buffer.concat([MAGIC, request([PROBE], Buffer.of(3))]),
    Buffer.concat([MAGIC, good, good]),
    Buffer.concat([MAGIC, good, frameHeader(FrameKind.Input, (1 << 16) + 1)]),
  ];
  for (const [index, bytes] of bad.entries()) {
    const client = connect(socket);
    client.on("error", () => {}).resume();
    client.write(bytes);
    await once(client, "close");
    t.pass(`${index}`);
  }
  // One that goes in the middle of its request, and one that says nothing until the end.
  connect(socket).end(Buffer.concat([MAGIC, good.subarray(0, 20)]));
  const silent = connect(socket).on("error", () => {});
  t.is((await runProcess(server.runner, [PROBE, "--exit=3"])).code, 3);
  const closed = once(silent, "close");
  await server.close();
  await closed;
  await untilHolding(before);
});

serialNativeTest("a request may come byte by byte", async (t) => {
  const server = await serverFor(t);
  const client = connect({ path: join(server.runner, "../socket"), noDelay: true });
  const answer = client.toArray() as Promise<Buffer[]>;
  for (const byte of Buffer.concat([MAGIC, request([PROBE, "--stdout=hi", "--exit=5"])])) {
    await new Promise((resolve) => client.write(Buffer.of(byte), resolve));
  }
  const bytes = Buffer.concat(await answer);
  const output = frame(FrameKind.Stdout, Buffer.from("hi\n"));
  t.true(bytes.includes(output));
  t.true(bytes.subarray(-6).equals(frame(FrameKind.Exit, Buffer.of(5))));
  await server.close();
});

const LLD = `#!/bin/sh
printf '%s\\n' "$(basename "$0")" "$@"
for arg in "$@"; do case "$arg" in @*) cat "\${arg#@}";; esac; done`;

nativeTest(
  "the linker is the toolchain's, with the directories and the startup object",
  async (t) => {
    const { cargo, root, sdk } = cargoWorld(
      t,
      `echo "$CARGO_TARGET_X86_64_UNKNOWN_FUCHSIA_LINKER"`,
    );
    const linker = (await cargo(["build"])).stdout.trim();
    const lib = join(sdk, "arch/x64/sysroot/lib");
    const added = ["-L", lib, "-L", join(sdk, "arch/x64/lib")];
    const tools = directoryWith(t, {
      "rust-lld": LLD,
      "ld.lld-9": LLD,
      "ld.lld-19": LLD,
      "ld.lld-x": LLD,
    });
    const { chmodSync, rmSync } = await import("node:fs");
    for (const name of ["rust-lld", "ld.lld-9", "ld.lld-19", "ld.lld-x"])
      chmodSync(join(tools, name), 0o755);
    const link = async (...args: string[]) => {
      const env = { PATH: `${tools}:/usr/bin:/bin` };
      const { code, stdout, stderr } = await runProcess(linker, args, { env, cwd: root });
      t.is(stderr, "");
      t.is(code, 0);
      return stdout.trim().split("\n");
    };
    const flavor = ["-flavor", "gnu"];
    const first = ["--dynamic-linker=ld.so.1", "-z", "defs"];
    const begin = [...flavor, ...first];
    t.deepEqual(await link(...flavor, "-z", "now", "Scrt1.o", "a b.o", "-o", "out"), [
      "rust-lld",
      ...begin,
      "-z",
      "now",
      join(lib, "Scrt1.o"),
      "a b.o",
      "-o",
      "out",
      ...added,
    ]);
    t.deepEqual(await link("-shared", "a.o"), ["rust-lld", ...begin, "-shared", "a.o", ...added]);
    t.deepEqual(await link(...flavor, "/own/Scrt1.o"), [
      "rust-lld",
      ...begin,
      "/own/Scrt1.o",
      ...added,
    ]);

    const list = join(tools, "list of arguments");
    writeFileSync(list, "-pie\nScrt1.o\na\\ b.o\n");
    const listed = ["-pie", join(lib, "Scrt1.o").replaceAll(" ", "\\ "), "a\\ b.o"];
    const given = ["rust-lld", ...begin, `@${list}.zirconia`, ...added];
    t.deepEqual(await link(...flavor, `@${list}`), [...given, ...listed]);
    t.is(readFileSync(list, "utf8"), "-pie\nScrt1.o\na\\ b.o\n");

    // What toolchains name without having it is left out, as the C library has it.
    const runtime = join(tools, "librustc-nightly_rt.safestack.a");
    t.deepEqual(await link(runtime, "a.o"), ["rust-lld", ...begin, "a.o", ...added]);
    writeFileSync(list, `a.o\n${runtime}\nb.o\n`);
    t.deepEqual(await link(...flavor, `@${list}`), [...given, "a.o", "b.o"]);
    writeFileSync(runtime, "");
    t.deepEqual(await link(runtime), ["rust-lld", ...begin, runtime, ...added]);
    t.deepEqual((await link(...flavor, `@${list}`)).slice(-3), ["a.o", runtime, "b.o"]);

    rmSync(join(tools, "rust-lld"));
    t.deepEqual(await link(...flavor, "a.o"), ["ld.lld-19", ...first, "a.o", ...added]);
    const none = await runProcess(linker, ["a.o"], { env: { PATH: "/nowhere" } });
    t.is(none.code, 1);
    t.regex(none.stderr, /^zirconia: there is no linker: .*Install LLVM's linker/);
  },
);
