import test, { type ExecutionContext } from "ava";

import {
  type Context,
  fdioSpawnVmo,
  HandleInfo,
  HandleType,
  type HandleTypeName,
  LoaderService,
  Rights,
  SPAWN_ERR_MSG_MAX_LENGTH,
  type SpawnAction,
  SpawnActionType,
  type SpawnCompat,
  SpawnFlags,
} from "../index.js";
import { PseudoDirectory } from "../lib/vfs/index.js";
import { until } from "./support/holdings.js";
import { settlesTo } from "./support/settled.js";
import { plain, type Spawner, spawner } from "./support/spawner.js";

const { CloneFd, TransferFd, AddNamespaceEntry, AddHandle, SetName } = SpawnActionType;

const GENERATIONS: (SpawnCompat | undefined)[] = [undefined, "2020", "newest"];

type Koids = Record<string, bigint>;

/** What an id of a startup handle says. */
function id(type: HandleTypeName, arg = 0): number {
  return new HandleInfo(HandleType[type], arg).raw;
}

/** A spawner with all that can be shared. */
async function rich(t: ExecutionContext): Promise<Spawner & { koids: Koids }> {
  const everything = spawner(t);
  const { context } = everything;
  const { environment } = context;
  const koids: Koids = { job: environment.defaultJob!.koid };
  for (const fd of [0, 1, 2]) {
    const [socket] = context.createSocket();
    koids[`fd ${fd}`] = socket.koid;
    await environment.descriptors.create(socket, fd);
  }
  environment.namespace.bind("/pkg", new PseudoDirectory().connect(context));
  environment.setLoaderService(new LoaderService(context).connect());
  environment.setUtcClock(context.createClock());
  koids["clock"] = environment.utcClock!.koid;
  environment.environ = ["FROM=spawner"];
  return { ...everything, koids };
}

/** Actions of every kind that has a handle, and their koids. */
async function someActions(context: Context): Promise<[SpawnAction[], Koids]> {
  const { descriptors } = context.environment;
  const [added, peer] = context.createChannel();
  const [fd, fdPeer] = context.createSocket();
  const [transferred, transferredPeer] = context.createSocket();
  [peer, fdPeer, transferredPeer].forEach((end) => end.close());
  const koids = { added: added.koid, cloned: fd.koid, transferred: transferred.koid };
  const actions: SpawnAction[] = [
    { action: AddHandle, id: id("User0", 7), handle: added },
    {
      action: AddNamespaceEntry,
      prefix: "/added",
      handle: new PseudoDirectory().connect(context),
    },
    { action: TransferFd, localFd: await descriptors.create(transferred, 11), targetFd: 4 },
    { action: CloneFd, localFd: await descriptors.create(fd, 10), targetFd: 1 },
    { action: SetName, data: "named" },
  ];
  return [actions, koids];
}

for (const compat of GENERATIONS) {
  const options = compat === undefined ? {} : { compat };
  const name = compat ?? "as documented";

  test(`all that can be sent, in its order (${name})`, async (t) => {
    const { context, launcher, koids, opened } = await rich(t);
    const [actions, own] = await someActions(context);
    const process = await fdioSpawnVmo(
      context,
      null,
      SpawnFlags.CLONE_ALL,
      plain(context),
      ["program", "argument"],
      null,
      actions,
      options,
    );
    process.close();
    t.deepEqual(launcher.methods, ["AddArgs", "AddEnvirons", "AddHandles", "AddNames", "Launch"]);
    t.deepEqual(launcher.of("AddArgs")[0]!.strings, ["program", "argument"]);
    t.deepEqual(launcher.of("AddEnvirons")[0]!.strings, ["FROM=spawner"]);
    const { handles } = launcher.of("AddHandles")[0]!;
    t.deepEqual(
      handles.map(({ id, koid }) => [id, koid]),
      [
        [id("DefaultJob"), koids["job"]],
        [id("LdsvcLoader"), handles[1]!.koid],
        [id("User0", 7), own["added"]],
        [id("FileDescriptor", 4), own["transferred"]],
        [id("FileDescriptor", 1), own["cloned"]],
        [id("FileDescriptor", 0), koids["fd 0"]],
        [id("FileDescriptor", 2), koids["fd 2"]],
        [id("ClockUtc"), koids["clock"]],
      ],
    );
    t.is(handles[1]!.type, "Channel");
    const basic = Rights.READ | Rights.WAIT | Rights.DUPLICATE | Rights.TRANSFER;
    const all = context.environment.utcClock!.rights;
    t.is(handles[7]!.rights, compat === "2020" ? basic : all);
    t.not(basic, all);
    const cloned = ["/svc", "/pkg"];
    t.deepEqual(
      launcher.of("AddNames")[0]!.names.map(({ path }) => path),
      compat === "newest" ? ["/added", ...cloned] : [...cloned, "/added"],
    );
    const { name, job, executable } = launcher.of("Launch")[0]!;
    t.is(name, "named");
    t.is(job.koid, koids["job"]!);
    t.is(job.type, "Job");
    t.is(executable.type, "Vmo");
    t.deepEqual(opened, [
      { flags: 3, mode: 0o755, path: "." },
      { flags: 3, mode: 0o755, path: "fuchsia.process.Launcher" },
    ]);
  });

  test(`as little as can be sent (${name})`, async (t) => {
    const { context, launcher } = await rich(t);
    (await fdioSpawnVmo(context, null, 0, plain(context), ["p"], null, [], options)).close();
    const empty = compat === "2020" ? [] : ["AddHandles", "AddNames"];
    t.deepEqual(launcher.methods, ["AddArgs", ...empty, "Launch"]);
    for (const { handles } of launcher.of("AddHandles")) t.deepEqual(handles, []);
    for (const { names } of launcher.of("AddNames")) t.deepEqual(names, []);
  });

  test(`descriptors that could be cloned count, even if none can (${name})`, async (t) => {
    const { context, launcher } = spawner(t);
    const flags = SpawnFlags.CLONE_STDIO;
    (await fdioSpawnVmo(context, null, flags, plain(context), ["p"], null, [], options)).close();
    t.deepEqual(launcher.of("AddHandles"), [{ handles: [] }]);
  });

  test(`no arguments and an empty environment are sent (${name})`, async (t) => {
    const { context, launcher } = await rich(t);
    const actions: SpawnAction[] = [{ action: SetName, data: "n" }];
    const flags = SpawnFlags.CLONE_ENVIRON;
    (await fdioSpawnVmo(context, null, flags, plain(context), [], [], actions, options)).close();
    t.deepEqual(launcher.methods.slice(0, 2), ["AddArgs", "AddEnvirons"]);
    t.deepEqual(launcher.of("AddArgs")[0]!.strings, []);
    t.deepEqual(launcher.of("AddEnvirons")[0]!.strings, []);
  });

  test(`the namespace is exported ${compat === "2020" ? "before" : "after"} the Launcher is reached (${name})`, async (t) => {
    const { context, launcher, opened } = await rich(t);
    const [dead, server] = context.createChannel();
    context.environment.namespace.bind("/dead", dead);
    server.close();
    const flags = SpawnFlags.CLONE_NAMESPACE;
    const spawn = fdioSpawnVmo(context, null, flags, plain(context), ["p"], null, [], options);
    const error = (await t.throwsAsync(spawn, { code: "ZX_ERR_PEER_CLOSED" }))!;
    t.true(error.message.endsWith(": cannot export the namespace: -24 (PEER_CLOSED)"));
    await until(() => launcher.sent.length > 0 || compat === "2020");
    t.deepEqual(launcher.methods, compat === "2020" ? [] : ["AddArgs"]);
    t.is(opened.length, compat === "2020" ? 0 : 2);
  });
}

for (const [flag, sent] of [
  ["CLONE_JOB", [id("DefaultJob")]],
  ["DEFAULT_LDSVC", [id("LdsvcLoader")]],
  ["CLONE_LDSVC", [id("LdsvcLoader")]],
  ["CLONE_STDIO", [0, 1, 2].map((fd) => id("FileDescriptor", fd))],
  ["CLONE_UTC_CLOCK", [id("ClockUtc")]],
  ["CLONE_NAMESPACE", []],
  ["CLONE_ENVIRON", []],
] as const) {
  test(`${flag} alone`, async (t) => {
    const { context, launcher } = await rich(t);
    const flags = SpawnFlags[flag];
    (await fdioSpawnVmo(context, null, flags, plain(context), ["p"], null, [])).close();
    t.deepEqual(
      launcher.of("AddHandles")[0]!.handles.map(({ id }) => id),
      [...sent],
    );
    t.is(launcher.of("AddEnvirons").length, flag === "CLONE_ENVIRON" ? 1 : 0);
    t.is(launcher.of("AddNames")[0]!.names.length, flag === "CLONE_NAMESPACE" ? 2 : 0);
  });
}

test("flags, actions and the size of messages have the numbers of lib/fdio/spawn.h", (t) => {
  t.deepEqual(
    { ...SpawnFlags },
    {
      CLONE_JOB: 0x01,
      DEFAULT_LDSVC: 0x02,
      CLONE_LDSVC: 0x02,
      CLONE_NAMESPACE: 0x04,
      CLONE_STDIO: 0x08,
      CLONE_ENVIRON: 0x10,
      CLONE_UTC_CLOCK: 0x20,
      CLONE_ALL: 0xffff,
    },
  );
  t.deepEqual([CloneFd, TransferFd, AddNamespaceEntry, AddHandle, SetName], [1, 2, 3, 4, 5]);
  t.is(SPAWN_ERR_MSG_MAX_LENGTH, 1024);
});

test("namespace entries and handles are added in the order of their actions", async (t) => {
  const { context, launcher } = spawner(t);
  const given = ["/b", "/a", "/a/c", "/a"].map((prefix) => ({
    prefix,
    directory: new PseudoDirectory().connect(context),
    handle: context.createEvent(),
  }));
  const names = given.map(({ prefix, directory }) => [prefix, directory.koid]);
  const handles = given.map(({ handle }) => handle.koid);
  const actions = given.flatMap(({ prefix, directory, handle }): SpawnAction[] => [
    { action: AddNamespaceEntry, prefix, handle: directory },
    { action: AddHandle, id: id("User0"), handle },
  ]);
  (await fdioSpawnVmo(context, null, 0, plain(context), ["p"], null, actions)).close();
  t.deepEqual(
    launcher.of("AddNames")[0]!.names.map(({ path, koid }) => [path, koid]),
    names,
  );
  t.deepEqual(
    launcher.of("AddHandles")[0]!.handles.map(({ koid }) => koid),
    handles,
  );
});

test("flags that nobody knows are ignored", async (t) => {
  const { context, launcher } = await rich(t);
  (await fdioSpawnVmo(context, null, 0xffff_ffc0, plain(context), ["p"], null, [])).close();
  t.deepEqual(launcher.of("AddHandles")[0]!.handles, []);
});

test("an explicit environment beats CLONE_ENVIRON", async (t) => {
  const { context, launcher } = await rich(t);
  const flags = SpawnFlags.CLONE_ALL;
  (await fdioSpawnVmo(context, null, flags, plain(context), ["p"], ["A=b"], [])).close();
  t.deepEqual(
    launcher.of("AddEnvirons").map(({ strings }) => strings),
    [["A=b"]],
  );
});

test("strings are bytes", async (t) => {
  const { context, launcher } = await rich(t);
  const bytes = Uint8Array.of(0xc3, 0xa9);
  (await fdioSpawnVmo(context, null, 0, plain(context), [bytes, "é"], [bytes], [])).close();
  t.deepEqual(launcher.of("AddArgs")[0]!.strings, ["é", "é"]);
  t.is(launcher.of("Launch")[0]!.name, "é");
});

test("the job that is given is the one that is sent, and cloned", async (t) => {
  const { kernel, context, launcher } = await rich(t);
  const job = kernel.rootJob.createJob().transferTo(context);
  const flags = SpawnFlags.CLONE_JOB;
  (await fdioSpawnVmo(context, job, flags, plain(context), ["p"], null, [])).close();
  t.true(job.isValid);
  t.is(launcher.of("AddHandles")[0]!.handles[0]!.koid, job.koid);
  t.is(launcher.of("Launch")[0]!.job.koid, job.koid);
  t.is(launcher.of("Launch")[0]!.job.rights, job.rights);
});

test("a process without a UTC clock shares none", async (t) => {
  const { context, launcher } = spawner(t);
  const flags = SpawnFlags.CLONE_UTC_CLOCK;
  (await fdioSpawnVmo(context, null, flags, plain(context), ["p"], null, [])).close();
  t.deepEqual(launcher.of("AddHandles")[0]!.handles, []);
});

test("names are cut to 31 bytes, between characters", async (t) => {
  const { context, launcher } = spawner(t);
  for (const name of ["n".repeat(31), "n".repeat(32), `${"n".repeat(30)}é`]) {
    (await fdioSpawnVmo(context, null, 0, plain(context), [name], null, [])).close();
  }
  t.deepEqual(
    launcher.of("Launch").map(({ name }) => name),
    ["n".repeat(31), "n".repeat(31), "n".repeat(30)],
  );
});

test("the Launcher's directory is opened once, and the Launcher for each spawn", async (t) => {
  const { context, opened } = spawner(t);
  for (const name of ["first", "second"]) {
    (await fdioSpawnVmo(context, null, 0, plain(context), [name], null, [])).close();
  }
  t.deepEqual(
    opened.map(({ path }) => path),
    [".", "fuchsia.process.Launcher", "fuchsia.process.Launcher"],
  );
});

test("nothing is left of a spawn but its process", async (t) => {
  const { kernel, context, launcher } = await rich(t);
  const spawn = async () => {
    const [actions] = await someActions(context);
    const executable = plain(context);
    const flags = SpawnFlags.CLONE_ALL;
    (await fdioSpawnVmo(context, null, flags, executable, ["p"], null, actions)).close();
    t.false(executable.isValid);
    await context.environment.descriptors.close(10);
  };
  await spawn();
  await launcher.closed();
  const before = kernel.stats();
  await spawn();
  await settlesTo(t, kernel, before);
});
