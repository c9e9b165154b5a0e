import { once } from "node:events";

import test, { type ExecutionContext } from "ava";

import {
  type JobLimits,
  Kernel,
  Launcher,
  ProcessContext,
  RunError,
  run,
  spawn,
  VmOptions,
  ZirconiaError,
} from "../index.js";
import { PseudoDirectory } from "../lib/vfs/index.js";
import { zirconia } from "./support/cli.js";
import { throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, guestBytes, nativeTest } from "./support/native.js";
import { matchesSchema } from "./support/schema.js";

const PAGE = 4096n;
const CPU_TIME_KILL = -1088n;
const RW = VmOptions.PERM_READ | VmOptions.PERM_WRITE;

/** What every kernel may use that is not told otherwise, less memory, which is the computer's. */
const DEFAULTS: Omit<JobLimits, "memory"> = {
  handles: 262_144,
  objects: 1_048_576,
  processes: 16_384,
  threads: 262_144,
  channelBytes: 512 << 20,
  socketBytes: 512 << 20,
  logBytes: Infinity,
  cpuTime: Infinity,
};

/** A job with limits, and a context in it. */
function limited(t: ExecutionContext, limits: Partial<JobLimits>, kernel = nullKernel(t)) {
  const job = kernel.rootJob.createJob();
  const context = new ProcessContext(kernel, { job, name: "limited" });
  job.setLimits(limits);
  return { kernel, job, context };
}

test("a kernel has limits, and a job none of its own, until they are set", (t) => {
  const kernel = nullKernel(t);
  const { memory, ...limits } = kernel.rootJob.limits();
  t.deepEqual(limits, DEFAULTS);
  t.true(memory > 0 && Number.isSafeInteger(memory));
  const job = kernel.rootJob.createJob();
  t.deepEqual(new Set(Object.values(job.limits())), new Set([Infinity]));
  job.setLimits({ memory: 4096, cpuTime: 1.5 });
  job.setLimits({ handles: 7, memory: Infinity });
  const { handles, cpuTime, ...others } = job.limits();
  t.deepEqual([handles, cpuTime], [7, 1.5]);
  t.deepEqual(new Set(Object.values(others)), new Set([Infinity]));
});

test("the limits of a kernel are those that it is given, with a share for its host", (t) => {
  const kernel = new Kernel({ machine: "null", limits: { handles: 1600, processes: 16_000 } });
  t.teardown(() => kernel.dispose());
  t.is(kernel.rootJob.limits().handles, 1600);
  t.is(kernel.rootJob.limits().objects, DEFAULTS.objects);
  const { context, job } = limited(t, {}, kernel);
  const event = context.createEvent();
  throwsStatus(t, "NO_MEMORY", () => {
    for (;;) event.duplicate();
  });
  t.is(kernel.rootJob.usage().handles, kernel.stats().handles);
  t.is(job.usage().handles, 1500);
  // What is left is the host's.
  const own = kernel.createEvent();
  const free = 1600 - kernel.stats().handles;
  t.true(free > 90);
  for (let count = 0; count < free; count += 1) own.duplicate();
  throwsStatus(t, "NO_MEMORY", () => own.duplicate());
});

test("what a job uses reaches each limit and no further, and goes back to nothing", (t) => {
  const { kernel, job, context } = limited(t, {});
  const before = job.usage();
  t.like(before, { processes: 1, objects: 1, memory: 0, cpuTime: 0 });
  const [near] = context.createChannel();
  const [stream] = context.createSocket();
  const vmo = context.createVmo(4n * PAGE);
  const used = job.usage();
  t.is(used.objects - before.objects, 5);
  t.is(used.handles - before.handles, 5);
  job.setLimits({
    ...Object.fromEntries(Object.entries(used).filter(([, amount]) => amount > 0)),
    memory: 4096,
    channelBytes: 74,
    socketBytes: 3,
    threads: 1,
    cpuTime: Infinity,
  });
  throwsStatus(t, "NO_MEMORY", () => context.createEvent());
  throwsStatus(t, "NO_MEMORY", () => vmo.write(PAGE - 1n, new Uint8Array(2)));
  vmo.write(0n, new Uint8Array(4096).fill(1));
  throwsStatus(t, "NO_MEMORY", () => vmo.write(PAGE, new Uint8Array(1)));
  throwsStatus(t, "NO_MEMORY", () => near.write(new Uint8Array(11)));
  near.write(new Uint8Array(10));
  throwsStatus(t, "NO_MEMORY", () => stream.write(new Uint8Array(4)));
  stream.write(new Uint8Array(3));
  throwsStatus(t, "NO_RESOURCES", () => job.createProcess("one too many"));
  t.like(job.usage(), { memory: 4096, channelBytes: 74, socketBytes: 3 });
  job.setLimits({ processes: 2, objects: Infinity });
  const { process } = job.createProcess("p");
  process.createThread("t");
  throwsStatus(t, "NO_RESOURCES", () => process.createThread("one too many"));
  process.kill();
  context.dispose();
  t.like(job.usage(), { memory: 0, channelBytes: 0, socketBytes: 0, threads: 0, processes: 0 });
  t.false(kernel.isDisposed);
});

test("memory that a process gets to write is charged to its job", (t) => {
  const { kernel, job } = limited(t, { memory: 2 * 4096 });
  const { rootVmar } = job.createProcess("p");
  const vmo = kernel.createVmo(4n * PAGE);
  vmo.write(0n, new Uint8Array(2 * 4096).fill(1));
  rootVmar.map(RW, 0n, vmo, 0n, 4n * PAGE);
  t.is(job.usage().memory, 2 * 4096);
  throwsStatus(t, "NO_MEMORY", () => vmo.write(2n * PAGE, new Uint8Array(1)));
});

test("limits are amounts of what there are limits of", (t) => {
  const kernel = nullKernel(t);
  const before = kernel.rootJob.limits();
  const wrong: [limits: object, code: string][] = [
    [{ memory: -1 }, "ERR_OUT_OF_RANGE"],
    [{ memory: 1.5 }, "ERR_OUT_OF_RANGE"],
    [{ handles: 2 ** 53 }, "ERR_OUT_OF_RANGE"],
    [{ handles: 5, objects: NaN }, "ERR_OUT_OF_RANGE"],
    [{ cpuTime: -0.5 }, "ERR_OUT_OF_RANGE"],
    [{ memory: 5n }, "ERR_INVALID_ARG_TYPE"],
    [{ handles: "5" }, "ERR_INVALID_ARG_TYPE"],
    [{ handles: 5, files: 5 }, "ERR_INVALID_ARG_VALUE"],
  ];
  for (const [limits, code] of wrong) {
    t.throws(() => kernel.rootJob.setLimits(limits), { code });
    t.throws(() => new Kernel({ limits }), { code });
  }
  t.deepEqual(kernel.rootJob.limits(), before);
});

test("limits are checked before a program is run or spawned", async (t) => {
  const limits = { memory: -1 };
  await t.throwsAsync(run("none", [], { limits }), { code: "ERR_OUT_OF_RANGE" });
  const kernel = nullKernel(t);
  t.throws(() => spawn("/none", { context: kernel, limits }), { code: "ERR_OUT_OF_RANGE" });
  const none = { limits: null } as unknown as { limits: object };
  const code = "ERR_INVALID_ARG_TYPE";
  await t.throwsAsync(run("none", [], none), { code });
  t.throws(() => spawn("/none", { context: kernel, ...none }), { code });
  t.throws(() => new Kernel({ machine: "null", ...none }), { code });
});

nativeTest("a program that computes is ended when its processor time is used up", async (t) => {
  const limits = { cpuTime: 50 };
  const error = await t.throwsAsync(run(guest("probe"), ["--spin"], { limits }), {
    instanceOf: RunError,
    code: "ERR_ZIRCONIA_LIMIT",
    message: "probe --spin: used up its processor time",
  });
  t.like(error, { limitReached: "cpuTime", returnCode: CPU_TIME_KILL, timedOut: false });
  // One that waits takes none.
  const waiting = await run(guest("probe"), ["--sleep=100000000"], { limits });
  t.is(waiting.limitReached, undefined);
});

nativeTest("what returns the code of a limit has not reached one", async (t) => {
  const result = await run(guest("probe"), [`--exit=${CPU_TIME_KILL}`], { reject: false });
  t.like(result, { returnCode: CPU_TIME_KILL, limitReached: undefined });
});

nativeTest("a program whose job has room for it runs, and not where it has none", async (t) => {
  await using kernel = new Kernel();
  const before = kernel.stats();
  const limits = { processes: 1, threads: 1 };
  const served = await run(guest("probe"), ["--objects"], { kernel, limits });
  for (const limits of [{ processes: 0 }, { threads: 0 }, { objects: 3 }]) {
    await t.throwsAsync(run(guest("probe"), [], { kernel, limits }), { instanceOf: ZirconiaError });
  }
  const refused = await run(guest("probe"), ["--objects"], {
    kernel,
    limits: { handles: 0 },
    reject: false,
  });
  t.not(refused.stdout, served.stdout);
  t.is(refused.limitReached, undefined);
  t.is(kernel.stats().running, before.running);
  t.is(kernel.rootJob.usage().processes, 1);
});

nativeTest("a child with limits has a job of its own", async (t) => {
  await using kernel = new Kernel();
  const context = new ProcessContext(kernel, { job: kernel.rootJob, name: "parent" });
  const { environment } = context;
  const bin = new PseudoDirectory({ probe: guestBytes("probe") });
  environment.namespace.bind("/pkg", new PseudoDirectory({ bin }).connect(kernel));
  const services = { "fuchsia.process.Launcher": new Launcher(kernel).node() };
  environment.setDefaultJob(kernel.rootJob.duplicate());
  environment.namespace.bind("/svc", new PseudoDirectory(services).connect(kernel));
  const child = spawn("/pkg/bin/probe", ["--spin"], {
    context,
    stdio: "ignore",
    limits: { cpuTime: 50, processes: 1 },
  });
  const [code] = (await once(child, "exit")) as [number];
  t.is(BigInt(code), CPU_TIME_KILL);
  t.is(child.limitReached, "cpuTime");
  t.deepEqual(kernel.rootJob.children(), []);
});

nativeTest("the command line has an option for each limit", async (t) => {
  const options = ["--memory=1G", "--handles=1000", "--objects=1000", "--processes=4"];
  const more = ["--threads=8", "--channel-bytes=1M", "--socket-bytes=1M", "--log-bytes=64K"];
  const { code, stdout, stderr } = await zirconia([
    "run",
    ...options,
    ...more,
    "--cpu-time=1m",
    guest("hello"),
  ]);
  t.is(code, 0, stderr);
  t.is(stdout.includes("ello"), true);
  const spun = await zirconia(["run", "--json", "--cpu-time=50ms", guest("probe"), "--spin"]);
  t.is(spun.code, 137);
  const document = matchesSchema<object>(t, "run.schema.json", spun.stdout);
  t.like(document, {
    limitReached: "cpuTime",
    limits: { cpuTime: 50 },
    returnCode: Number(CPU_TIME_KILL),
  });
  const wrong: [option: string, message: RegExp][] = [
    ["--memory=1P", /It is a number of bytes, or one with a unit/],
    ["--memory=9007199254740992", /It is at most 9007199254740991 bytes/],
    ["--cpu-time=1d", /It is a number of milliseconds, or one with a unit/],
    ["--handles=1K", /It is a whole number/],
    ["--threads=9007199254740992", /It is at most 9007199254740991 of them/],
  ];
  for (const [option, message] of wrong) {
    const refused = await zirconia(["run", option, guest("hello")]);
    t.is(refused.code, 125);
    t.regex(refused.stderr, message);
  }
});
