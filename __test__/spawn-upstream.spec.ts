// The tests of fdio_spawn, under the names that they have upstream (sdk/lib/fdio/tests/fdio_spawn.cc;
// before, the fdio-spawn test package's spawn_test.cc, resolve_test.cc and shebang_test.cc).

import type { ExecutionContext } from "ava";

import {
  fdioSpawn,
  fdioSpawnEtc,
  fdioSpawnVmo,
  HandleInfo,
  HandleType,
  Kernel,
  Launcher,
  LoaderService,
  type Process,
  ProcessContext,
  Resolver,
  Rights,
  Signals,
  type Socket,
  type SpawnAction,
  SpawnActionType,
  SpawnFlags,
  ZxStatus,
} from "../index.js";
import { encode } from "../lib/base/strings.js";
import { OpenFlags, PseudoDirectory } from "../lib/vfs/index.js";
import { guestBytes, nativeTest } from "./support/native.js";
import { settlesTo } from "./support/settled.js";
import { spawnFails } from "./support/spawner.js";

const { CloneFd, TransferFd, AddNamespaceEntry, AddHandle, SetName, CloneDir } = SpawnActionType;
const { CLONE_ALL, DEFAULT_LDSVC } = SpawnFlags;

/** The helper that tells by its return code what it was spawned with. */
const CHILD = "/pkg/bin/spawn_child";
/** Tells its arguments on its standard output. */
const ECHO = "/pkg/bin/hello_dynamic";

const LIBRARIES = Object.fromEntries(
  ["ld.so.1", "libguest.so"].map((name) => [name, guestBytes(`lib/${name}`)]),
);
const PROGRAMS = Object.fromEntries(
  ["spawn_child", "hello_dynamic", "process_creator"].map((name) => [name, guestBytes(name)]),
);

/** The process that runs a test, with all that it has. */
interface Parent {
  readonly kernel: Kernel;
  readonly context: ProcessContext;
  /** The other end of what its standard streams are. */
  readonly terminal: Socket;
}

/** A process that can spawn, from a package that has these scripts, too. */
async function parent(t: ExecutionContext, scripts: Record<string, string> = {}): Promise<Parent> {
  const kernel = new Kernel();
  t.teardown(() => kernel[Symbol.asyncDispose]());
  const context = new ProcessContext(kernel, { job: kernel.rootJob, name: "parent" });
  const { environment } = context;
  const bin = new PseudoDirectory({ ...PROGRAMS, ...scripts });
  const files = Object.entries(scripts).map(
    ([name, text]) => [`bin/${name}`, encode(text)] as const,
  );
  const resolver = new Resolver(kernel, {
    packages: {
      test: {
        "bin/spawn_child": PROGRAMS["spawn_child"]!,
        "lib/ld.so.1": LIBRARIES["ld.so.1"]!,
        "lib/libguest.so": LIBRARIES["libguest.so"]!,
        ...Object.fromEntries(files),
      },
    },
  });
  const services = new PseudoDirectory({
    "fuchsia.process.Launcher": new Launcher(kernel).node(),
    "fuchsia.process.Resolver": resolver.node(),
  });
  environment.namespace.bind("/svc", services.connect(kernel));
  environment.namespace.bind("/pkg", new PseudoDirectory({ bin }).connect(kernel));
  environment.namespace.bind("/pkg2/data", new PseudoDirectory({ file: "" }).connect(kernel));
  environment.setDefaultJob(kernel.rootJob.duplicate());
  environment.setLoaderService(new LoaderService(kernel, { objects: LIBRARIES }).connect());
  environment.environ = ["SPAWN_TEST_PARENT=1"];
  const [terminal, theirs] = kernel.createSocket();
  for (const fd of [0, 1, 2]) await environment.descriptors.create(theirs.duplicate(), fd);
  theirs.close();
  return { kernel, context, terminal };
}

/** The return code of a process that ends. */
async function join(process: Promise<Process>): Promise<bigint> {
  using spawned = await process;
  return (await spawned.exited()).returnCode;
}

/** Spawns the helper by its path, with its arguments. */
function spawn({ context }: Parent, flags: number, ...args: string[]): Promise<Process> {
  return fdioSpawn(context, null, flags, CHILD, [CHILD, ...args]);
}

/** Spawns the helper by its path, with its loader service only. */
function spawnEtc(
  { context }: Parent,
  args: readonly string[],
  actions: readonly SpawnAction[],
  { environ = null, flags = DEFAULT_LDSVC }: { environ?: string[] | null; flags?: number } = {},
): Promise<Process> {
  return fdioSpawnEtc(context, null, flags, CHILD, [CHILD, ...args], environ, actions);
}

/** Expects that nothing was created. */
async function noProcess(t: ExecutionContext, { kernel }: Parent, work: () => Promise<unknown>) {
  const before = kernel.rootJob.processes();
  await work();
  t.deepEqual(kernel.rootJob.processes(), before);
}

nativeTest("SpawnControl", async (t) => {
  const test = await parent(t);
  t.is(await join(spawn(test, CLONE_ALL)), 43n);
  t.is(await join(spawn(test, CLONE_ALL, "--argc")), 2n);
  t.is(await join(spawn(test, CLONE_ALL, "--argc", "one", "two", "three")), 5n);
});

nativeTest("SpawnLauncher", async (t) => {
  const { kernel, context } = await parent(t);
  using restricted = kernel.rootJob.createJob();
  restricted.setPolicy("relative", [{ condition: "NewProcess", action: "deny" }]);
  const job = restricted.duplicate().transferTo(context);
  const path = "/pkg/bin/process_creator";
  const creator = await join(fdioSpawn(context, job, CLONE_ALL, path, [path]));
  t.is(creator, BigInt(ZxStatus.ACCESS_DENIED));
  // Whoever is spawned there can spawn all the same: the Launcher is elsewhere.
  const spawned = fdioSpawn(context, job, CLONE_ALL, CHILD, [CHILD, "--spawn", CHILD]);
  t.is(await join(spawned), 43n);
});

nativeTest("SpawnNested", async (t) => {
  const test = await parent(t);
  const nested = ["--spawn", CHILD];
  const flags = DEFAULT_LDSVC | SpawnFlags.CLONE_NAMESPACE | SpawnFlags.CLONE_JOB;
  t.is(await join(spawn(test, flags, ...nested)), 43n);
  t.is(await join(spawn(test, CLONE_ALL, ...nested, "--flags", "all")), 56n);
});

nativeTest("SpawnInvalidArgs", async (t) => {
  const { context } = await parent(t);
  const missing = "/bin/spawn-child-that-does-not-exist";
  await spawnFails(t, "NOT_FOUND", fdioSpawn(context, null, CLONE_ALL, missing, [missing]));
  await spawnFails(t, "INVALID_ARGS", fdioSpawn(context, null, CLONE_ALL, CHILD, null));
  await spawnFails(t, "INVALID_ARGS", fdioSpawn(context, null, CLONE_ALL, CHILD, []));
});

nativeTest("SpawnFlags", async (t) => {
  const test = await parent(t);
  // Nothing of the environment, not even the loader service.
  await noProcess(t, test, () => spawnFails(t, "INVALID_ARGS", spawn(test, 0, "--flags", "none")));
  for (const [name, flag, code] of [
    ["none", 0, 51n],
    ["job", SpawnFlags.CLONE_JOB, 52n],
    ["namespace", SpawnFlags.CLONE_NAMESPACE, 53n],
    ["stdio", SpawnFlags.CLONE_STDIO, 54n],
    ["environ", SpawnFlags.CLONE_ENVIRON, 55n],
    ["all", CLONE_ALL, 56n],
  ] as const) {
    t.is(await join(spawn(test, DEFAULT_LDSVC | flag, "--flags", name)), code, name);
  }
});

nativeTest("SpawnEnviron", async (t) => {
  const test = await parent(t);
  const one = "SPAWN_TEST_CHILD=1";
  const two = "SPAWN_TEST_CHILD2=1";
  for (const [what, environ, flags, code] of [
    ["empty", [], DEFAULT_LDSVC, 61n],
    ["one", [one], DEFAULT_LDSVC, 62n],
    ["two", [one, two], DEFAULT_LDSVC, 63n],
    ["two", [one, two], CLONE_ALL, 63n],
    ["clone", null, CLONE_ALL, 64n],
  ] as const) {
    const options = { environ: environ === null ? null : [...environ], flags };
    t.is(await join(spawnEtc(test, ["--env", what], [], options)), code, what);
  }
});

nativeTest("SpawnActionsFd", async (t) => {
  const test = await parent(t);
  const { context } = test;
  const { descriptors } = context.environment;
  const spawnNamed = (actions: SpawnAction[]) =>
    fdioSpawnEtc(context, null, DEFAULT_LDSVC, CHILD, [], null, actions);
  await spawnFails(t, "INVALID_ARGS", spawnNamed([]));
  {
    using process = await spawnNamed([{ action: SetName, data: "spawn-child-name" }]);
    t.is((await process.exited()).returnCode, 42n);
    t.is(process.getName(), "spawn-child-name");
  }
  const openFd = () => context.environment.open("/pkg", OpenFlags.READABLE);
  const cloned = await openFd();
  const clone: SpawnAction = { action: CloneFd, localFd: cloned, targetFd: 21 };
  t.is(await join(spawnEtc(test, ["--action", "clone-fd"], [clone])), 71n);
  t.is(descriptors.kind(cloned), "directory");
  await descriptors.close(cloned);
  const moved = await openFd();
  const transfer: SpawnAction = { action: TransferFd, localFd: moved, targetFd: 21 };
  t.is(await join(spawnEtc(test, ["--action", "transfer-fd"], [transfer])), 72n);
  t.is(descriptors.kind(moved), undefined);
  const both = await openFd();
  const actions: SpawnAction[] = [
    { action: CloneFd, localFd: both, targetFd: 21 },
    { action: TransferFd, localFd: both, targetFd: 22 },
  ];
  t.is(await join(spawnEtc(test, ["--action", "clone-and-transfer-fd"], actions)), 73n);
  t.is(descriptors.kind(both), undefined);
});

nativeTest("SpawnActionsAddNamespaceEntry", async (t) => {
  const test = await parent(t);
  const [handle, server] = test.context.createChannel();
  const entry: SpawnAction = { action: AddNamespaceEntry, prefix: "/foo/bar/baz", handle };
  t.is(await join(spawnEtc(test, ["--action", "ns-entry"], [entry])), 74n);
  server.close();
});

nativeTest("SpawnActionAddHandle", async (t) => {
  const test = await parent(t);
  const [handle] = test.context.createSocket();
  const id = new HandleInfo(HandleType.User0).raw;
  const actions: SpawnAction[] = [{ action: AddHandle, id, handle }];
  t.is(await join(spawnEtc(test, ["--action", "add-handle"], actions)), 75n);
});

nativeTest("SpawnActionAddHandle: the UTC clock, added or cloned", async (t) => {
  const test = await parent(t);
  const { environment } = test.context;
  const args = ["--action", "add-handle-clock-utc"];
  const added = test.context.createClock();
  const { koid } = added;
  const id = new HandleInfo(HandleType.ClockUtc).raw;
  t.is(await join(spawnEtc(test, args, [{ action: AddHandle, id, handle: added }])), koid);
  environment.setUtcClock(test.context.createClock());
  const flags = DEFAULT_LDSVC | SpawnFlags.CLONE_UTC_CLOCK;
  const cloned = await join(spawnEtc(test, args, [], { flags }));
  t.is(cloned, environment.utcClock!.koid);
  t.is(await join(spawnEtc(test, args, [])), 0n);
});

nativeTest("SpawnActionsSetName", async (t) => {
  const test = await parent(t);
  const names = ["proc-name-0", "proc-name-1"];
  const actions = names.map((data): SpawnAction => ({ action: SetName, data }));
  using process = await spawnEtc(test, [], actions);
  t.is((await process.exited()).returnCode, 43n);
  t.is(process.getName(), "proc-name-1");
});

nativeTest("SpawnActionsCloneDir", async (t) => {
  const test = await parent(t);
  const run = (prefix: string, ...args: string[]) =>
    join(spawnEtc(test, args, [{ action: CloneDir, prefix }]));
  t.is(await run("/", "--flags", "namespace"), 53n);
  t.is(await run("/pkg", "--stat", "/pkg"), 76n);
  t.is(await run("/pkg2", "--stat", "/pkg2/data"), 76n);
  t.is(await run("/pk", "--stat", "/pkg"), -6n);
  t.is(await run("/pkg", "--stat", "/pkg2/data"), -6n);
  t.is(await run("/foo", "--flags", "namespace"), -4n);
  t.is(await run("/foo", "--flags", "none"), 51n);
});

nativeTest("SpawnErrors", async (t) => {
  const test = await parent(t);
  const { context } = test;
  const { descriptors } = context.environment;
  const etc = (actions: SpawnAction[]) => spawnEtc(test, [], actions);
  await spawnFails(t, "INVALID_ARGS", fdioSpawnEtc(context, null, 0, CHILD, null, null, []));
  for (const action of [
    { action: AddNamespaceEntry, prefix: "/foo", handle: null },
    { action: AddHandle, id: 0, handle: null },
    { action: SetName, data: null },
    { action: CloneDir, prefix: "/foo/" },
  ] as const) {
    await spawnFails(t, "INVALID_ARGS", etc([action]));
  }
  const bogus = "/bogus/spawn_child";
  const error = await spawnFails(t, "NOT_FOUND", fdioSpawn(context, null, 0, bogus, [bogus]));
  t.true(error.errMsg.includes(bogus));
  using job = context.environment.defaultJob!.duplicate(Rights.NONE);
  const denied = fdioSpawn(context, job, CLONE_ALL, CHILD, [CHILD]);
  await spawnFails(t, "ACCESS_DENIED", denied);
  const withStdio = { flags: DEFAULT_LDSVC | SpawnFlags.CLONE_STDIO };
  await descriptors.close(0);
  t.is(await join(spawnEtc(test, [], [], withStdio)), 43n);
  await descriptors.createNull(0);
  t.is(await join(spawnEtc(test, [], [], withStdio)), 43n);
  for (const action of [CloneFd, TransferFd] as const) {
    const nothing = await descriptors.createNull();
    const spawn = etc([{ action, localFd: nothing, targetFd: 21 }]);
    await spawnFails(t, "NOT_SUPPORTED", spawn);
    t.is(descriptors.kind(nothing), action === CloneFd ? "null" : undefined);
    if (action === CloneFd) await descriptors.close(nothing);
  }
});

nativeTest("SpawnVmo", async (t) => {
  const { context } = await parent(t);
  const flags = OpenFlags.READABLE | OpenFlags.EXECUTABLE;
  const fd = await context.environment.open(CHILD, flags);
  const executable = await context.environment.descriptors.getVmoExec(fd);
  const process = fdioSpawnVmo(context, null, CLONE_ALL, executable, [CHILD], null, []);
  t.is(await join(process), 43n);
});

/** A script that is to be resolved in the package. */
function resolve(name: string): string {
  return `#!resolve fuchsia-pkg://fuchsia.com/test#bin/${name}\n`;
}

/** Spawns a script with a loader service that the resolved executable does not need. */
function spawnScript({ context }: Parent, name: string, ...args: string[]): Promise<Process> {
  const path = `/pkg/bin/${name}`;
  return fdioSpawn(context, null, CLONE_ALL, path, [path, ...args]);
}

nativeTest("SpawnResolveOneHop", async (t) => {
  const test = await parent(t, { one: resolve("spawn_child") });
  t.is(await join(spawnScript(test, "one", "--argc", "x")), 3n);
  t.is(await join(fdioSpawn(test.context, null, 0, "/pkg/bin/one", ["one"])), 43n);
});

nativeTest("SpawnResolveTwoHops", async (t) => {
  const test = await parent(t, { one: resolve("spawn_child"), two: resolve("one") });
  t.is(await join(spawnScript(test, "two", "--argc", "x")), 3n);
});

nativeTest("SpawnResolveToMissingPackage", async (t) => {
  const url = "fuchsia-pkg://fuchsia.com/missing#bin/spawn_child";
  const test = await parent(t, { missing: `#!resolve ${url}\n` });
  await noProcess(t, test, () => spawnFails(t, "INTERNAL", spawnScript(test, "missing")));
});

nativeTest("SpawnResolveLoop", async (t) => {
  const test = await parent(t, { loop: resolve("loop") });
  await noProcess(t, test, () => spawnFails(t, "IO_INVALID", spawnScript(test, "loop")));
});

nativeTest("SpawnResolveToShebang", async (t) => {
  const test = await parent(t, { one: resolve("script"), script: `#!${CHILD}\n` });
  await spawnFails(t, "NOT_SUPPORTED", spawnScript(test, "one"));
});

nativeTest("SpawnShebangToResolve", async (t) => {
  const test = await parent(t, { one: resolve("spawn_child"), script: "#!/pkg/bin/one\n" });
  await spawnFails(t, "NOT_SUPPORTED", spawnScript(test, "script"));
});

/** The arguments that the process at the end of a script's interpreters got. */
async function argsOf(
  { context, terminal }: Parent,
  name: string,
  argv: string[],
  compat?: "2020",
): Promise<string[]> {
  const options = compat === undefined ? {} : { compat };
  const path = `/pkg/bin/${name}`;
  const code = await join(fdioSpawn(context, null, CLONE_ALL, path, argv, options));
  if (code !== 0n) throw new Error(`returned ${code}`);
  const lines = new TextDecoder().decode(terminal.read()).split("\n");
  return lines.flatMap((line) => /^arg \d+: (.*)$/.exec(line)?.[1] ?? []);
}

nativeTest("SpawnShebangPath", async (t) => {
  const test = await parent(t, { script: `#!${ECHO} x y\n` });
  t.deepEqual(await argsOf(test, "script", ["s", "1"], "2020"), [ECHO, "x y", "s", "1"]);
  t.deepEqual(await argsOf(test, "script", ["s", "1"]), [ECHO, "x y", "/pkg/bin/script", "1"]);
});

nativeTest("SpawnShebangNestedScript", async (t) => {
  const test = await parent(t, { inner: `#!${ECHO} i\n`, outer: "#!/pkg/bin/inner a b\n" });
  const expected = [ECHO, "i", "/pkg/bin/inner", "a b", "/pkg/bin/outer", "1", "2"];
  t.deepEqual(await argsOf(test, "outer", ["/pkg/bin/outer", "1", "2"], "2020"), expected);
  t.deepEqual(await argsOf(test, "outer", ["/pkg/bin/outer", "1", "2"]), expected);
});

nativeTest("SpawnShebangLoop", async (t) => {
  const test = await parent(t, { loop: "#!/pkg/bin/loop\n" });
  await spawnFails(t, "IO_INVALID", spawnScript(test, "loop"));
});

nativeTest("SpawnShebangMissingInterpreter", async (t) => {
  const test = await parent(t, { script: "#!/pkg/bin/missing\n" });
  await spawnFails(t, "INTERNAL", spawnScript(test, "script"));
});

nativeTest("SpawnShebangTooLong", async (t) => {
  const test = await parent(t, { script: `#!${"/".repeat(4096)}\n` });
  await spawnFails(t, "OUT_OF_RANGE", spawnScript(test, "script"));
});

nativeTest("ShebangAbsoluteArgv0", async (t) => {
  const test = await parent(t, { script: `#!${ECHO}\n` });
  const args = await argsOf(test, "script", ["/pkg/bin/script", "1"]);
  t.deepEqual(args, [ECHO, "/pkg/bin/script", "1"]);
});

nativeTest("ShebangRelativeArgv0", async (t) => {
  const test = await parent(t, { script: `#!${ECHO}\n` });
  t.deepEqual(await argsOf(test, "script", ["script", "1"]), [ECHO, "/pkg/bin/script", "1"]);
});

nativeTest("nothing is left of processes that were spawned", async (t) => {
  const test = await parent(t);
  const { kernel, context } = test;
  // What is made at its first use, and kept.
  kernel.systemVdso().close();
  using nothing = context.environment.services.connect("nothing");
  await nothing.waitOne(Signals.PEER_CLOSED);
  const before = kernel.stats();
  t.is(await join(spawn(test, CLONE_ALL)), 43n);
  await spawnFails(t, "INVALID_ARGS", spawn(test, 0));
  await spawnFails(t, "NOT_FOUND", fdioSpawn(context, null, 0, "/pkg/bin/missing", ["x"]));
  await settlesTo(t, kernel, before);
});
