import { spawn as spawnNode } from "node:child_process";
import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";

import test, { type ExecutionContext } from "ava";

import {
  type ChildProcess,
  HandleInfo,
  HandleType,
  LoaderService,
  ProcessBuilder,
  Signals,
  spawn,
  type SpawnOptions,
  ZirconiaError,
} from "../index.js";
import { SocketReadable } from "../lib/spawn/socket-streams.js";
import { until } from "./support/holdings.js";
import { host } from "./support/host.js";
import { nullKernel } from "./support/kernel.js";
import { guestBytes, nativeTest, serialNativeTest } from "./support/native.js";
import { runNode } from "./support/node.js";
import { settlesTo } from "./support/settled.js";
import { plain, spawner } from "./support/spawner.js";

// How children of ours tell of their lives, beside those of node:child_process.

function parent(t: ExecutionContext) {
  const kernel = host();
  t.teardown(() => kernel[Symbol.asyncDispose]());
  const run = (args: string[], options: SpawnOptions = {}) =>
    spawn("/pkg/probe", args, { context: kernel, ...options });
  return { kernel, run };
}

type Child = Pick<ChildProcess, "stdin" | "stdout" | "stderr" | "kill"> & NodeJS.EventEmitter;

/** What a child tells until it has closed, less what Node's pipes tell in no certain order. */
async function story(child: Child, act: (child: Child) => void = () => {}): Promise<string[]> {
  const events: string[] = [];
  for (const event of ["spawn", "exit", "close"]) child.on(event, () => events.push(event));
  child.on("error", (error: NodeJS.ErrnoException) => events.push(`error ${error.code}`));
  child.stdout!.resume();
  child.stderr!.resume();
  const closed = new Promise((resolve) => child.once("close", resolve));
  act(child);
  await closed;
  return events;
}

function aborting(start: (signal: AbortSignal) => Child): Promise<string[]> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  return story(start(controller.signal), (child) => child.once("spawn", abort));
}

function sh(script: string, options: { signal?: AbortSignal; timeout?: number } = {}): Child {
  return spawnNode("sh", ["-c", script], options) as unknown as Child;
}

nativeTest("children tell of their lives in the order of Node's", async (t) => {
  const { run } = parent(t);
  const stay = "exec sleep 100";
  const stories: Record<string, [ours: Promise<string[]>, theirs: Promise<string[]>]> = {
    plain: [story(run(["--stdout=x", "--exit=3"])), story(sh("echo x; exit 3"))],
    killed: [
      story(run(["--sleep-forever"]), (child) => child.once("spawn", () => child.kill())),
      story(sh(stay), (child) => child.once("spawn", () => child.kill())),
    ],
    aborted: [
      aborting((signal) => run(["--sleep-forever"], { signal })),
      aborting((signal) => sh(stay, { signal })),
    ],
  };
  for (const [name, both] of Object.entries(stories)) {
    const [ours, theirs] = await Promise.all(both);
    t.deepEqual(ours, theirs, name);
  }
});

nativeTest("a time-out is no error, as it is none of Node's", async (t) => {
  const { run } = parent(t);
  const theirs = await story(sh("exec sleep 100", { timeout: 1 }));
  t.deepEqual(theirs, ["spawn", "exit", "close"]);
  const ours = await story(run(["--sleep-forever"], { timeout: 1 }));
  // What has not begun by then has no end either.
  t.true([theirs.join(), "close"].includes(ours.join()), ours.join());
});

test("a child closes though nobody listens to an error of its input", async (t) => {
  const support = new URL("support/host.ts", import.meta.url).href;
  const index = new URL("../index.ts", import.meta.url).href;
  const script = `
    const { host } = await import(${JSON.stringify(support)});
    const { spawn } = await import(${JSON.stringify(index)});
    const cp = await import("node:child_process");
    const uncaught = [];
    process.on("uncaughtException", ({ code }) => uncaught.push(code));
    const kernel = host();
    for (const child of [
      cp.spawn("sh", ["-c", "exit 7"]),
      spawn("/pkg/probe", ["--exit=7"], { context: kernel }),
    ]) {
      const seen = [];
      child.on("exit", () => seen.push("exit"));
      child.stdin.on("close", () => seen.push("stdin close"));
      child.stdout.resume();
      child.stderr.resume();
      child.stdin.write(Buffer.alloc(8 << 20));
      child.stdin.end();
      const [code] = await new Promise((resolve) => child.on("close", (...all) => resolve(all)));
      await new Promise(setImmediate);
      console.log(code, seen.includes("exit"), seen.includes("stdin close"), uncaught.splice(0).join());
    }
    await kernel[Symbol.asyncDispose]();`;
  const { stdout, stderr } = await runNode(["--input-type=module", "--eval", script]);
  t.is(stderr, "");
  const [theirs, ours] = stdout.trim().split("\n");
  t.regex(theirs!, /^7 true true/);
  t.regex(ours!, /^7 true true/);
});

nativeTest("a child whose input is gone closes, and its input has told of it once", async (t) => {
  const { run } = parent(t);
  const child = run(["--sleep-forever"]);
  const told: string[] = [];
  child.stdin!.on("close", () => told.push("close")).on("error", () => told.push("error"));
  child.stdout!.resume();
  child.stderr!.resume();
  child.stdin!.destroy(new Error("mine"));
  await until(() => told.length === 2);
  t.deepEqual(told, ["error", "close"]);
  child.kill();
  await once(child, "close");
});

// Before a child runs

/** A spawner whose Launcher does not answer before it is told to. */
function slow(t: ExecutionContext) {
  const made = spawner(t);
  let answer!: () => void;
  const told = new Promise<void>((resolve) => (answer = resolve));
  const { launcher } = made;
  const usual = launcher.answer;
  // What serves it waits for what it is given.
  launcher.answer = (() => told.then(usual)) as unknown as typeof usual;
  return { ...made, answer };
}

test("a time-out or an abort counts while the Launcher is silent", async (t) => {
  for (const kind of ["timeout", "signal"] as const) {
    const { context, kernel, launcher, answer } = slow(t);
    const controller = new AbortController();
    const executable = plain(context);
    // `/svc` is opened once.
    const nothing = context.environment.services.connect("nothing");
    await nothing.waitOne(Signals.PEER_CLOSED);
    nothing.close();
    const before = kernel.stats();
    const options = kind === "timeout" ? { timeout: 20 } : { signal: controller.signal };
    const child = spawn(executable, [], options);
    const told = story(child as unknown as Child);
    if (kind === "signal") {
      await until(() => launcher.of("Launch").length === 1);
      controller.abort();
    }
    t.deepEqual(await told, kind === "signal" ? ["error ABORT_ERR", "close"] : ["close"]);
    t.true(child.killed);
    t.is(child.exitCode, null);
    // Whom it launches all the same does not stay.
    answer();
    await settlesTo(t, kernel, before);
  }
});

test("what is aborted already is not spawned", async (t) => {
  const { context, kernel, launcher } = spawner(t);
  const executable = plain(context);
  const before = kernel.stats();
  const handles = [{ handle: kernel.createEvent(), info: new HandleInfo(HandleType.User0) }];
  const child = spawn(executable, [], { signal: AbortSignal.abort("enough"), handles });
  t.deepEqual(await story(child as unknown as Child), ["error ABORT_ERR", "close"]);
  t.deepEqual(launcher.sent, []);
  await settlesTo(t, kernel, before);
});

test("a stream that breaks before a child runs is told of, and there is no child", async (t) => {
  const { context, kernel, launcher } = spawner(t);
  const executable = plain(context);
  const before = kernel.stats();
  const broken = new Error("broken");
  const stdin = new Readable({ read() {} }).destroy(broken);
  const child = spawn(executable, [], { stdio: [stdin, "pipe", "ignore"] });
  const errors: unknown[] = [];
  child.on("error", (error) => errors.push(error));
  child.stdout!.resume();
  await new Promise((resolve) => child.once("close", resolve));
  t.deepEqual(errors, [broken]);
  t.deepEqual(launcher.of("Launch"), []);
  await settlesTo(t, kernel, before);
});

test("what cannot be had for a child leaves nothing, not even who serves the host", async (t) => {
  const { context, kernel } = spawner(t);
  const executable = plain(context);
  const before = kernel.stats();
  const handle = kernel.createEvent().replace(0);
  const options = { stdio: ["pipe", handle] as const, namespace: { "/host": "/" } };
  t.throws(() => spawn(executable, [], options), { code: "ZX_ERR_ACCESS_DENIED" });
  await settlesTo(t, kernel, before);
});

// While output is passed on

nativeTest(
  "an abort is not kept from closing a child by a stream that takes nothing",
  async (t) => {
    const { run } = parent(t);
    for (const args of [["--stdout=x"], ["--stdout=x", "--sleep-forever"]]) {
      const controller = new AbortController();
      const { signal } = controller;
      const stdout = new Writable({ write: () => controller.abort() });
      const child = run(args, { stdio: ["ignore", stdout, "ignore"], signal });
      child.on("error", () => {});
      await new Promise((resolve) => child.once("close", resolve));
      t.is(child.killed, args.length > 1 || child.killed);
    }
  },
);

// The kernel ends

test("a child is told that its kernel was disposed of", async (t) => {
  const { context, kernel } = spawner(t);
  const child = spawn(plain(context));
  const errors: Error[] = [];
  child.on("error", (error) => errors.push(error));
  await once(child, "spawn");
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.stdin!.write(Buffer.alloc(1 << 20));
  kernel.dispose();
  t.is(await closed, null);
  t.deepEqual(
    errors.map(({ message }) => message),
    ["The kernel was disposed of"],
  );
  t.false(child.kill());
});

nativeTest("a child that runs ends with its kernel, and tells of its end", async (t) => {
  const kernel = host();
  const child = spawn("/pkg/probe", ["--sleep-forever"], { context: kernel });
  await once(child, "spawn");
  const told = story(child as unknown as Child);
  await kernel[Symbol.asyncDispose]();
  t.deepEqual(await told, ["error ZX_ERR_CANCELED", "exit", "close"]);
  t.is(child.returnCode, -1024n);
});

test("whoever builds is told that the kernel was disposed of", async (t) => {
  const kernel = nullKernel(t);
  const name = "hello_dynamic";
  const executable = kernel.vmoFromBytes(guestBytes(name), { name });
  const [loader, silent] = kernel.createChannel();
  const builder = new ProcessBuilder({ name, job: kernel.rootJob, executable });
  const building = builder.setLoaderService(loader).build();
  t.true(silent.isValid);
  kernel.dispose();
  await t.throwsAsync(building, {
    instanceOf: ZirconiaError,
    code: "ZX_ERR_CANCELED",
    message: "The kernel was disposed of",
  });
});

test("an abort ends the wait for a dynamic linker, and leaves nothing", async (t) => {
  const kernel = nullKernel(t);
  const name = "hello_dynamic";
  t.true(kernel.rootJob.isValid);
  kernel.systemVdso().close();
  const before = kernel.stats();
  const executable = kernel.vmoFromBytes(guestBytes(name), { name });
  const [loader, silent] = kernel.createChannel();
  const builder = new ProcessBuilder({ name, job: kernel.rootJob, executable });
  const controller = new AbortController();
  const { signal } = controller;
  const building = builder.setLoaderService(loader).build({ signal });
  controller.abort("enough");
  await t.throwsAsync(building, { name: "AbortError", code: "ABORT_ERR" });
  silent.close();
  t.deepEqual(kernel.stats(), before);
  const again = new ProcessBuilder({ name, job: kernel.rootJob, executable: plain(kernel) });
  await t.throwsAsync(again.build({ signal: 1 as never }), { code: "ERR_INVALID_ARG_TYPE" });
});

test("a build that nothing aborts is none the worse for a signal", async (t) => {
  const kernel = nullKernel(t);
  const name = "hello_dynamic";
  const objects = { "ld.so.1": guestBytes("lib/ld.so.1") };
  const executable = kernel.vmoFromBytes(guestBytes(name), { name });
  const builder = new ProcessBuilder({ name, job: kernel.rootJob, executable });
  builder.setLoaderService(new LoaderService(kernel, { objects }).connect());
  const { signal } = new AbortController();
  const built = await builder.addArguments([name]).build({ signal });
  t.true(built.process.isValid);
  built.dispose();
});

// Backpressure

test("a pipe that is not read lets its writer wait, and takes no more than it has room for", async (t) => {
  const kernel = nullKernel(t);
  const [ours, theirs] = kernel.createSocket();
  const pipe = new SocketReadable(ours);
  pipe.pause();
  let written = 0;
  const write = () => {
    try {
      for (;;) written += theirs.write(Buffer.alloc(65_536));
    } catch (error) {
      t.is((error as NodeJS.ErrnoException).code, "ZX_ERR_SHOULD_WAIT");
    }
  };
  // Whoever asks for something gets it, and what comes with it: that is all there is.
  pipe.read(0);
  for (let turn = 0; turn < 50; turn++) {
    write();
    await setImmediate();
  }
  const { receiveBufferMax } = ours.info();
  t.true(pipe.readableLength <= pipe.readableHighWaterMark + 65_536);
  t.is(written, pipe.readableLength + Number(receiveBufferMax));
  pipe.destroy();
});

serialNativeTest(
  "a child that nobody reads from waits, and Node's memory does not grow",
  async (t) => {
    const { kernel, run } = parent(t);
    const total = 32 << 20;
    let given = 0;
    const stdin = new Readable({
      read() {
        const chunk = Buffer.alloc(65_536);
        given += chunk.length;
        this.push(chunk);
        if (given === total) this.push(null);
      },
    });
    const child = run(["--echo"], { stdio: [stdin, "pipe", "ignore"] });
    await once(child, "spawn");
    // The child waits for room in its output, we for room in its input, and for its end.
    await until(() => kernel.stats().waits >= 3 && given > 600_000);
    const held = given;
    const room = 2 * 262_144 + 4096;
    const buffered = child.stdout!.readableLength + stdin.readableLength;
    t.true(held <= room + buffered + 2 * 65_536, `${held} bytes`);
    let received = 0;
    for await (const chunk of child.stdout!) received += (chunk as Buffer).length;
    t.is(received, total);
  },
);
