import test from "ava";

import {
  Job,
  Kernel,
  ObjectType,
  Process,
  ProcessBuilder,
  ProcessContext,
  Rights,
  Signals,
  Thread,
  ThreadState,
  VmOptions,
} from "../index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";

const PAGE = 4096n;
const RETCODE_SYSCALL_KILL = -1024n;
const RETCODE_CRITICAL_PROCESS_KILL = -1029n;
const MAX_MEMORY = 64 << 20;
const RW = VmOptions.PERM_READ | VmOptions.PERM_WRITE;
const NEVER_A_KOID = 2n ** 64n - 1n;

test("memory of a process is read and written as far as its mappings go", (t) => {
  const kernel = nullKernel(t);
  const { process, rootVmar } = kernel.rootJob.createProcess("memory");
  const vmo = kernel.createVmo(PAGE);
  const address = rootVmar.map(RW, 0n, vmo, 0n, PAGE);
  const end = address + PAGE;
  t.is(process.writeMemory(end - 2n, new Uint8Array([1, 2, 3])), 2);
  t.deepEqual([...process.readMemory(end - 2n, 100)], [1, 2]);
  t.deepEqual([...vmo.read(PAGE - 2n, 2)], [1, 2]);
  throwsStatus(t, "NO_MEMORY", () => process.readMemory(end, 1));
  throwsStatus(t, "NO_MEMORY", () => process.writeMemory(0n, new Uint8Array(1)));
  throwsStatus(t, "INVALID_ARGS", () => process.readMemory(address, 0));
  t.is(process.readMemory(address, MAX_MEMORY).length, Number(PAGE));
  throwsStatus(t, "INVALID_ARGS", () => process.readMemory(address, MAX_MEMORY + 1));
  throwsStatus(t, "INVALID_ARGS", () => process.readMemory(address, 2 ** 40));
  throwsStatus(t, "INVALID_ARGS", () => process.writeMemory(address, new Uint8Array()));
  const readOnly = process.duplicate(Rights.READ);
  throwsStatus(t, "ACCESS_DENIED", () => readOnly.readMemory(address, 1));
  throwsStatus(t, "ACCESS_DENIED", () => readOnly.writeMemory(address, new Uint8Array(1)));
  process.kill();
  throwsStatus(t, "BAD_STATE", () => process.readMemory(address, 1));
});

test("a process tells the handles it has", (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  const context = new ProcessContext(kernel, { job, name: "owner" });
  const event = context.createEvent();
  const [near] = context.createChannel();
  const [koid] = job.processes();
  const process = job.getChild(koid!) as Process;
  t.is(process.koid, context.koid);
  t.deepEqual(process.handleStats(), { Channel: 2, Event: 1 });
  const table = process.handleTable();
  t.is(table.length, 3);
  t.deepEqual(
    table.find(({ type }) => type === ObjectType.Event),
    {
      type: ObjectType.Event,
      value: event.value,
      rights: event.rights,
      koid: event.koid,
      relatedKoid: 0n,
    },
  );
  const end = table.find(({ koid }) => koid === near.koid);
  t.is(end?.relatedKoid, near.relatedKoid);
  const blind = process.duplicate(Rights.INSPECT);
  throwsStatus(t, "ACCESS_DENIED", () => blind.handleTable());
  throwsStatus(t, "ACCESS_DENIED", () => process.duplicate(Rights.WAIT).handleStats());
});

test("a process lists more handles than one call has room for", (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  const context = new ProcessContext(kernel, { job });
  for (let count = 0; count < 200; count++) context.createEvent();
  const process = job.getChild(context.koid) as Process;
  t.is(new Set(process.handleTable().map(({ koid }) => koid)).size, 200);
});

test("a process lists the VMOs that it holds and maps", (t) => {
  const kernel = nullKernel(t);
  const { process, rootVmar } = kernel.rootJob.createProcess("vmos");
  const vmo = kernel.createVmo(PAGE);
  rootVmar.map(RW, 0n, vmo, 0n, PAGE);
  rootVmar.map(RW, 0n, vmo, 0n, PAGE);
  const vmos = process.vmos();
  t.deepEqual(
    vmos.map(({ koid, handleRights }) => ({ koid, handleRights })),
    [0, 0].map((handleRights) => ({ koid: vmo.koid, handleRights })),
  );
  t.is(vmos[0]?.mappings, 2);
  process.kill();
  throwsStatus(t, "BAD_STATE", () => process.vmos());
  throwsStatus(t, "BAD_STATE", () => process.taskStats());
  throwsStatus(t, "BAD_STATE", () => process.mapsInfo());
});

test("properties of processes are numbers of 64 bits", (t) => {
  const { process } = nullKernel(t).rootJob.createProcess("properties");
  t.is(process.getVdsoBase(), 0n);
  t.is(process.getDebugAddress(), 0n);
  process.setDebugAddress(1n);
  process.setDebugAddress(2n ** 64n - 1n);
  t.is(process.getDebugAddress(), 2n ** 64n - 1n);
  process.setDebugAddress(0n);
  t.is(process.getDebugAddress(), 0n);
  process.setBreakOnLoad(7n);
  t.is(process.getBreakOnLoad(), 7n);
  const blind = process.duplicate(Rights.INSPECT);
  throwsStatus(t, "ACCESS_DENIED", () => blind.getBreakOnLoad());
  throwsStatus(t, "ACCESS_DENIED", () => blind.setBreakOnLoad(1n));
});

test("children of a job are opened by their koids", (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  const child = job.createJob();
  const { process } = job.createProcess("child");
  t.deepEqual(job.children(), [child.koid]);
  t.deepEqual(job.processes(), [process.koid]);
  const opened = job.getChild(child.koid, Rights.INSPECT);
  t.true(opened instanceof Job);
  t.is(opened.rights, Rights.INSPECT);
  t.true(job.getChild(process.koid) instanceof Process);
  throwsStatus(t, "NOT_FOUND", () => kernel.rootJob.getChild(child.koid));
  throwsStatus(t, "NOT_FOUND", () => job.getChild(NEVER_A_KOID));
  throwsStatus(t, "ACCESS_DENIED", () => job.getChild(child.koid, Rights.EXECUTE));
  const blind = job.duplicate(Rights.INSPECT);
  throwsStatus(t, "ACCESS_DENIED", () => blind.getChild(child.koid));
  throwsStatus(t, "ACCESS_DENIED", () => blind.children());
  // A thread that has not begun is nobody's child yet.
  const thread = process.createThread("new");
  throwsStatus(t, "NOT_FOUND", () => process.getChild(thread.koid));
});

test("a killed job takes everything below it along", async (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  const { process } = job.createJob().createProcess("below");
  job.kill();
  await job.waitOne(Signals.TASK_TERMINATED);
  t.deepEqual(job.info(), {
    returnCode: RETCODE_SYSCALL_KILL,
    exited: true,
    killOnOom: false,
    debuggerAttached: false,
  });
  t.true(process.info().exited);
  throwsStatus(t, "BAD_STATE", () => job.createJob());
  throwsStatus(t, "BAD_STATE", () => job.createProcess("late"));
  const harmless = kernel.rootJob.createJob().replace(Rights.WAIT);
  throwsStatus(t, "ACCESS_DENIED", () => harmless.kill());
});

test("a job dies with its critical process", async (t) => {
  const kernel = nullKernel(t);
  const [job, other] = [kernel.rootJob.createJob(), kernel.rootJob.createJob()];
  const { process } = job.createProcess("critical");
  throwsStatus(t, "INVALID_ARGS", () => other.setCritical(process));
  const spectator = process.duplicate(Rights.INSPECT);
  throwsStatus(t, "ACCESS_DENIED", () => job.setCritical(spectator));
  throwsStatus(t, "ACCESS_DENIED", () => job.duplicate(Rights.INSPECT).setCritical(process));
  job.setCritical(process, { unlessZero: true });
  throwsStatus(t, "ALREADY_BOUND", () => job.setCritical(process));
  process.kill();
  await job.waitOne(Signals.TASK_TERMINATED);
  t.is(job.info().returnCode, RETCODE_CRITICAL_PROCESS_KILL);
  t.throws(() => job.setCritical(process, { unlessZero: 1 as never }), {
    code: "ERR_INVALID_ARG_TYPE",
  });
});

test("a process that was spared leaves its job alive", (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  const context = new ProcessContext(kernel, { job });
  const process = job.getChild(context.koid) as Process;
  job.setCritical(process, { unlessZero: true });
  context.dispose();
  t.is(process.info().returnCode, 0n);
  t.false(job.info().exited);
});

test("a job can be marked to die first", (t) => {
  const job = nullKernel(t).rootJob.createJob();
  job.setKillOnOom(true);
  t.true(job.info().killOnOom);
  job.setKillOnOom(false);
  t.false(job.info().killOnOom);
  t.throws(() => job.setKillOnOom(1 as never), { code: "ERR_INVALID_ARG_TYPE" });
  throwsStatus(t, "ACCESS_DENIED", () => job.duplicate(Rights.WAIT).setKillOnOom(true));
});

test("threads tell what they do, and for how long", (t) => {
  const kernel = nullKernel(t);
  const { process } = kernel.rootJob.createProcess("threads");
  const thread = process.createThread("new");
  t.deepEqual(thread.info(), { state: ThreadState.New, exceptionChannel: 0 });
  t.is(thread.stats().totalRuntime, 0n);
  const none = { cpuTime: 0n, queueTime: 0n, pageFaultTime: 0n, lockContentionTime: 0n };
  for (const task of [thread, process, kernel.rootJob]) t.deepEqual(task.runtime(), none);
  throwsStatus(t, "BAD_STATE", () => thread.start(0n, 0n, 0n, 0n));
  const blind = thread.duplicate(Rights.WAIT);
  throwsStatus(t, "ACCESS_DENIED", () => blind.start(0n, 0n, 0n, 0n));
  throwsStatus(t, "ACCESS_DENIED", () => blind.stats());
  throwsStatus(t, "ACCESS_DENIED", () => blind.runtime());
  process.kill();
  t.is(thread.info().state, ThreadState.Dead);
  throwsStatus(t, "BAD_STATE", () => thread.stats());
});

test("what has not begun can be suspended", (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const { process, rootVmar } = kernel.rootJob.createProcess("suspended");
  const thread = process.createThread("suspended");
  const tokens = [process.suspend(), thread.suspend()];
  t.is(kernel.stats().types.SuspendToken?.objects, 2);
  const unwritable = thread.duplicate(Rights.INSPECT);
  throwsStatus(t, "ACCESS_DENIED", () => unwritable.suspend());
  process.kill();
  throwsStatus(t, "BAD_STATE", () => process.suspend());
  throwsStatus(t, "BAD_STATE", () => thread.suspend());
  for (const handle of [...tokens, unwritable, thread, process, rootVmar]) handle.close();
  t.deepEqual(kernel.stats().types, { ...before.types, Job: { objects: 1, handles: 1 } });
});

nativeTest(
  "a program that is started suspended executes nothing until its token is closed",
  async (t) => {
    await using kernel = new Kernel();
    const executable = await kernel.vmoFromFile(guest("probe"));
    const builder = new ProcessBuilder({ name: "probe", job: kernel.rootJob, executable });
    builder.addArguments(["probe", "--exit=3"]);
    const built = await builder.build();
    t.not(built.process.getVdsoBase(), 0n);
    const token = built.thread.suspend();
    const thread = built.thread.duplicate();
    const process = built.start();
    await thread.waitOne(Signals.THREAD_SUSPENDED);
    t.is(thread.info().state, ThreadState.Suspended);
    t.true(thread.readState().rsp > 0n);
    t.deepEqual(process.threads(), [thread.koid]);
    t.true(process.getChild(thread.koid) instanceof Thread);
    await rejectsStatus(t, "TIMED_OUT", process.exited({ deadline: 0n }));
    token.close();
    t.is((await process.exited()).returnCode, 3n);
  },
);

nativeTest("a further thread begins where it is told to, with its arguments", async (t) => {
  await using kernel = new Kernel();
  const executable = await kernel.vmoFromFile(guest("probe"));
  const builder = new ProcessBuilder({ name: "probe", job: kernel.rootJob, executable });
  builder.addArguments(["probe", "--sleep-forever"]);
  const built = await builder.build();
  const rootVmar = built.rootVmar.duplicate();
  const process = built.start();
  // ud2
  const code = kernel.vmoFromBytes(new Uint8Array([0x0f, 0x0b]));
  const readExecute = VmOptions.PERM_READ | VmOptions.PERM_EXECUTE;
  const entry = rootVmar.map(readExecute, 0n, code, 0n, PAGE);
  const thread = process.createThread("second");
  thread.start(entry, entry, 1n, 2n);
  throwsStatus(t, "BAD_STATE", () => thread.start(entry, entry, 0n, 0n));
  await process.exited();
  const report = process.crashReport();
  t.is(report?.thread, thread.koid);
  t.is(report?.registers.rip, entry);
  t.deepEqual([report?.registers.rdi, report?.registers.rsi], [1n, 2n]);
});
