import test, { type ExecutionContext } from "ava";

import {
  type Channel,
  type Context,
  fdioSpawn,
  fdioSpawnEtc,
  fdioSpawnVmo,
  type Handle,
  HandleInfo,
  HandleType,
  LoaderService,
  ProcessContext,
  Rights,
  SPAWN_ERR_MSG_MAX_LENGTH,
  type SpawnAction,
  SpawnActionType,
  type SpawnCompat,
  SpawnError,
  SpawnFlags,
  ZxStatus,
} from "../index.js";
import { PseudoDirectory, PseudoFile, NodeRights } from "../lib/vfs/index.js";
import { serveDirectory, serveFile, plain, spawner, spawnFails } from "./support/spawner.js";

const { CloneFd, TransferFd, AddNamespaceEntry, AddHandle, SetName, CloneDir } = SpawnActionType;

interface Options {
  job?: Parameters<typeof fdioSpawnVmo>[1];
  flags?: number;
  argv?: readonly string[] | null;
  environ?: readonly string[] | null;
  actions?: readonly SpawnAction[];
  compat?: SpawnCompat;
}

/** Spawns an executable that the Launcher gets as it is. */
function spawn(context: Context, options: Options = {}) {
  const { job = null, flags = 0, argv = ["p"], environ = null, actions = [], compat } = options;
  const rest = compat === undefined ? {} : { compat };
  return fdioSpawnVmo(context, job, flags, plain(context), argv, environ, actions, rest);
}

function fdId(fd: number): number {
  return new HandleInfo(HandleType.FileDescriptor, fd).raw;
}

/** What nobody serves. */
function dead(context: Context): Channel {
  const [end, peer] = context.createChannel();
  peer.close();
  return end;
}

/** A handle that was closed. */
function closed(context: Context): Channel {
  const end = dead(context);
  end.close();
  return end;
}

const REFUSED: [what: string, (context: Context) => Options][] = [
  ["argv NULL", () => ({ argv: null })],
  ["argv of NULL only", () => ({ argv: [] })],
  [
    "a namespace entry without a handle",
    () => ({ actions: [{ action: AddNamespaceEntry, prefix: "/a", handle: null }] }),
  ],
  [
    "a namespace entry with a closed handle",
    (context) => ({
      actions: [{ action: AddNamespaceEntry, prefix: "/a", handle: closed(context) }],
    }),
  ],
  [
    "a namespace entry without a prefix",
    (context) => ({
      actions: [{ action: AddNamespaceEntry, prefix: null, handle: dead(context) }],
    }),
  ],
  ["no handle to add", () => ({ actions: [{ action: AddHandle, id: 0xf0, handle: null }] })],
  ["a name that is NULL", () => ({ actions: [{ action: SetName, data: null }] })],
  ...[null, "", "relative", "/trailing/", "//"].map((prefix): (typeof REFUSED)[number] => [
    `CLONE_DIR of ${prefix}`,
    () => ({ actions: [{ action: CloneDir, prefix }] }),
  ]),
];

for (const [what, options] of REFUSED) {
  test(`${what} is INVALID_ARGS, without a message`, async (t) => {
    const { context, launcher } = spawner(t);
    const error = await spawnFails(t, "INVALID_ARGS", spawn(context, options(context)));
    t.is(error.errMsg, "");
    t.deepEqual(launcher.sent, []);
  });
}

test("a UTC clock that is cloned and added is INVALID_ARGS, with a message", async (t) => {
  const { context } = spawner(t);
  const clock = (arg: number): SpawnAction => ({
    action: AddHandle,
    id: new HandleInfo(HandleType.ClockUtc, arg).raw,
    handle: context.createClock(),
  });
  const flags = SpawnFlags.CLONE_UTC_CLOCK;
  const error = await spawnFails(t, "INVALID_ARGS", spawn(context, { flags, actions: [clock(0)] }));
  t.is(error.errMsg, "a UTC clock cannot be both cloned and added as a handle");
  (await spawn(context, { flags, actions: [clock(1)] })).close();
  (await spawn(context, { actions: [clock(0)] })).close();
});

test("actions that nobody knows are ignored", async (t) => {
  const { context } = spawner(t);
  const actions = [{ action: 7 }, { action: 0 }] as unknown as SpawnAction[];
  (await spawn(context, { actions })).close();
  t.pass();
});

test("misuse is a TypeError, and consumes nothing", async (t) => {
  const { context } = spawner(t);
  const handle = context.createEvent();
  const added: SpawnAction = { action: AddHandle, id: 0xf0, handle };
  const wrong: [string, () => Promise<unknown>][] = [
    ["ERR_INVALID_ARG_TYPE", () => fdioSpawnVmo({} as Context, null, 0, handle, ["p"], null, [])],
    ["ERR_INVALID_ARG_TYPE", () => fdioSpawnVmo(context, {} as never, 0, handle, ["p"], null, [])],
    ["ERR_OUT_OF_RANGE", () => fdioSpawnVmo(context, null, -1, handle, ["p"], null, [])],
    ["ERR_INVALID_ARG_TYPE", () => fdioSpawnVmo(context, null, 0, 7 as never, ["p"], null, [])],
    ["ERR_INVALID_ARG_TYPE", () => fdioSpawnVmo(context, null, 0, handle, "p" as never, null, [])],
    ["ERR_INVALID_ARG_VALUE", () => fdioSpawnVmo(context, null, 0, handle, ["a\0b"], null, [])],
    ["ERR_INVALID_ARG_TYPE", () => fdioSpawn(context, null, 0, 7 as never, ["p"])],
    ["ERR_INVALID_ARG_VALUE", () => fdioSpawn(context, null, 0, "/a\0b", ["p"])],
    [
      "ERR_INVALID_ARG_VALUE",
      () =>
        fdioSpawnVmo(context, null, 0, handle, ["p"], null, [
          added,
          { action: SetName, data: "\0" },
        ]),
    ],
    [
      "ERR_INVALID_ARG_TYPE",
      () => fdioSpawnVmo(context, null, 0, handle, ["p"], null, [added, null as never]),
    ],
    [
      "ERR_INVALID_ARG_TYPE",
      () =>
        fdioSpawnVmo(context, null, 0, handle, ["p"], null, [
          added,
          { action: CloneFd, localFd: "1" as never, targetFd: 1 },
        ]),
    ],
    [
      "ERR_INVALID_ARG_VALUE",
      () => fdioSpawnVmo(context, null, 0, handle, ["p"], null, [], { compat: "2018" as never }),
    ],
  ];
  for (const [code, call] of wrong) {
    await t.throwsAsync(call(), { code });
  }
  t.true(handle.isValid);
});

const EXECUTABLES: [
  what: string,
  make: (context: Context) => Handle | null,
  documented: keyof typeof ZxStatus,
  otherwise: keyof typeof ZxStatus,
][] = [
  ["a closed handle", closed, "BAD_HANDLE", "INVALID_ARGS"],
  ["no handle", () => null, "BAD_HANDLE", "INVALID_ARGS"],
  ["an event", (context) => context.createEvent(), "WRONG_TYPE", "WRONG_TYPE"],
  [
    "a VMO that cannot be read",
    (context) => context.createVmo(4096n).replace(Rights.TRANSFER),
    "ACCESS_DENIED",
    "ACCESS_DENIED",
  ],
  ["an empty VMO", (context) => context.createVmo(0n), "OUT_OF_RANGE", "OUT_OF_RANGE"],
];

for (const [what, make, documented, otherwise] of EXECUTABLES) {
  test(`${what} as executable`, async (t) => {
    const { context } = spawner(t);
    for (const [compat, status] of [
      [undefined, documented],
      ["2020", otherwise],
      ["newest", otherwise],
    ] as const) {
      const executable = make(context);
      const options = compat === undefined ? {} : { compat };
      const spawn = fdioSpawnVmo(context, null, 0, executable, ["p"], null, [], options);
      t.false(executable?.isValid === true);
      await spawnFails(t, status, spawn);
    }
  });
}

/** A process with files that can be executed, or not. */
function withFiles(t: ExecutionContext) {
  const { context, ...rest } = spawner(t);
  const files = new PseudoDirectory({
    program: "\u007fELF",
    data: new PseudoFile("data", { rights: NodeRights.READABLE }),
    ["n".repeat(200)]: "\u007fELF",
  });
  const { namespace } = context.environment;
  namespace.bind("/pkg", files.connect(context));
  namespace.bind("/readable", files.connect(context, { rights: NodeRights.READABLE }));
  namespace.bind("/writable", files.connect(context, { rights: NodeRights.WRITABLE }));
  return { context, ...rest };
}

const PATHS: [
  path: string | null,
  documented: keyof typeof ZxStatus,
  y2020: keyof typeof ZxStatus,
  newest: keyof typeof ZxStatus,
][] = [
  ["/pkg/missing", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"],
  ["/nothing", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"],
  ["pkg/program", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"],
  ["", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"],
  ["/pkg/data", "BAD_HANDLE", "ACCESS_DENIED", "ACCESS_DENIED"],
  ["/readable/program", "BAD_HANDLE", "ACCESS_DENIED", "ACCESS_DENIED"],
  ["/readable/missing", "NOT_FOUND", "ACCESS_DENIED", "ACCESS_DENIED"],
  ["/writable/program", "NOT_FOUND", "ACCESS_DENIED", "ACCESS_DENIED"],
  ["/pkg", "BAD_HANDLE", "NOT_SUPPORTED", "NOT_SUPPORTED"],
  ["/", "BAD_HANDLE", "NOT_SUPPORTED", "NOT_SUPPORTED"],
  [`/${"n".repeat(4095)}`, "NOT_FOUND", "INVALID_ARGS", "INVALID_ARGS"],
  [`/${"n".repeat(4094)}`, "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"],
  [null, "INVALID_ARGS", "INVALID_ARGS", "INVALID_ARGS"],
];

for (const [path, ...statuses] of PATHS) {
  test(`the path ${path?.slice(0, 12)} (${path?.length} characters)`, async (t) => {
    const { context, opened } = withFiles(t);
    for (const [index, compat] of [undefined, "2020", "newest"].entries()) {
      const options = compat === undefined ? {} : { compat: compat as SpawnCompat };
      const spawn = fdioSpawn(context, null, 0, path, ["p"], options);
      const error = await spawnFails(t, statuses[index]!, spawn);
      if (path === null) t.is(error.errMsg, "");
      else t.true(error.errMsg.startsWith(`cannot load ${path}`.slice(0, 1_000)));
    }
    t.deepEqual(opened, []);
  });
}

test("a path is cleaned, except in 2020", async (t) => {
  const { context, launcher } = withFiles(t);
  const path = "/nowhere/..//pkg/./program";
  (await fdioSpawn(context, null, 0, path, ["p"])).close();
  (await fdioSpawn(context, null, 0, path, ["p"], { compat: "newest" })).close();
  await spawnFails(t, "NOT_FOUND", fdioSpawn(context, null, 0, path, ["p"], { compat: "2020" }));
  t.is(launcher.of("Launch").length, 2);
});

test("a file that gives no VMO", async (t) => {
  const { context } = spawner(t);
  const [directory, server] = context.createChannel();
  serveDirectory(server, (_, object) => {
    const { events } = serveFile(object, {
      getBuffer: () => ({ s: ZxStatus.NO_MEMORY }),
      close: () => ({ s: ZxStatus.OK }),
    });
    events.onOpen({ s: ZxStatus.OK, info: { kind: "file", value: {} } });
  });
  context.environment.namespace.bind("/x", directory);
  for (const [options, status] of [
    [{}, "BAD_HANDLE"],
    [{ compat: "2020" }, "NO_MEMORY"],
    [{ compat: "newest" }, "NO_MEMORY"],
  ] as const) {
    const error = await spawnFails(t, status, fdioSpawn(context, null, 0, "/x/f", ["p"], options));
    t.is(error.errMsg, "cannot load /x/f: cannot get its executable VMO: -4 (NO_MEMORY)");
  }
});

test("an executable is opened, had as a VMO and closed, in this order, and named", async (t) => {
  const { context, launcher } = spawner(t);
  const seen: unknown[] = [];
  const named: string[] = [];
  const [directory, server] = context.createChannel();
  serveDirectory(server, (opened, object) => {
    seen.push(opened);
    const { events } = serveFile(object, {
      getBuffer: ({ flags }) => {
        seen.push(flags);
        const vmo = plain(context);
        const watched = vmo.duplicate();
        launcher.answer = () => {
          named.push(watched.getName());
          return { status: ZxStatus.OK };
        };
        return { s: ZxStatus.OK, buffer: { vmo, size: 4n } };
      },
      close: () => {
        seen.push("close");
        return { s: ZxStatus.OK };
      },
    });
    events.onOpen({ s: ZxStatus.OK, info: { kind: "file", value: {} } });
  });
  context.environment.namespace.bind("/x", directory);
  for (const path of [`/x/${"n".repeat(28)}`, `/x/${"d".repeat(20)}/${"n".repeat(9)}`]) {
    await spawnFails(t, "BAD_HANDLE", fdioSpawn(context, null, 0, path, ["p"]));
  }
  t.deepEqual(seen.slice(0, 3), [
    { flags: 0x80_0009, mode: 0o755, path: "n".repeat(28) },
    0x1_0005,
    "close",
  ]);
  t.deepEqual(named, [`/x/${"n".repeat(28)}`, "n".repeat(9)]);
});

test("a path that is loaded comes before everything else that is wrong", async (t) => {
  const { context } = withFiles(t);
  const actions: SpawnAction[] = [{ action: SetName, data: null }];
  const flags = SpawnFlags.CLONE_ALL;
  const etc = (path: string) => fdioSpawnEtc(context, null, flags, path, null, null, actions);
  await spawnFails(t, "NOT_FOUND", etc("/pkg/missing"));
  await spawnFails(t, "INVALID_ARGS", etc("/pkg/program"));
});

test("what NOT_FOUND was found after the path is INTERNAL", async (t) => {
  const { context, launcher } = withFiles(t);
  launcher.answer = () => ({ status: ZxStatus.NOT_FOUND });
  for (const options of [{}, { compat: "2020" }, { compat: "newest" }] as const) {
    const error = await spawnFails(
      t,
      "INTERNAL",
      fdioSpawn(context, null, 0, "/pkg/program", ["p"], options),
    );
    t.is(error.errMsg, "the Launcher could not launch the process: -25 (NOT_FOUND)");
    t.is((error.cause as SpawnError).status, ZxStatus.NOT_FOUND);
  }
});

for (const status of ["ACCESS_DENIED", "NO_MEMORY", "INVALID_ARGS"] as const) {
  test(`the Launcher's ${status} is the spawn's`, async (t) => {
    const { context, launcher } = spawner(t);
    launcher.answer = () => ({ status: ZxStatus[status] });
    const error = await spawnFails(t, status, spawn(context));
    const spelled = `${ZxStatus[status]} (${status})`;
    t.is(error.errMsg, `the Launcher could not launch the process: ${spelled}`);
  });
}

test("a process that comes with a failure is closed", async (t) => {
  const { kernel, context, launcher } = spawner(t);
  launcher.answer = () => {
    const { process, rootVmar } = kernel.rootJob.createProcess("late");
    rootVmar.close();
    return { status: ZxStatus.NO_MEMORY, process };
  };
  const { types } = kernel.stats();
  await spawnFails(t, "NO_MEMORY", spawn(context));
  t.deepEqual(kernel.stats().types.Process, types.Process);
});

test("a Launcher that is content and sends nothing is BAD_HANDLE", async (t) => {
  const { context, launcher } = spawner(t);
  launcher.answer = () => ({ status: ZxStatus.OK });
  const error = await spawnFails(t, "BAD_HANDLE", spawn(context));
  t.is(error.errMsg, "the Launcher has sent no process");
});

test("a process without /svc", async (t) => {
  const { context } = spawner(t);
  context.environment.namespace.unbind("/svc");
  for (const compat of [undefined, "2020", "newest"] as const) {
    const options = compat === undefined ? {} : { compat };
    const error = await spawnFails(t, "INTERNAL", spawn(context, options));
    t.is(error.errMsg, "cannot connect to fuchsia.process.Launcher: -25 (NOT_FOUND)");
  }
});

test("a /svc without the Launcher is INTERNAL as documented, and PEER_CLOSED otherwise", async (t) => {
  const { context } = spawner(t);
  context.environment.namespace.unbind("/svc");
  context.environment.namespace.bind("/svc", new PseudoDirectory().connect(context));
  await spawnFails(t, "INTERNAL", spawn(context));
  await spawnFails(t, "PEER_CLOSED", spawn(context, { compat: "2020" }));
  await spawnFails(t, "PEER_CLOSED", spawn(context, { compat: "newest" }));
});

test("a /svc that nobody serves, likewise", async (t) => {
  const { context } = spawner(t);
  context.environment.namespace.unbind("/svc");
  context.environment.namespace.bind("/svc", dead(context));
  await spawnFails(t, "INTERNAL", spawn(context));
  await spawnFails(t, "PEER_CLOSED", spawn(context, { compat: "2020" }));
  await spawnFails(t, "PEER_CLOSED", spawn(context, { compat: "newest" }));
});

test("a loader service that there is not, is gone or refuses", async (t) => {
  const { context, launcher } = spawner(t);
  const flags = SpawnFlags.DEFAULT_LDSVC;
  const error = await spawnFails(t, "UNAVAILABLE", spawn(context, { flags }));
  t.is(error.errMsg, "cannot clone the loader service: -28 (UNAVAILABLE)");
  context.environment.setLoaderService(dead(context));
  await spawnFails(t, "PEER_CLOSED", spawn(context, { flags }));
  t.deepEqual(launcher.sent, []);
  context.environment.setLoaderService(new LoaderService(context).connect());
  (await spawn(context, { flags })).close();
});

test("a job that cannot be duplicated, for the Launcher or for the process", async (t) => {
  const { kernel, context } = spawner(t);
  const job = kernel.rootJob.duplicate(Rights.TRANSFER).transferTo(context);
  const launch = await spawnFails(t, "ACCESS_DENIED", spawn(context, { job }));
  t.is(launch.errMsg, "cannot duplicate the job for the Launcher: -30 (ACCESS_DENIED)");
  const flags = SpawnFlags.CLONE_JOB;
  const clone = await spawnFails(t, "ACCESS_DENIED", spawn(context, { job, flags }));
  t.is(clone.errMsg, "cannot duplicate the job: -30 (ACCESS_DENIED)");
  t.true(job.isValid);
});

test("a process without a default job", async (t) => {
  const { kernel, context } = spawner(t);
  const jobless = new ProcessContext(kernel, { job: kernel.rootJob });
  jobless.environment.namespace.bindAll(context.environment.namespace.export());
  await spawnFails(t, "BAD_HANDLE", spawn(jobless));
});

test("a clock that cannot be duplicated", async (t) => {
  const { context } = spawner(t);
  const clock = context.createClock().replace(Rights.READ | Rights.TRANSFER);
  context.environment.setUtcClock(clock);
  const flags = SpawnFlags.CLONE_UTC_CLOCK;
  const error = await spawnFails(t, "ACCESS_DENIED", spawn(context, { flags }));
  t.is(error.errMsg, "cannot duplicate the UTC clock: -30 (ACCESS_DENIED)");
});

function cloneMessage(fd: number, index: number, status: string): string {
  return `cannot clone file descriptor 9 to ${fd} (action ${index}): ${status}`;
}

test("targets of descriptors go up to 1,023, each once", async (t) => {
  const { context, launcher } = spawner(t);
  const { descriptors } = context.environment;
  const [socket] = context.createSocket();
  const localFd = await descriptors.create(socket, 9);
  const clone = (targetFd: number): SpawnAction => ({ action: CloneFd, localFd, targetFd });
  const add = (fd: number): SpawnAction => ({
    action: AddHandle,
    id: fdId(fd),
    handle: context.createEvent(),
  });
  for (const [actions, status, text] of [
    [[clone(1024)], "OUT_OF_RANGE", cloneMessage(1024, 0, "-14 (OUT_OF_RANGE)")],
    [[clone(-1)], "OUT_OF_RANGE", cloneMessage(-1, 0, "-14 (OUT_OF_RANGE)")],
    [[clone(3), clone(3)], "ALREADY_EXISTS", cloneMessage(3, 1, "-26 (ALREADY_EXISTS)")],
    [[clone(0x8000), clone(0)], "ALREADY_EXISTS", cloneMessage(0, 1, "-26 (ALREADY_EXISTS)")],
    [[add(1024)], "OUT_OF_RANGE", "cannot add file descriptor 1024 (action 0): -14 (OUT_OF_RANGE)"],
    [
      [clone(3), add(0x8003)],
      "ALREADY_EXISTS",
      "cannot add file descriptor 3 (action 1): -26 (ALREADY_EXISTS)",
    ],
  ] as const) {
    const error = await spawnFails(t, status, spawn(context, { actions }));
    t.is(error.errMsg, text);
  }
  (await spawn(context, { actions: [clone(0x8001), clone(1023), add(1022)] })).close();
  t.deepEqual(
    launcher.of("AddHandles")[0]!.handles.map(({ id }) => id),
    [0x8001_0030, fdId(1023), fdId(1022)],
  );
});

test("the same startup handle may come twice, unless it is a descriptor", async (t) => {
  const { context } = spawner(t);
  const add = (): SpawnAction => ({ action: AddHandle, id: 0xf0, handle: context.createEvent() });
  (await spawn(context, { actions: [add(), add()] })).close();
  t.pass();
});

test("descriptors that are closed, or cannot be passed on", async (t) => {
  const { context } = spawner(t);
  const { descriptors } = context.environment;
  await descriptors.createNull(5);
  for (const [action, verb] of [
    [CloneFd, "clone"],
    [TransferFd, "transfer"],
  ] as const) {
    const closed = await spawnFails(
      t,
      "INVALID_ARGS",
      spawn(context, { actions: [{ action, localFd: 6, targetFd: 1 }] }),
    );
    t.is(closed.errMsg, `cannot ${verb} file descriptor 6 to 1 (action 0): -10 (INVALID_ARGS)`);
    t.is(descriptors.kind(5), "null");
    await spawnFails(
      t,
      "NOT_SUPPORTED",
      spawn(context, { actions: [{ action, localFd: 5, targetFd: 1 }] }),
    );
  }
  t.is(descriptors.kind(5), undefined);
});

test("CLONE_STDIO skips what is closed or cannot be cloned, and nothing else", async (t) => {
  const { context, launcher } = spawner(t);
  const { descriptors } = context.environment;
  const [socket] = context.createSocket();
  await descriptors.createNull(0);
  await descriptors.create(socket, 2);
  const flags = SpawnFlags.CLONE_STDIO;
  (await spawn(context, { flags })).close();
  t.deepEqual(
    launcher.of("AddHandles")[0]!.handles.map(({ id }) => id),
    [fdId(2)],
  );
  const [fixed] = context.createSocket();
  await descriptors.create(fixed.replace(Rights.READ | Rights.TRANSFER), 1);
  const error = await spawnFails(t, "ACCESS_DENIED", spawn(context, { flags }));
  t.is(error.errMsg, "cannot clone file descriptor 1: -30 (ACCESS_DENIED)");
});

test("64 handles go in a message, and no more", async (t) => {
  const { context, launcher } = spawner(t);
  const add = (): SpawnAction => ({ action: AddHandle, id: 0xf0, handle: context.createEvent() });
  const actions = (length: number) => Array.from({ length }, add);
  (await spawn(context, { actions: actions(64) })).close();
  t.is(launcher.of("AddHandles")[0]!.handles.length, 64);
  const error = (await t.throwsAsync(spawn(context, { actions: actions(65) }), {
    instanceOf: SpawnError,
  }))!;
  t.true(error.errMsg.startsWith("cannot send the handles: "));
});

test("arguments go in one message, too", async (t) => {
  const { context } = spawner(t);
  const failure = async (options: Options) =>
    (await t.throwsAsync(spawn(context, options), { instanceOf: SpawnError }))!.errMsg;
  const long = ["n".repeat(65_536)];
  t.true((await failure({ argv: long })).startsWith("cannot send the arguments: "));
  t.true((await failure({ environ: long })).startsWith("cannot send the environment: "));
  context.environment.environ = long;
  const flags = SpawnFlags.CLONE_ENVIRON;
  t.true((await failure({ flags })).startsWith("cannot send the cloned environment: "));
  const actions: SpawnAction[] = [
    { action: AddNamespaceEntry, prefix: `/${"n".repeat(4096)}`, handle: dead(context) },
  ];
  t.true((await failure({ actions })).startsWith("cannot send the namespace: "));
});

test("messages have up to 1,023 bytes, and end between characters", async (t) => {
  const { context } = spawner(t);
  const path = `/${"é".repeat(1_000)}`;
  const error = await spawnFails(t, "NOT_FOUND", fdioSpawn(context, null, 0, path, ["p"]));
  t.is(Buffer.byteLength(error.errMsg), SPAWN_ERR_MSG_MAX_LENGTH - 1);
  t.true(`cannot load ${path}`.startsWith(error.errMsg));
  const odd = await spawnFails(
    t,
    "NOT_FOUND",
    fdioSpawn(context, null, 0, `${path}x`.slice(1), ["p"]),
  );
  t.is(Buffer.byteLength(odd.errMsg), SPAWN_ERR_MSG_MAX_LENGTH - 2);
});
