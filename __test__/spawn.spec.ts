import { once } from "node:events";
import { Readable, Writable } from "node:stream";

import test, { type ExecutionContext } from "ava";

import {
  type ChildProcess,
  HandleInfo,
  HandleType,
  Kernel,
  Launcher,
  LoaderService,
  ProcessContext,
  Rights,
  Signals,
  spawn,
  SpawnError,
  type SpawnOptions,
  ZxStatus,
} from "../index.js";
import { PseudoDirectory } from "../lib/vfs/index.js";
import { guestBytes, nativeTest } from "./support/native.js";
import { settlesTo } from "./support/settled.js";
import { plain, spawner } from "./support/spawner.js";

const PROBE = "/pkg/bin/probe";
const HELLO = "/pkg/bin/hello_dynamic";
const CHILD = "/pkg/bin/spawn_child";

/** A process that can spawn, on a kernel of its own. */
function parent(t: ExecutionContext) {
  const kernel = new Kernel();
  t.teardown(() => kernel[Symbol.asyncDispose]());
  const context = new ProcessContext(kernel, { job: kernel.rootJob, name: "parent" });
  const { environment } = context;
  const names = ["probe", "hello_dynamic", "spawn_child"];
  const bin = new PseudoDirectory(Object.fromEntries(names.map((n) => [n, guestBytes(n)])));
  const libraries = ["ld.so.1", "libguest.so"].map((name) => [name, guestBytes(`lib/${name}`)]);
  const loader = new LoaderService(kernel, { objects: Object.fromEntries(libraries) });
  const services = { "fuchsia.process.Launcher": new Launcher(kernel).node() };
  environment.namespace.bind("/svc", new PseudoDirectory(services).connect(kernel));
  environment.namespace.bind("/pkg", new PseudoDirectory({ bin }).connect(kernel));
  environment.setDefaultJob(kernel.rootJob.duplicate());
  environment.setLoaderService(loader.connect());
  environment.environ = ["FROM=parent"];
  const run = (file: string, args: string[] = [], options: SpawnOptions = {}) =>
    spawn(file, args, { context, ...options });
  return { kernel, context, environment, run };
}

/** All that comes out of a stream. */
async function textOf(stream: Readable | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream!) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

/** Resolves when a child has closed, whatever else it tells: with its code. */
function closed(child: ChildProcess): Promise<number | bigint | null> {
  return new Promise((resolve) => child.once("close", resolve));
}

/** What a child writes, and the code that it closes with. */
async function outcome(child: ChildProcess) {
  const code = closed(child);
  const [stdout, stderr] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  return { stdout, stderr, code: await code };
}

nativeTest("a child's output comes through pipes, and its code with its end", async (t) => {
  const { run } = parent(t);
  t.deepEqual(await outcome(run(PROBE, ["--stdout=out", "--exit=7"])), {
    stdout: "out\n",
    stderr: "",
    code: 7,
  });
  t.deepEqual(await outcome(run(PROBE, ["--stderr=err"])), {
    stdout: "",
    stderr: "err\n",
    code: 0,
  });
});

nativeTest("a child tells of its life in Node's order", async (t) => {
  const { run } = parent(t);
  const child = run(PROBE, ["--exit=3"]);
  const events: unknown[] = [];
  for (const event of ["spawn", "exit", "close", "error"] as const) {
    child.on(event, (...args: unknown[]) => events.push([event, ...args]));
  }
  t.is(child.koid, undefined);
  t.is(child.process, undefined);
  await once(child, "spawn");
  t.is(typeof child.koid, "bigint");
  await closed(child);
  t.deepEqual(events, [["spawn"], ["exit", 3, 3n], ["close", 3, 3n]]);
  t.is(child.exitCode, 3);
  t.is(child.returnCode, 3n);
  t.is(child.process, undefined);
  t.is(child.spawnfile, PROBE);
  t.deepEqual(child.spawnargs, [PROBE, "--exit=3"]);
  t.false(child.killed);
  t.false(child.kill());
});

nativeTest("input of any size goes through its pipe, and comes back", async (t) => {
  const { run } = parent(t);
  const child = run(PROBE, ["--echo"]);
  const input = "0123456789abcdef".repeat(65_536);
  child.stdin!.end(input);
  const { stdout, code } = await outcome(child);
  t.true(stdout === input);
  t.is(code, 0);
});

nativeTest("streams of Node's are input and output", async (t) => {
  const { run } = parent(t);
  const chunks: Uint8Array[] = [];
  const sink = new Writable({
    highWaterMark: 1,
    write(chunk: Uint8Array, _, callback) {
      chunks.push(chunk);
      setImmediate(callback);
    },
  });
  const source = Readable.from(["to ", "and ", "fro"]);
  const child = run(PROBE, ["--echo"], { stdio: [source, sink, "ignore"] });
  t.is(child.stdin, null);
  t.is(child.stdout, null);
  t.is(child.stderr, null);
  t.is(await closed(child), 0);
  t.is(Buffer.concat(chunks).toString(), "to and fro");
});

nativeTest("a stream that breaks kills the child, with its error", async (t) => {
  const { run } = parent(t);
  const broken = new Writable({ write: (_, __, callback) => callback(new Error("broken")) });
  const child = run(PROBE, ["--stdout=x", "--sleep-forever"], { stdio: ["ignore", broken] });
  broken.on("error", () => {});
  const errors: Error[] = [];
  child.on("error", (error) => errors.push(error));
  await closed(child);
  t.true(child.killed);
  t.deepEqual(
    errors.map(({ message }) => message),
    ["broken"],
  );
});

nativeTest("output that nobody reads does not keep the child from closing", async (t) => {
  const { run } = parent(t);
  const child = run(PROBE, ["--stdout=unread"]);
  t.is(await closed(child), 0);
});

nativeTest(
  "a child shares the namespace, the environment and the job, unless told otherwise",
  async (t) => {
    const { run } = parent(t);
    const lines = async (options: SpawnOptions) =>
      (await outcome(run(HELLO, ["x"], options))).stdout.split("\n");
    const all = await lines({});
    for (const line of ["arg 0: /pkg/bin/hello_dynamic", "arg 1: x", "env: FROM=parent"]) {
      t.true(all.includes(line), line);
    }
    t.deepEqual(
      all.filter((line) => line.startsWith("namespace: ")),
      ["namespace: /svc", "namespace: /pkg"],
    );
    const own = await lines({
      argv0: "zero",
      env: { A: "b" },
      share: ["/pkg"],
      namespace: { "/data": new PseudoDirectory() },
    });
    t.deepEqual(
      own.filter((line) => /^(arg|env|namespace)/.test(line)),
      ["arg 0: zero", "arg 1: x", "env: A=b", "namespace: /data", "namespace: /pkg"],
    );
    const none = await lines({ env: [], share: false });
    t.deepEqual(
      none.filter((line) => /^(env|namespace)/.test(line)),
      [],
    );
  },
);

nativeTest("a directory takes the place of the spawner's", async (t) => {
  const { run } = parent(t);
  const stat = async (path: string, options: SpawnOptions) =>
    (await outcome(run(CHILD, ["--stat", path], options))).code;
  const namespace = { "/pkg": new PseudoDirectory({ mine: "" }) };
  t.is(await stat("/pkg/bin", {}), 76);
  t.is(await stat("/pkg/bin", { namespace }), -6);
  t.is(await stat("/pkg/mine", { namespace }), 76);
});

nativeTest("a directory of the host is one, as long as the child runs", async (t) => {
  const { kernel, run } = parent(t);
  kernel.systemVdso().close();
  const child = run(CHILD, ["--stat", "/host"], { namespace: { "/host": "/" } });
  t.is((await outcome(child)).code, 76);
  t.throws(() => run(CHILD, [], { namespace: { "/host": "/no/such/directory" } }), {
    code: "ENOENT",
  });
});

nativeTest("a child's name and job can be others", async (t) => {
  const { kernel, run } = parent(t);
  using job = kernel.rootJob.createJob();
  const child = run(PROBE, ["--sleep-forever"], { job, name: "named" });
  await once(child, "spawn");
  t.deepEqual(job.processes(), [child.koid!]);
  t.is(child.process!.getName(), "named");
  child.kill();
  await closed(child);
  t.true(job.isValid);
});

nativeTest("killing", async (t) => {
  const { run } = parent(t);
  const child = run(PROBE, ["--sleep-forever"]);
  t.true(child.kill());
  t.true(child.killed);
  t.is(await closed(child), -1024);
  const running = run(PROBE, ["--sleep-forever"]);
  await once(running, "spawn");
  running[Symbol.dispose]();
  await closed(running);
  t.true(running.killed);
});

nativeTest("a timeout kills", async (t) => {
  const { run } = parent(t);
  const child = run(PROBE, ["--sleep-forever"], { timeout: 1 });
  await closed(child);
  t.true(child.killed);
});

nativeTest("an abort kills, with an AbortError", async (t) => {
  const { run } = parent(t);
  const controller = new AbortController();
  const child = run(PROBE, ["--sleep-forever"], { signal: controller.signal });
  child.once("spawn", () => controller.abort(new Error("enough")));
  const [error] = (await once(child, "error")) as [NodeJS.ErrnoException];
  t.is(error.name, "AbortError");
  t.is(error.code, "ABORT_ERR");
  t.is((error.cause as Error).message, "enough");
  const aborted = run(PROBE, ["--sleep-forever"], { signal: AbortSignal.abort() });
  await once(aborted, "error");
  t.true(aborted.killed);
});

nativeTest("a descriptor of the spawner's is cloned, and a handle handed over", async (t) => {
  const { kernel, environment, run } = parent(t);
  const [terminal, theirs] = kernel.createSocket();
  const fd = await environment.descriptors.create(theirs);
  const [errors, handle] = kernel.createSocket();
  const child = run(PROBE, ["--stdout=a", "--stderr=b"], { stdio: ["ignore", fd, handle] });
  t.false(handle.isValid);
  await closed(child);
  t.is(Buffer.from(terminal.read()).toString(), "a\n");
  t.is(Buffer.from(errors.read()).toString(), "b\n");
  t.is(environment.descriptors.kind(fd), "socket");
});

nativeTest("a child that crashes leaves a report", async (t) => {
  const { kernel, context } = parent(t);
  const fault = kernel.vmoFromBytes(guestBytes("fault"), { name: "fault" });
  const child = spawn(fault, ["null-read"], { context });
  await closed(child);
  t.is(child.spawnfile, "fault");
  t.not(child.crashReport, undefined);
  t.true(fault.isValid);
});

nativeTest("nothing is left of children", async (t) => {
  const { kernel, context, environment, run } = parent(t);
  kernel.systemVdso().close();
  using nothing = environment.services.connect("nothing");
  await nothing.waitOne(Signals.PEER_CLOSED);
  const before = kernel.stats();
  await outcome(run(HELLO, ["x"], { namespace: { "/host": "/" } }));
  const missing = run("/pkg/bin/missing", [], { handles: [userHandle(kernel)] });
  missing.on("error", () => {});
  await closed(missing);
  const killed = run(PROBE, ["--sleep-forever"]);
  killed.kill();
  const limited = run(PROBE, ["--sleep-forever"], { timeout: 1 });
  await Promise.all([killed, limited].map(closed));
  t.true(context.environment.hasLoaderService);
  await settlesTo(t, kernel, before);
});

function userHandle(kernel: Kernel) {
  return { handle: kernel.createEvent(), info: new HandleInfo(HandleType.User0) };
}

test("what cannot be spawned is an error, and then closed", async (t) => {
  const { context } = spawner(t);
  const child = spawn("/pkg/bin/missing", [], { context });
  const events: string[] = [];
  for (const event of ["spawn", "exit", "error", "close"] as const) {
    child.on(event, () => events.push(event));
  }
  const [error] = (await once(child, "error")) as [SpawnError];
  t.true(error instanceof SpawnError);
  t.is(error.status, ZxStatus.NOT_FOUND);
  t.is(await closed(child), null);
  t.deepEqual(events, ["error", "close"]);
  t.is(child.exitCode, null);
  t.is(child.koid, undefined);
  t.false(child.kill());
  t.false(child.killed);
});

test("pipes of what cannot be spawned end", async (t) => {
  const { context } = spawner(t);
  const child = spawn("/missing", [], { context });
  child.on("error", () => {});
  t.deepEqual(await outcome(child), { stdout: "", stderr: "", code: null });
  t.true(child.stdin!.destroyed);
});

test("what is sent", async (t) => {
  const { context, kernel, launcher } = spawner(t);
  context.environment.setUtcClock(context.createClock());
  const handle = kernel.createEvent();
  const { koid } = handle;
  const child = spawn(plain(context), ["a"], {
    argv0: "zero",
    stdio: ["ignore", "ignore", "pipe"],
    handles: [{ handle, info: new HandleInfo(HandleType.User1, 2) }],
  });
  t.false(handle.isValid);
  child.on("error", () => {});
  await once(child, "spawn");
  t.deepEqual(launcher.of("AddArgs")[0]!.strings, ["zero", "a"]);
  t.deepEqual(launcher.of("AddEnvirons")[0]!.strings, []);
  const { handles } = launcher.of("AddHandles")[0]!;
  t.deepEqual(
    handles.map(({ id }) => id),
    [
      HandleType.DefaultJob,
      new HandleInfo(HandleType.FileDescriptor, 2).raw,
      new HandleInfo(HandleType.User1, 2).raw,
      HandleType.ClockUtc,
    ],
  );
  t.is(handles[2]!.koid, koid);
  t.is(launcher.of("Launch")[0]!.name, "zero");
  child.kill();
});

test("a loader service that is given is used in place of the spawner's", async (t) => {
  const { context, launcher } = spawner(t);
  context.environment.setLoaderService(new LoaderService(context).connect());
  const handle = new LoaderService(context).connect();
  const { koid } = handle;
  const child = spawn(plain(context), [], {
    stdio: "ignore",
    handles: [{ handle, info: new HandleInfo(HandleType.LdsvcLoader) }],
  });
  await once(child, "spawn");
  const { handles } = launcher.of("AddHandles")[0]!;
  t.deepEqual(
    handles.map((came) => [came.id, came.koid]),
    [
      [HandleType.DefaultJob, context.environment.defaultJob!.koid],
      [HandleType.LdsvcLoader, koid],
    ],
  );
  child.kill();
});

test("unknown and impossible options are refused before anything is done", (t) => {
  const { kernel, context } = spawner(t);
  const executable = plain(context);
  const [handle] = context.createSocket();
  const before = kernel.stats();
  const refused: [options: object, code: string][] = [
    [{ cwd: "/" }, "ERR_INVALID_ARG_VALUE"],
    [{ context: {} }, "ERR_INVALID_ARG_TYPE"],
    [{ job: handle }, "ERR_INVALID_ARG_TYPE"],
    [{ name: 1 }, "ERR_INVALID_ARG_TYPE"],
    [{ name: "a\0b" }, "ERR_INVALID_ARG_VALUE"],
    [{ argv0: "a\0b" }, "ERR_INVALID_ARG_VALUE"],
    [{ env: ["A=\0"] }, "ERR_INVALID_ARG_VALUE"],
    [{ env: 1 }, "ERR_INVALID_ARG_TYPE"],
    [{ stdio: "none" }, "ERR_INVALID_ARG_TYPE"],
    [{ stdio: [handle, "none"] }, "ERR_INVALID_ARG_TYPE"],
    [{ stdio: [new Writable()] }, "ERR_INVALID_ARG_TYPE"],
    [{ stdio: ["pipe", new Readable()] }, "ERR_INVALID_ARG_TYPE"],
    [{ stdio: [handle, 1.5] }, "ERR_INVALID_ARG_TYPE"],
    [{ stdio: [handle, 2 ** 31] }, "ERR_OUT_OF_RANGE"],
    [{ stdio: ["pipe", "pipe", "pipe", "pipe"] }, "ERR_INVALID_ARG_VALUE"],
    [{ share: "/pkg" }, "ERR_INVALID_ARG_TYPE"],
    [{ share: [1] }, "ERR_INVALID_ARG_TYPE"],
    [{ share: ["/a\0b"] }, "ERR_INVALID_ARG_VALUE"],
    [{ namespace: { "/a": 1 } }, "ERR_INVALID_ARG_TYPE"],
    [{ namespace: { a: new PseudoDirectory() } }, "ZX_ERR_INVALID_ARGS"],
    [{ handles: [handle] }, "ERR_INVALID_ARG_TYPE"],
    [{ timeout: -1 }, "ERR_OUT_OF_RANGE"],
    [{ signal: 1 }, "ERR_INVALID_ARG_TYPE"],
  ];
  for (const [options, code] of refused) {
    t.throws(() => spawn(executable, [], options), { code }, Object.keys(options)[0]);
  }
  t.throws(() => spawn("/pkg/bin/x"), { code: "ERR_INVALID_ARG_TYPE" });
  t.throws(() => spawn(1 as never, [], { context }), { code: "ERR_INVALID_ARG_TYPE" });
  t.throws(() => spawn(executable, ["a\0"]), { code: "ERR_INVALID_ARG_VALUE" });
  t.deepEqual(kernel.stats(), before);
});

test("handles that cannot come along are closed with all others", async (t) => {
  const { kernel, context, launcher } = spawner(t);
  const executable = plain(context);
  const before = kernel.stats();
  const fixed = kernel.createEvent().replace(Rights.WAIT);
  const other = kernel.createEvent();
  const child = spawn(executable, [], {
    namespace: { "/data": new PseudoDirectory() },
    handles: [fixed, other].map((handle) => ({ handle, info: new HandleInfo(HandleType.User0) })),
  });
  child.stdout!.resume();
  const [error] = (await once(child, "error")) as [Error & { code: string }];
  t.is(error.code, "ZX_ERR_ACCESS_DENIED");
  t.deepEqual(launcher.sent, []);
  await settlesTo(t, kernel, before);
  t.throws(() => spawn(executable, [], { stdio: ["pipe", kernel.createEvent().replace(0)] }), {
    code: "ZX_ERR_ACCESS_DENIED",
  });
  await settlesTo(t, kernel, before);
});

test("a child closes without an end when its kernel is disposed of", async (t) => {
  const { kernel, context } = spawner(t);
  const child = spawn(plain(context));
  await once(child, "spawn");
  kernel.dispose();
  t.is(await closed(child), null);
});
