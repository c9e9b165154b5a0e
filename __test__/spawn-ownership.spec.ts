import test, { type ExecutionContext } from "ava";

import {
  type Context,
  fdioSpawnEtc,
  fdioSpawnVmo,
  type Handle,
  Rights,
  type SpawnAction,
  SpawnActionType,
  type SpawnCompat,
  SpawnFlags,
  ZxStatus,
} from "../index.js";
import { encode } from "../lib/base/strings.js";
import { PseudoDirectory } from "../lib/vfs/index.js";
import { until } from "./support/holdings.js";
import { settlesTo } from "./support/settled.js";
import { plain, type Spawner, spawner, spawnFails } from "./support/spawner.js";

const { CloneFd, TransferFd, AddNamespaceEntry, AddHandle, SetName } = SpawnActionType;

/** File descriptors that the actions name. */
const CLONED = 10;
const TRANSFERRED = 11;

/** A way for a spawn to fail. */
interface Failure {
  readonly status: keyof typeof ZxStatus;
  /** Whether that is before descriptors are passed on. */
  readonly isEarly: boolean;
  prepare?(spawner: Spawner): void;
  readonly flags?: number;
  readonly argv?: readonly string[] | null;
  executable?(context: Context): Handle;
  /** In place of an executable. */
  readonly path?: string;
  /** Actions after those that all have. */
  readonly actions?: readonly SpawnAction[];
}

const FAILURES: Record<string, Failure> = {
  "no arguments": { status: "INVALID_ARGS", isEarly: true, argv: null },
  "an action that cannot be": {
    status: "INVALID_ARGS",
    isEarly: true,
    actions: [{ action: SetName, data: null }],
  },
  "an executable that is none": {
    status: "WRONG_TYPE",
    isEarly: true,
    executable: (context) => context.createEvent(),
  },
  "a path that is not there": { status: "NOT_FOUND", isEarly: true, path: "/missing" },
  "no loader service": { status: "UNAVAILABLE", isEarly: true, flags: SpawnFlags.DEFAULT_LDSVC },
  "an interpreter that is not there": {
    status: "INTERNAL",
    isEarly: true,
    executable: (context) => context.vmoFromBytes(encode("#!/missing\n")),
  },
  "arguments that are too long": {
    status: "INVALID_ARGS",
    isEarly: true,
    argv: ["n".repeat(65_536)],
  },
  "a namespace that cannot be exported": {
    status: "PEER_CLOSED",
    isEarly: true,
    flags: SpawnFlags.CLONE_NAMESPACE,
    prepare: ({ context }) => {
      const [end, peer] = context.createChannel();
      context.environment.namespace.bind("/dead", end);
      peer.close();
    },
  },
  "a descriptor that cannot be cloned": {
    status: "INVALID_ARGS",
    isEarly: false,
    actions: [{ action: CloneFd, localFd: 99, targetFd: 99 }],
  },
  "a target that is taken": {
    status: "ALREADY_EXISTS",
    isEarly: false,
    actions: [{ action: CloneFd, localFd: CLONED, targetFd: 2 }],
  },
  "the Launcher": {
    status: "NO_MEMORY",
    isEarly: false,
    prepare: ({ launcher }) => {
      launcher.answer = () => ({ status: ZxStatus.NO_MEMORY });
    },
  },
};

async function openSocket({ context }: Spawner, fd: number): Promise<void> {
  const [socket, peer] = context.createSocket();
  peer.close();
  await context.environment.descriptors.create(socket, fd);
}

/** Begins a spawn with actions of every kind, at whose beginning all handles go. */
function begin(t: ExecutionContext, { context }: Spawner, failure: Failure, compat?: SpawnCompat) {
  const [added, peer] = context.createChannel();
  peer.close();
  const directory = new PseudoDirectory().connect(context);
  const { flags = 0, argv = ["p"], path } = failure;
  const actions: SpawnAction[] = [
    { action: AddHandle, id: 0xf0, handle: added },
    { action: AddNamespaceEntry, prefix: "/added", handle: directory },
    { action: CloneFd, localFd: CLONED, targetFd: 1 },
    { action: TransferFd, localFd: TRANSFERRED, targetFd: 2 },
    ...(failure.actions ?? []),
  ];
  const options = compat === undefined ? {} : { compat };
  if (path !== undefined) {
    return fdioSpawnEtc(context, null, flags, path, argv, null, actions, options);
  }
  const executable = failure.executable?.(context) ?? plain(context);
  const spawn = fdioSpawnVmo(context, null, flags, executable, argv, null, actions, options);
  t.false(executable.isValid || added.isValid || directory.isValid);
  return spawn;
}

/** A spawner that has found its services. */
async function warm(t: ExecutionContext): Promise<Spawner> {
  const everything = spawner(t);
  const { context } = everything;
  (await fdioSpawnVmo(context, null, 0, plain(context), ["p"], null, [])).close();
  await everything.launcher.closed();
  return everything;
}

for (const [what, failure] of Object.entries(FAILURES)) {
  for (const compat of [undefined, "2020", "newest"] as const) {
    test(`what a spawn consumes that fails because of ${what} (${compat ?? "as documented"})`, async (t) => {
      const everything = await warm(t);
      const { kernel, context } = everything;
      const { descriptors } = context.environment;
      failure.prepare?.(everything);
      const before = kernel.stats();
      await openSocket(everything, CLONED);
      await openSocket(everything, TRANSFERRED);
      await spawnFails(t, failure.status, begin(t, everything, failure, compat));
      t.is(descriptors.kind(CLONED), "socket");
      const isKept = compat === "2020" && failure.isEarly;
      t.is(descriptors.kind(TRANSFERRED), isKept ? "socket" : undefined);
      await descriptors.close(CLONED);
      if (isKept) await descriptors.close(TRANSFERRED);
      await settlesTo(t, kernel, before);
    });
  }
}

test("without a Launcher nothing is kept, either", async (t) => {
  const everything = spawner(t);
  const { kernel, context } = everything;
  context.environment.namespace.unbind("/svc");
  // The server of what was bound notices it.
  await until(() => kernel.stats().types.Channel === undefined);
  const failure: Failure = { status: "INTERNAL", isEarly: true };
  const before = kernel.stats();
  await openSocket(everything, CLONED);
  await openSocket(everything, TRANSFERRED);
  await spawnFails(t, "INTERNAL", begin(t, everything, failure));
  await context.environment.descriptors.close(CLONED);
  await settlesTo(t, kernel, before);
});

test("a descriptor whose target is taken, and those after it, are closed all the same", async (t) => {
  const everything = spawner(t);
  const { context } = everything;
  const { descriptors } = context.environment;
  for (const fd of [10, 11, 12]) await openSocket(everything, fd);
  const actions = [10, 11, 12].map((localFd): SpawnAction => ({
    action: TransferFd,
    localFd,
    targetFd: 1,
  }));
  const spawn = fdioSpawnVmo(context, null, 0, plain(context), ["p"], null, actions);
  await spawnFails(t, "ALREADY_EXISTS", spawn);
  t.deepEqual(descriptors.open, []);
});

test("a descriptor that is shared is closed, and its other one stays", async (t) => {
  const everything = spawner(t);
  const { context } = everything;
  const { descriptors } = context.environment;
  await openSocket(everything, 10);
  await descriptors.dup(10, 11);
  const actions: SpawnAction[] = [{ action: TransferFd, localFd: 10, targetFd: 1 }];
  const spawn = fdioSpawnVmo(context, null, 0, plain(context), ["p"], null, actions);
  const error = await spawnFails(t, "UNAVAILABLE", spawn);
  t.is(error.errMsg, "cannot transfer file descriptor 10 to 1 (action 0): -28 (UNAVAILABLE)");
  t.deepEqual(descriptors.open, [11]);
});

test("a clone comes before the transfer of the same descriptor", async (t) => {
  const everything = spawner(t);
  const { context, launcher } = everything;
  await openSocket(everything, 10);
  const actions: SpawnAction[] = [
    { action: CloneFd, localFd: 10, targetFd: 21 },
    { action: TransferFd, localFd: 10, targetFd: 22 },
  ];
  (await fdioSpawnVmo(context, null, 0, plain(context), ["p"], null, actions)).close();
  const [clone, transferred] = launcher.of("AddHandles")[0]!.handles;
  t.is(clone!.koid, transferred!.koid);
  t.deepEqual(context.environment.descriptors.open, []);
});

test("the executable's rights are its process's", async (t) => {
  const { context, launcher } = spawner(t);
  const executable = plain(context).replace(Rights.READ | Rights.TRANSFER);
  (await fdioSpawnVmo(context, null, 0, executable, ["p"], null, [])).close();
  t.is(launcher.of("Launch")[0]!.executable.rights, Rights.READ | Rights.TRANSFER);
});
