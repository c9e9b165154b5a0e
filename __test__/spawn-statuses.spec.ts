// The tables of statuses in docs/spawn.md, row by row.

import { once } from "node:events";

import test, { type ExecutionContext } from "ava";

import {
  type Channel,
  type Context,
  fdioSpawn,
  fdioSpawnEtc,
  fdioSpawnVmo,
  type Handle,
  type Job,
  Launcher,
  ProcessContext,
  Rights,
  spawn,
  type SpawnAction,
  SpawnActionType,
  SpawnError,
  SpawnFlags,
  type SpawnOptions,
  type Vmo,
  ZirconiaError,
  ZxStatus,
} from "../index.js";
import { encode } from "../lib/base/strings.js";
import { NodeRights, PseudoDirectory, PseudoFile } from "../lib/vfs/index.js";
import { dynamicPie } from "./support/elf-file.js";
import { guide } from "./support/guide.js";
import { info } from "./support/handle-info.js";
import { plain, type Spawner, spawner } from "./support/spawner.js";

const { AddHandle, AddNamespaceEntry, CloneDir, CloneFd, SetName, TransferFd } = SpawnActionType;
const { CLONE_NAMESPACE, CLONE_UTC_CLOCK, DEFAULT_LDSVC } = SpawnFlags;

/** The statuses that a table of the page says, by what is wrong: one for each column, or none. */
function tableAfter(text: string): Map<string, string[]> {
  const page = guide("spawn");
  const from = page.indexOf(text);
  const [table] = page.slice(from + text.length).match(/(?:^\|.*\n)+/m)!;
  const [, , ...rows] = table.trim().split("\n");
  return new Map(
    rows.map((row) => {
      const [what, ...cells] = row.slice(1, -1).split("|");
      return [what!.trim(), cells.map((cell) => cell.trim().replaceAll("`", ""))];
    }),
  );
}

const FAMILY = tableAfter("Statuses of the `fdio_spawn` family:");
const CHILDREN = tableAfter("Its `error` events:");

/** A process that spawns, with files in its `/pkg`. */
interface World extends Spawner {
  /** Closes what is at the other end of a channel. */
  dead(): Channel;
}

const SCRIPTS = {
  endless: "#!/pkg/endless\n",
  long: `#!${"i".repeat(4_096)}`,
  nameless: "#! \n",
  lost: "#!/pkg/missing\n",
  mixed: "#!/pkg/resolved\n",
  resolved: "#!resolve name\n",
};

function world(t: ExecutionContext): World {
  const it = spawner(t);
  const { context } = it;
  const files = new PseudoDirectory({
    program: "\u007fELF",
    data: new PseudoFile("data", { rights: NodeRights.READABLE }),
    ...SCRIPTS,
  });
  const dead = () => {
    const [end, peer] = context.createChannel();
    peer.close();
    return end;
  };
  context.environment.namespace.bind("/pkg", files.connect(context));
  context.environment.namespace.bind("/dead", dead());
  return { ...it, dead };
}

/** What is wrong with a call of the family's. */
interface Call {
  readonly path?: string | null;
  executable?(context: Context): Handle | null;
  readonly argv?: readonly string[] | null;
  readonly flags?: number;
  job?(world: World): Job;
  actions?(world: World): readonly SpawnAction[];
  prepare?(world: World): unknown;
  /** In place of the context that has everything. */
  from?(world: World): Context;
}

/** A clone of a descriptor, and what it refers to. */
async function openSocket({ context }: World, fd: number): Promise<void> {
  await context.environment.descriptors.create(context.createSocket()[0], fd);
}

const clone = (localFd: number, targetFd: number): SpawnAction => ({
  action: CloneFd,
  localFd,
  targetFd,
});

/** A script, at its path and as a VMO. */
const script = (name: keyof typeof SCRIPTS): Call => ({
  path: `/pkg/${name}`,
  executable: (context) => context.vmoFromBytes(encode(SCRIPTS[name])),
});

const CALLS: Record<string, readonly Call[]> = {
  "the path cannot be opened": [
    { path: "/pkg/missing" },
    { path: "/missing" },
    { path: "pkg/program" },
    { path: "" },
    { path: `/pkg/${"n".repeat(4_096)}` },
    { path: "/dead/program" },
  ],
  "the path can be opened, not executed": [{ path: "/pkg/data" }, { path: "/pkg" }, { path: "/" }],
  "the path is `null`": [{ path: null }],
  "the executable is no valid handle": [
    { executable: () => null },
    {
      executable: (context) => {
        const vmo = context.createVmo(1n);
        vmo.close();
        return vmo;
      },
    },
    { executable: (context) => context.kernel.createVmo(1n) },
  ],
  "the executable is no VMO": [{ executable: (context) => context.createEvent() }],
  "the executable cannot be read": [
    { executable: (context) => context.createVmo(4096n).replace(Rights.TRANSFER) },
  ],
  "the executable is an empty VMO": [{ executable: (context) => context.createVmo(0n) }],
  "no name, neither as first argument nor by `SetName`": [{ argv: null }, { argv: [] }],
  "an action without its handle, name or path": [
    { actions: () => [{ action: AddHandle, id: 0xf0, handle: null }] },
    { actions: () => [{ action: AddNamespaceEntry, prefix: "/a", handle: null }] },
    { actions: ({ dead }) => [{ action: AddNamespaceEntry, prefix: null, handle: dead() }] },
    { actions: () => [{ action: SetName, data: null }] },
    { actions: () => [{ action: CloneDir, prefix: null }] },
    { actions: () => [{ action: CloneDir, prefix: "relative" }] },
  ],
  "a UTC clock that is cloned and added": [
    {
      flags: CLONE_UTC_CLOCK,
      actions: ({ context }) => [
        { action: AddHandle, id: info("ClockUtc"), handle: context.createClock() },
      ],
    },
  ],
  "no default job": [{ from: (it) => withoutJob(it) }],
  "a job without DUPLICATE": [
    {
      job: ({ kernel, context }) => {
        const rights = kernel.rootJob.rights & ~Rights.DUPLICATE;
        return kernel.rootJob.duplicate(rights).transferTo(context);
      },
    },
  ],
  "`DEFAULT_LDSVC` without a loader service": [{ flags: DEFAULT_LDSVC }],
  "a loader service, or a directory to be cloned, that nobody serves": [
    {
      flags: DEFAULT_LDSVC,
      prepare: ({ context, dead }) => context.environment.setLoaderService(dead()),
    },
    { flags: CLONE_NAMESPACE },
  ],
  "more than 255 `#!` lines": [script("endless")],
  "a `#!` line that is too long": [script("long")],
  "a `#!` line without an interpreter": [script("nameless")],
  "a script that is to be resolved, or the other way round": [script("mixed")],
  "an interpreter, or a name to be resolved, that is not found": [
    script("lost"),
    {
      ...script("resolved"),
      prepare: ({ context }) => {
        context.environment.namespace.unbind("/svc");
      },
    },
  ],
  "a closed descriptor": [{ actions: () => [clone(6, 1)] }],
  "a descriptor that cannot be passed on": [
    {
      prepare: ({ context }) => context.environment.descriptors.createNull(6),
      actions: () => [clone(6, 1)],
    },
  ],
  "a transfer of a descriptor that is shared or in use": [
    {
      prepare: async (it) => {
        await openSocket(it, 6);
        await it.context.environment.descriptors.dup(6, 7);
      },
      actions: () => [{ action: TransferFd, localFd: 6, targetFd: 1 }],
    },
  ],
  "a target descriptor beyond 1,023": [
    { prepare: (it) => openSocket(it, 6), actions: () => [clone(6, 1_024)] },
  ],
  "a target descriptor that is taken": [
    { prepare: (it) => openSocket(it, 6), actions: () => [clone(6, 1), clone(6, 1)] },
  ],
  "more than a message holds": [
    { argv: ["n".repeat(65_536)] },
    {
      actions: ({ context }) =>
        Array.from({ length: 65 }, () => ({
          action: AddHandle,
          id: 0xf0,
          handle: context.createEvent(),
        })),
    },
  ],
  "the Launcher cannot be reached": [
    { prepare: ({ context }) => context.environment.namespace.unbind("/svc") },
    { prepare: (it) => replaceServices(it, new PseudoDirectory().connect(it.context)) },
    { prepare: (it) => replaceServices(it, it.dead()) },
  ],
  "the Launcher, or a step not named here, says `NOT_FOUND`": [
    { prepare: ({ launcher }) => (launcher.answer = () => ({ status: ZxStatus.NOT_FOUND })) },
  ],
  "the Launcher is content and sends no process": [
    { prepare: ({ launcher }) => (launcher.answer = () => ({ status: ZxStatus.OK })) },
  ],
};

function replaceServices({ context }: World, services: Channel): void {
  const { namespace } = context.environment;
  namespace.unbind("/svc");
  namespace.bind("/svc", services);
}

/** A context with the same namespace, less what nobody serves, and no job. */
function withoutJob({ kernel, context }: World): Context {
  const { namespace } = context.environment;
  namespace.unbind("/dead");
  const jobless = new ProcessContext(kernel, { job: kernel.rootJob });
  jobless.environment.namespace.bindAll(namespace.export());
  return jobless;
}

/** Expects the status of a table. */
async function failsAs(t: ExecutionContext, name: string, call: () => Promise<unknown>) {
  const error = await t.throwsAsync(call, { instanceOf: ZirconiaError, code: `ZX_ERR_${name}` });
  t.true(error!.message.includes(name), error!.message);
}

for (const [what, [etc, vmo]] of FAMILY) {
  test(`the fdio_spawn family: ${what}`, async (t) => {
    const calls = CALLS[what];
    t.truthy(calls, "a row that nothing tries");
    for (const call of calls!) {
      const { argv = ["p"], flags = 0, path = "/pkg/program" } = call;
      const prepared = async () => {
        const it = world(t);
        await call.prepare?.(it);
        const context = call.from?.(it) ?? it.context;
        return { context, job: call.job?.(it) ?? null, actions: call.actions?.(it) ?? null };
      };
      if (etc !== "") {
        const { context, job, actions } = await prepared();
        await failsAs(t, etc!, () => fdioSpawnEtc(context, job, flags, path, argv, null, actions));
        if (call.actions === undefined) {
          const again = await prepared();
          await failsAs(t, etc!, () => fdioSpawn(again.context, again.job, flags, path, argv));
        }
      }
      if (vmo !== "") {
        const { context, job, actions } = await prepared();
        const executable = (call.executable ?? plain)(context);
        await failsAs(t, vmo!, () =>
          fdioSpawnVmo(context, job, flags, executable, argv, null, actions),
        );
      }
    }
  });
}

/** What is wrong with a child. */
interface Child {
  readonly file?: string | ((context: Context) => Vmo);
  options?(world: World): SpawnOptions;
  prepare?(world: World): unknown;
}

const MISTAKES: Record<string, readonly Child[]> = {
  "a path that there is not, or that is not absolute": [
    { file: "/pkg/missing" },
    { file: "/missing" },
    { file: "pkg/program" },
  ],
  "a path of 4,096 bytes and more": [{ file: `/${"n".repeat(4_095)}` }],
  "a file that may not be executed": [{ file: "/pkg/data" }],
  "a directory": [{ file: "/pkg" }],
  "a file, the Launcher or a loader service that nobody serves": [
    { file: "/dead/program" },
    { prepare: (it) => replaceServices(it, it.dead()) },
    { prepare: (it) => replaceServices(it, new PseudoDirectory().connect(it.context)) },
    { prepare: ({ context, dead }) => context.environment.setLoaderService(dead()) },
  ],
  "a VMO that cannot be read": [
    {
      file: (context) =>
        context.createVmo(1n).replace(Rights.TRANSFER | Rights.DUPLICATE | Rights.GET_PROPERTY),
    },
  ],
  "an empty VMO": [{ file: (context) => context.createVmo(0n) }],
  "no default job, in a context that is not the host": [
    { options: (it) => ({ context: withoutJob(it) }) },
  ],
  "more than 255 `#!` lines": [{ file: "/pkg/endless" }],
  "an interpreter, or a name to be resolved, that is not found": [{ file: "/pkg/lost" }],
  "a closed descriptor in `stdio`": [{ options: () => ({ stdio: [6] }) }],
  "a descriptor in `stdio` that cannot be passed on": [
    {
      prepare: ({ context }) => context.environment.descriptors.createNull(6),
      options: () => ({ stdio: [6] }),
    },
  ],
  "no `/svc` in the namespace": [
    { prepare: ({ context }) => context.environment.namespace.unbind("/svc") },
  ],
  "the Launcher, or a step not named here, says `NOT_FOUND`": [
    { prepare: ({ launcher }) => (launcher.answer = () => ({ status: ZxStatus.NOT_FOUND })) },
  ],
  "a dynamic executable without a loader service": [
    {
      file: (context) => context.vmoFromBytes(dynamicPie("ld.so.1\0")),
      prepare: (it) => {
        const launcher = new Launcher(it.kernel).node();
        const services = new PseudoDirectory({ "fuchsia.process.Launcher": launcher });
        replaceServices(it, services.connect(it.context));
      },
    },
  ],
};

for (const [what, [status]] of CHILDREN) {
  test(`spawn: ${what}`, async (t) => {
    const mistakes = MISTAKES[what];
    t.truthy(mistakes, "a row that nothing tries");
    for (const { file = "/pkg/program", options, prepare } of mistakes!) {
      const it = world(t);
      await prepare?.(it);
      const executable = typeof file === "string" ? file : file(it.context);
      const given = { context: it.context, share: false, ...options?.(it) };
      const child = spawn(executable, given);
      await failsAs(t, status!, async () => {
        const [error] = (await once(child, "error")) as [Error];
        throw error;
      });
    }
  });
}

test("every way to fail is in a table", (t) => {
  t.deepEqual(new Set(Object.keys(CALLS)), new Set(FAMILY.keys()));
  t.deepEqual(new Set(Object.keys(MISTAKES)), new Set(CHILDREN.keys()));
});

test("a status without a name keeps its number", async (t) => {
  const { context, launcher } = world(t);
  launcher.answer = () => ({ status: -5050 });
  const error = await t.throwsAsync(
    fdioSpawnVmo(context, null, 0, plain(context), ["p"], null, null),
    { instanceOf: SpawnError, code: "ZX_ERR_UNKNOWN" },
  );
  t.is(error!.status, -5050);
  t.is(error!.errMsg, "the Launcher could not launch the process: -5050 (UNKNOWN)");
  t.true(error!.message.startsWith("fdio_spawn: Unknown zircon status code: -5050: "));
});

test("what err_msg_out does not say, the message says", async (t) => {
  const { context } = world(t);
  const actions: SpawnAction[] = [
    { action: SetName, data: "x" },
    { action: SetName, data: null },
  ];
  for (const [call, reason] of [
    [fdioSpawnVmo(context, null, 0, null, ["p"], null, null), "the executable is no valid handle"],
    [fdioSpawnVmo(context, null, 0, plain(context), null, null, null), "argv is null"],
    [
      fdioSpawnVmo(context, null, 0, plain(context), [], null, null),
      "the process has no name: argv is empty, and no action sets one",
    ],
    [
      fdioSpawnVmo(context, null, 0, plain(context), ["p"], null, actions),
      "actions[1] has no data",
    ],
    [fdioSpawn(context, null, 0, null, ["p"]), "the path is null"],
  ] as const) {
    const error = await t.throwsAsync(call, { instanceOf: SpawnError });
    t.is(error!.errMsg, "");
    const name = error!.code.replace("ZX_ERR_", "");
    t.is(error!.message, `fdio_spawn: ${name}: ${reason}`);
  }
});
