// What takes handles over refuses one that its keeper cannot do without, and one of another context,
// in the same way everywhere.

import { once } from "node:events";

import test, { type ExecutionContext } from "ava";

import {
  Channel,
  Elf64Headers,
  fdioSpawnVmo,
  ForeignHandleError,
  Handle,
  type Job,
  type Kernel,
  loadElf,
  mapElfSegments,
  Message,
  type Port,
  type Process,
  ProcessBuilder,
  ProcessContext,
  run,
  spawn,
  SpawnActionType,
  type StdioOption,
  type Thread,
  type Vmo,
} from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { isGone } from "./support/channel.js";
import { staticPie } from "./support/elf-file.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";
import { plain, spawner } from "./support/spawner.js";

const { AddHandle, AddNamespaceEntry } = SpawnActionType;
const BYTES = Uint8Array.of(1, 2, 3, 4);
const Passer = fidl.protocol("test/Passer", {
  Pass: fidl.oneWay({ list: fidl.vector(fidl.handle(Handle)) }),
  Get: fidl.twoWay({}, { what: fidl.handle(Handle) }),
});

/** A call, and what it calls the handle that it is given. */
interface Call<T> {
  readonly name: string;
  call(given: T, kernel: Kernel): unknown;
}

function builderFor(kernel: Kernel): ProcessBuilder {
  const executable = kernel.vmoFromBytes(staticPie());
  return new ProcessBuilder({ name: "x", job: kernel.rootJob, executable });
}

function startupHandle(handle: Handle) {
  return { handle, info: info("User0") };
}

/** Waits for the error that a child tells of. */
async function childError(child: ReturnType<typeof spawn>): Promise<never> {
  const [error] = (await once(child, "error")) as [Error];
  throw error;
}

function spawnWith(kernel: Kernel, stdio: StdioOption[], handle?: Handle) {
  const handles = handle === undefined ? [] : [startupHandle(handle)];
  return spawn("/x", [], { context: kernel, stdio, handles });
}

/** Calls that take over any handle of the caller's context. */
const CONSUMING: Record<string, Call<Handle>> = {
  "Channel.write": {
    name: "handles[1]",
    call: (given, kernel) => kernel.createChannel()[0].write(BYTES, [kernel.createEvent(), given]),
  },
  "Channel.writeEtc": {
    name: "dispositions[1].handle",
    call: (given, kernel) => {
      const first = { handle: kernel.createEvent() };
      kernel.createChannel()[0].writeEtc(BYTES, [first, { handle: given }]);
    },
  },
  "Channel.call": {
    name: "handles[0]",
    call: (given, kernel) => kernel.createChannel()[0].call(BYTES, [given]),
  },
  "Process.start": {
    name: "arg1",
    call: (given, kernel) => {
      const { process } = kernel.rootJob.createProcess("p");
      process.start(process.createThread("t"), 0n, 0n, given, 0n);
    },
  },
  "ProcessBuilder.addHandles": {
    name: "handles[1].handle",
    call: (given, kernel) =>
      builderFor(kernel).addHandles([startupHandle(kernel.createEvent()), startupHandle(given)]),
  },
  "a FIDL request": {
    name: "list",
    call: (given, kernel) => {
      const client = new fidl.Client(Passer, kernel.createChannel()[0]);
      client.proxy.pass({ list: [kernel.createEvent(), given] });
    },
  },
  "a FIDL response": {
    name: "what",
    call: async (given, kernel) => {
      const [client, server] = kernel.createChannel();
      const connection = fidl.serve(Passer, server, {
        get: () => ({ what: given }),
        pass: () => {},
      });
      await new fidl.Client(Passer, client).proxy.get().catch(() => {});
      throw (await connection.closed) ?? new Error("it ended without a reason");
    },
  },
  "fdioSpawnVmo's actions": {
    name: "actions[0].handle",
    call: (handle, kernel) => {
      const executable = kernel.createVmo(1n);
      const actions = [{ action: AddHandle, id: info("User0"), handle }] as const;
      return fdioSpawnVmo(kernel, null, 0, executable, ["x"], null, actions);
    },
  },
  "fdioSpawnVmo's executable": {
    name: "executable",
    call: (given, kernel) => fdioSpawnVmo(kernel, null, 0, given, ["x"], null, []),
  },
};

/** Calls that take over a job, or any handle, of whatever context of the kernel. */
const MOVING: Record<string, Call<Job>> = {
  "Environment.setDefaultJob": {
    name: "job",
    call: (given, kernel) => kernel.environment.setDefaultJob(given),
  },
  "FileDescriptors.create": {
    name: "handle",
    call: (given, kernel) => kernel.environment.descriptors.create(given),
  },
  "spawn's handles": {
    name: "options.handles[0].handle",
    call: (given, kernel) => childError(spawnWith(kernel, [], given)),
  },
  "spawn's descriptors": {
    name: "options.stdio[3]",
    call: (given, kernel) => spawnWith(kernel, ["ignore", "ignore", "ignore", given]),
  },
};

/** Calls that take over no more than the caller's own. */
const OWN: Record<string, Call<Job>> = {
  "Handle.replace": { name: "this", call: (given) => given.replace(given.rights) },
  "Handle.transferTo": { name: "this", call: (given, kernel) => given.transferTo(kernel) },
  Message: {
    name: "contents.handles[0].handle",
    call: (given) => new Message({ handles: [startupHandle(given)] }),
  },
  run: {
    name: "options.handles[0].handle",
    call: (given, kernel) => run(staticPie(), [], { kernel, handles: [startupHandle(given)] }),
  },
};

for (const [what, { name, call }] of Object.entries({ ...CONSUMING, ...MOVING, ...OWN })) {
  test(`${what}: the kernel's root job cannot be given away`, async (t) => {
    const kernel = nullKernel(t);
    const { rootJob } = kernel;
    const { koid } = rootJob;
    await t.throwsAsync(async () => call(rootJob, kernel), {
      instanceOf: TypeError,
      code: "ERR_INVALID_ARG_VALUE",
      message: `The argument '${name}' is the kernel's root job, which cannot be given away: pass its duplicate(). Received an instance of Job`,
    });
    t.true(rootJob.isValid);
    t.is(kernel.rootJob, rootJob);
    t.is(kernel.rootJob.koid, koid);
  });
}

test("what an environment keeps cannot be given away, either", (t) => {
  const kernel = nullKernel(t);
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  const { environment } = context;
  environment.setDefaultJob(kernel.rootJob.duplicate());
  environment.setUtcClock(kernel.createClock());
  const [channel] = context.createChannel();
  for (const [handle, what] of [
    [environment.defaultJob!, "the environment's default job"],
    [environment.utcClock!, "the environment's UTC clock"],
  ] as const) {
    t.throws(() => channel.write(BYTES, [handle]), {
      message: new RegExp(`is ${what}, .*duplicate`),
    });
    t.true(handle.isValid);
    t.notThrows(() => channel.write(BYTES, [handle.duplicate()]));
  }
  const [first, second] = [environment.defaultJob!, kernel.rootJob.createJob()];
  environment.setDefaultJob(second);
  t.false(first.isValid);
});

test("a child's process cannot be given away, and can be duplicated", async (t) => {
  const { context } = spawner(t);
  const child = spawn(plain(context));
  await once(child, "spawn");
  const [channel] = context.createChannel();
  t.throws(() => channel.write(BYTES, [child.process!]), { message: /the child's own handle/ });
  t.true(child.process!.isValid);
  t.notThrows(() => channel.write(BYTES, [child.process!.duplicate()]));
});

test("a root job that is closed all the same comes back", (t) => {
  const kernel = nullKernel(t);
  const { koid } = kernel.rootJob;
  kernel.rootJob.close();
  t.true(kernel.rootJob.isValid);
  t.is(kernel.rootJob.koid, koid);
});

/** Expects the error that names whose a handle is, and whose it is not. */
async function isForeign(
  t: ExecutionContext,
  name: string,
  whose: string,
  call: () => unknown,
): Promise<void> {
  const error = await t.throwsAsync(async () => call(), {
    instanceOf: ForeignHandleError,
    code: "ZX_ERR_BAD_HANDLE",
  });
  t.is(
    error?.message.replaceAll(/koid \d+/g, "koid"),
    `zx_handle_transfer: BAD_HANDLE: ${name} is of ${whose}, not of context 'host' (koid)`,
  );
}

const OTHER = "context 'other' (koid)";
const OTHER_KERNEL = "context 'host' (koid) of another kernel";

/** Two channels of a further context: their ends that are given, and those that tell of it. */
function otherContext(kernel: Kernel) {
  const context = new ProcessContext(kernel, { job: kernel.rootJob, name: "other" });
  const [given, peer] = context.createChannel();
  return { context, given, peer };
}

for (const [what, { name, call }] of Object.entries(CONSUMING)) {
  test(`${what}: a handle of another context is refused, and consumed`, async (t) => {
    const kernel = nullKernel(t);
    const { given, peer } = otherContext(kernel);
    await isForeign(t, name, OTHER, () => call(given, kernel));
    t.true(isGone(peer));
    t.is(kernel.stats().types.Event, undefined);
    const closed = new Channel(given.context, 0);
    const error = await t.throwsAsync(async () => call(closed, kernel));
    t.false(error instanceof ForeignHandleError, "it is no handle of anybody's");
  });
}

/** Further calls of the same kind, each with what it takes. */
const CHANNELS: Record<string, Call<Channel>> = {
  "ProcessBuilder.setLoaderService": {
    name: "loader",
    call: (given, kernel) => builderFor(kernel).setLoaderService(given),
  },
  "ProcessBuilder.addNamespaceEntries": {
    name: "entries[0].directory",
    call: (directory, kernel) =>
      builderFor(kernel).addNamespaceEntries([{ path: "/a", directory }]),
  },
  "Namespace.connect": {
    name: "object",
    call: (given, kernel) => {
      const { namespace } = kernel.environment;
      if (namespace.paths.length === 0) namespace.bind("/a", kernel.createChannel()[0]);
      namespace.connect("/a", 0, given);
    },
  },
  "fdioSpawnVmo's namespace entries": {
    name: "actions[0].handle",
    call: (handle, kernel) => {
      const executable = kernel.createVmo(1n);
      const actions = [{ action: AddNamespaceEntry, prefix: "/a", handle }] as const;
      return fdioSpawnVmo(kernel, null, 0, executable, ["x"], null, actions);
    },
  },
};

for (const [what, { name, call }] of Object.entries(CHANNELS)) {
  test(`${what}: a channel of another context is refused, and consumed`, async (t) => {
    const kernel = nullKernel(t);
    const { given, peer } = otherContext(kernel);
    await isForeign(t, name, OTHER, () => call(given, kernel));
    t.true(isGone(peer));
  });
}

/** What another context, or another kernel, has of everything that is borrowed. */
interface Borrowed {
  readonly job: Job;
  readonly process: Process;
  readonly thread: Thread;
  readonly vmo: Vmo;
  readonly port: Port;
}

function borrowedFrom(other: ProcessContext): Borrowed {
  const job = other.kernel.rootJob.duplicate().transferTo(other);
  const { process } = job.createProcess("p");
  const thread = process.createThread("t");
  return { job, process, thread, vmo: other.vmoFromBytes(staticPie()), port: other.createPort() };
}

const BORROWING: Record<string, Call<Borrowed>> = {
  "Context.waitMany": {
    name: "items[0].handle",
    call: ({ vmo: handle }, kernel) => kernel.waitMany([{ handle, signals: 1 }]),
  },
  "Handle.waitAsync": {
    name: "port",
    call: ({ port }, kernel) => kernel.createTimer().waitAsync(port, 0n, 1),
  },
  "Port.cancel": {
    name: "source",
    call: ({ vmo }, kernel) => kernel.createPort().cancel(vmo, 0n),
  },
  "Channel.writeEtc": {
    name: "dispositions[0].handle",
    call: ({ vmo: handle }, kernel) =>
      kernel.createChannel()[0].writeEtc(BYTES, [{ handle, operation: "duplicate" }]),
  },
  "Vmo.transferData": {
    name: "source",
    call: ({ vmo }, kernel) => kernel.createVmo(4096n).transferData(0n, 4096n, vmo, 0n),
  },
  "Vmar.map": {
    name: "vmo",
    call: ({ vmo }, kernel) =>
      kernel.rootJob.createProcess("p").rootVmar.map(1, 0n, vmo, 0n, 4096n),
  },
  "Job.setCritical": {
    name: "process",
    call: ({ process }, kernel) => kernel.rootJob.setCritical(process),
  },
  "Process.start": {
    name: "thread",
    call: ({ thread }, kernel) => {
      const { process } = kernel.rootJob.createProcess("p");
      process.start(thread, 0n, 0n, kernel.createEvent(), 0n);
    },
  },
  loadElf: {
    name: "vmo",
    call: ({ vmo }, kernel) =>
      loadElf(vmo, Elf64Headers.fromVmo(vmo), kernel.rootJob.createProcess("p").rootVmar),
  },
  mapElfSegments: {
    name: "vmo",
    call: ({ vmo }, kernel) => {
      const { rootVmar } = kernel.rootJob.createProcess("p");
      mapElfSegments(vmo, Elf64Headers.fromVmo(vmo), rootVmar, 0n, 0n);
    },
  },
  fdioSpawnVmo: {
    name: "job",
    call: ({ job }, kernel) =>
      fdioSpawnVmo(kernel, job, 0, kernel.createVmo(1n), ["x"], null, [
        { action: AddHandle, id: info("User0"), handle: kernel.createEvent() },
      ]),
  },
};

for (const [what, { name, call }] of Object.entries(BORROWING)) {
  test(`${what}: a handle of another context is refused, and stays`, async (t) => {
    const kernel = nullKernel(t);
    const { context } = otherContext(kernel);
    const borrowed = borrowedFrom(context);
    await isForeign(t, name, OTHER, () => call(borrowed, kernel));
    for (const handle of Object.values(borrowed) as Handle[]) {
      t.true(handle.isValid);
    }
    // What else was given is consumed.
    t.is(kernel.stats().types.Event, undefined);
  });
}

for (const [what, { name, call }] of Object.entries(MOVING)) {
  test(`${what}: a handle of another kernel is refused, and consumed`, async (t) => {
    const kernel = nullKernel(t);
    const given = nullKernel(t).rootJob.createJob();
    await isForeign(t, name, OTHER_KERNEL, () => call(given, kernel));
    t.false(given.isValid);
  });
}

test("a job of another kernel is no job for a context of this one", async (t) => {
  const [kernel, other] = [nullKernel(t), nullKernel(t)];
  const job = other.rootJob;
  await isForeign(t, "options.job", OTHER_KERNEL, () => new ProcessContext(kernel, { job }));
  t.true(job.isValid);
});

function program(context: Pick<Kernel, "vmoFromBytes">): Vmo {
  return context.vmoFromBytes(staticPie());
}

test("a builder's executable and vDSO are of the job's context", async (t) => {
  const kernel = nullKernel(t);
  const { context } = otherContext(kernel);
  const { rootJob: job } = kernel;
  for (const [name, executable, vdso] of [
    ["options.executable", program(context), program(kernel)],
    ["options.vdso", program(kernel), program(context)],
  ] as const) {
    await isForeign(t, name, OTHER, () => new ProcessBuilder({ name: "x", job, executable, vdso }));
    t.false(executable.isValid || vdso.isValid);
  }
});

/** What is said of a VMO in a channel's place. */
function noChannel(name: string) {
  const message = `The "${name}" argument must be an instance of Channel. Received an instance of Vmo`;
  return { instanceOf: TypeError, code: "ERR_INVALID_ARG_TYPE", message };
}

test("a namespace entry is a channel everywhere, and what is none is refused by its type", async (t) => {
  const kernel = nullKernel(t);
  const vmo = kernel.createVmo(1n) as never;
  const builder = builderFor(kernel);
  const [good, peer] = kernel.createChannel();
  t.throws(
    () =>
      builder.addNamespaceEntries([
        { path: "/good", directory: good },
        { path: "/a", directory: vmo },
      ]),
    noChannel("entries[1].directory"),
  );
  t.true(isGone(peer));
  const action = { action: AddNamespaceEntry, prefix: "/a", handle: kernel.createVmo(1n) as never };
  const spawning = fdioSpawnVmo(kernel, null, 0, kernel.createVmo(1n), ["x"], null, [action]);
  await t.throwsAsync(spawning, noChannel("actions[0].handle"));
  for (const namespace of [{ "/a": kernel.createVmo(1n) as never }]) {
    const refused = { code: "ERR_INVALID_ARG_TYPE", message: /options\.namespace\.\/a/ };
    await t.throwsAsync(run(staticPie(), [], { kernel, namespace }), refused);
    t.throws(() => spawn("/x", [], { context: kernel, namespace }), refused);
  }
});
