import { isDeepStrictEqual } from "node:util";

import type { ExecutionContext } from "ava";

import {
  Kernel,
  run,
  Signals,
  type SuspendToken,
  type Task,
  type TaskRuntime,
  type Thread,
  ThreadState,
} from "../index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { holdings, until, untilHolding, untilRunning } from "./support/holdings.js";
import { guest, nativeTest, serialNativeTest } from "./support/native.js";
import { RETURN_CODE, Spinners } from "./support/spinners.js";

const THREADS = guest("threads");
const MUTEX_THREADS = 8;
const INCREMENTS = 2_000;
const SUSPENSIONS = 200;
const PROCESSES = 50;
const SYSCALL_KILL = -1024n;

/** Another guest comes, makes calls, and goes. */
async function letAnotherRun(t: ExecutionContext, kernel: Kernel): Promise<void> {
  t.is((await run(guest("hello"), [], { kernel })).returnCode, 0n);
}

/** Suspends a thread, and waits until it has stopped. */
async function suspended(thread: Thread): Promise<SuspendToken> {
  const token = thread.suspend();
  await thread.waitOne(Signals.THREAD_SUSPENDED);
  return token;
}

nativeTest("threads get both arguments, a stack and a thread pointer of their own", async (t) => {
  const { returnCode, stdout } = await run(THREADS, ["start"]);
  t.deepEqual([returnCode, stdout], [0n, "start: ok\n"]);
});

nativeTest("threads begin with a thread pointer and the register of their ABI", async (t) => {
  const { returnCode, stdout, stderr } = await run(THREADS, ["registers"]);
  t.deepEqual([returnCode, stdout, stderr], [0n, "registers: ok\n", ""]);
});

nativeTest("threads wait at futexes, are woken in order, and are moved to another", async (t) => {
  const { returnCode, stdout } = await run(THREADS, ["futexes"]);
  t.deepEqual([returnCode, stdout], [0n, "futexes: ok\n"]);
});

nativeTest("eight threads under a mutex lose no increment", async (t) => {
  const { stdout } = await run(THREADS, ["mutex", `${INCREMENTS}`]);
  const [, total, waits] = /^mutex: (\d+) after (\d+) waits\n$/.exec(stdout) ?? [];
  t.is(Number(total), MUTEX_THREADS * INCREMENTS);
  t.true(Number(waits) >= MUTEX_THREADS, stdout);
});

nativeTest("a thread that makes no call stands still until its token is closed", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 1);
  const [thread] = spinners.threads as [Thread];
  t.is(thread.info().state, ThreadState.Running);
  const token = await suspended(thread);
  t.is(thread.info().state, ThreadState.Suspended);
  const before = spinners.counts();
  spinners.request(0);
  await letAnotherRun(t, kernel);
  t.deepEqual(spinners.counts(), before);
  await rejectsStatus(t, "TIMED_OUT", spinners.answered(0, { deadline: 0n }));
  token.close();
  t.is(thread.info().state, ThreadState.Running);
  await spinners.answered(0);
  // It counts before it looks for another request.
  await spinners.run(0);
  t.true(spinners.counts()[0]! > before[0]!);
});

nativeTest("of two threads one stands still while the other runs", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 2);
  const token = await suspended(spinners.threads[0]!);
  const [first] = spinners.counts();
  await spinners.run(1);
  t.is(spinners.counts()[0], first);
  token.close();
  await spinners.run(0);
});

nativeTest("tokens of a thread and of its process nest", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 2);
  const [first, second] = spinners.threads as [Thread, Thread];
  const tokens = [first.suspend(), spinners.process.suspend(), first.suspend()];
  await Promise.all([first, second].map((thread) => thread.waitOne(Signals.THREAD_SUSPENDED)));
  tokens[1]!.close();
  await spinners.run(1);
  tokens[0]!.close();
  spinners.request(0);
  await spinners.run(1);
  await rejectsStatus(t, "TIMED_OUT", spinners.answered(0, { deadline: 0n }));
  tokens[2]!.close();
  await spinners.answered(0);
});

nativeTest("a suspended process stands still as a whole", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 3);
  const all = [spinners.initial, ...spinners.threads];
  const token = spinners.process.suspend();
  await Promise.all(all.map((thread) => thread.waitOne(Signals.THREAD_SUSPENDED)));
  const before = spinners.counts();
  await letAnotherRun(t, kernel);
  t.deepEqual(spinners.counts(), before);
  token.close();
  await Promise.all([0, 1, 2].map((index) => spinners.run(index)));
  t.is(spinners.initial.info().state, ThreadState.BlockedWaitOne);
});

nativeTest("a thread suspended in a wait does not return before it is released", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 0);
  const { process, initial } = spinners;
  const token = await suspended(initial);
  // What it waits for comes.
  spinners.exit();
  await letAnotherRun(t, kernel);
  t.is(initial.info().state, ThreadState.Suspended);
  t.false(process.info().exited);
  token.close();
  t.is((await process.exited()).returnCode, RETURN_CODE);
});

nativeTest("a process may exit while a thread of it is suspended", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 2);
  const [thread] = spinners.threads as [Thread];
  const token = await suspended(thread);
  spinners.exit();
  t.is((await spinners.process.exited()).returnCode, RETURN_CODE);
  t.is(await thread.waitOne(Signals.TASK_TERMINATED), Signals.TASK_TERMINATED);
  throwsStatus(t, "BAD_STATE", () => thread.suspend());
  throwsStatus(t, "BAD_STATE", () => spinners.process.suspend());
  token.close();
});

nativeTest("a thread that ends on its way to be suspended is not", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 2);
  const [first, second] = spinners.threads as [Thread, Thread];
  spinners.end(0);
  await first.waitOne(Signals.TASK_TERMINATED);
  throwsStatus(t, "BAD_STATE", () => first.suspend());
  // One of both comes first. Its process can be suspended even if it has ended already.
  spinners.end(1);
  const token = spinners.process.suspend();
  const either = Signals.TASK_TERMINATED | Signals.THREAD_SUSPENDED;
  await second.waitOne(either);
  token.close();
  t.is(await second.waitOne(Signals.TASK_TERMINATED), Signals.TASK_TERMINATED);
  t.is(spinners.initial.info().state, ThreadState.BlockedWaitOne);
});

nativeTest(`a thread suspended ${SUSPENSIONS} times goes on each time`, async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 1);
  const [thread] = spinners.threads as [Thread];
  for (let count = 0; count < SUSPENSIONS; count++) {
    const token = await suspended(thread);
    const before = spinners.counts();
    spinners.request(0);
    t.deepEqual(spinners.counts(), before);
    token.close();
    await spinners.answered(0);
  }
});

nativeTest(
  "a suspended thread shows its registers and goes on with those it is given",
  async (t) => {
    await using kernel = new Kernel();
    using spinners = await Spinners.start(kernel, 1);
    const { process } = spinners;
    const [thread] = spinners.threads as [Thread];
    throwsStatus(t, "BAD_STATE", () => thread.readState());
    // It counts on once its call has returned.
    const [answered] = spinners.counts();
    await until(() => spinners.counts()[0]! > answered!);
    const token = await suspended(thread);
    const registers = thread.readState();
    const mappings = process.maps().filter(({ type }) => type === "mapping");
    const { rip } = registers;
    t.true(mappings.some(({ base, size }) => rip >= base && rip < base + size));
    throwsStatus(t, "INVALID_ARGS", () => thread.writeState({ ...registers, rip: 1n << 47n }));
    t.throws(() => thread.writeState({ ...registers, rax: 1 as unknown as bigint }), {
      message: /registers\.rax/,
    });
    // An address where nothing is: the thread goes there, and the crash report shows the rest.
    const other = { ...registers, rip: 0x1234n, rax: 7n, r15: 2n ** 64n - 1n };
    thread.writeState(other);
    t.deepEqual(thread.readState(), other);
    token.close();
    throwsStatus(t, "BAD_STATE", () => thread.writeState(other));
    await process.exited();
    const found = process.crashReport()!.registers;
    t.deepEqual(found, { ...other, rflags: found.rflags });
  },
);

nativeTest("in a system call the registers are those around it", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 0);
  const { process, initial } = spinners;
  const token = await suspended(initial);
  const { rip } = initial.readState();
  const vdso = process.getVdsoBase();
  t.true(rip > vdso && rip < vdso + (1n << 16n), `${rip.toString(16)} in ${vdso.toString(16)}`);
  // It is to be made again, and the thread waits in it until it is sent elsewhere.
  const waiting = initial.readState();
  t.is(BigInt.asIntN(64, waiting.rax), -6n);
  initial.writeState({ ...waiting, r15: 15n });
  t.is(initial.readState().r15, 15n);
  throwsStatus(t, "INVALID_ARGS", () => initial.writeState({ ...waiting, rip: 1n << 47n }));
  initial.writeState({ ...waiting, rip: 0x1234n });
  t.is(initial.info().state, ThreadState.Suspended);
  token.close();
  await process.exited();
  t.is(process.crashReport()!.registers.rip, 0x1234n);
});

serialNativeTest(`${PROCESSES} processes killed while suspended leave nothing`, async (t) => {
  await using kernel = new Kernel();
  const launch = async (count: number) => {
    using spinners = await Spinners.start(kernel, 2);
    const { process, threads } = spinners;
    const tokens = [process.suspend(), threads[0]!.suspend()];
    // Some are killed on their way.
    if (count % 2 === 0) await threads[1]!.waitOne(Signals.THREAD_SUSPENDED);
    if (count % 3 === 0) tokens.forEach((token) => token.close());
    process.kill();
    t.is((await process.exited()).returnCode, SYSCALL_KILL);
    tokens.forEach((token) => token.close());
  };
  await launch(0);
  await letAnotherRun(t, kernel);
  await untilRunning(2);
  const before = [kernel.stats(), holdings()] as const;
  for (let count = 0; count < PROCESSES; count++) await launch(count);
  t.deepEqual(kernel.stats(), before[0]);
  await untilHolding(before[1]);
});

serialNativeTest("a kernel disposed of with suspended processes leaves nothing", async (t) => {
  const before = holdings();
  {
    await using kernel = new Kernel();
    const spinners = await Spinners.start(kernel, 1);
    spinners.process.suspend();
    await spinners.threads[0]!.waitOne(Signals.THREAD_SUSPENDED);
  }
  await untilHolding(before);
  t.pass();
});

/** What a task has run once it stands still. A thread that waits may have yet to leave its processor. */
async function atRest(t: ExecutionContext, kernel: Kernel, task: Task): Promise<TaskRuntime> {
  for (;;) {
    const before = task.runtime();
    await letAnotherRun(t, kernel);
    if (isDeepStrictEqual(task.runtime(), before)) return before;
  }
}

nativeTest("what threads run is counted, and what they wait is not", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 1);
  const { initial, process } = spinners;
  const [thread] = spinners.threads as [Thread];
  const { cpuTime } = thread.runtime();
  await until(() => thread.runtime().cpuTime > cpuTime);
  t.true(thread.runtime().queueTime >= 1n);
  t.is(thread.stats().lastScheduledCpu, 0);
  // One that waits takes nothing, nor does one that is suspended.
  const waited = await atRest(t, kernel, initial);
  t.true(waited.cpuTime > 0n);
  await suspended(thread);
  const stopped = await atRest(t, kernel, thread);
  t.is(thread.stats().totalRuntime, stopped.cpuTime);
  // All that the process has had, and nobody else.
  const all = {
    cpuTime: waited.cpuTime + stopped.cpuTime,
    queueTime: waited.queueTime + stopped.queueTime,
  };
  t.like(process.runtime(), all);
  process.kill();
  await process.waitOne(Signals.TASK_TERMINATED);
  t.like(process.runtime(), all);
  t.deepEqual(thread.runtime(), stopped);
});

nativeTest("a job knows what its dead processes ran, and no more than Linux does", async (t) => {
  await using kernel = new Kernel();
  const { rootJob } = kernel;
  using spinners = await Spinners.start(kernel, 2);
  const { process } = spinners;
  process.kill();
  await process.waitOne(Signals.TASK_TERMINATED);
  const { cpuTime, queueTime } = process.runtime();
  t.true(cpuTime > 0n && queueTime > 0n);
  t.deepEqual(rootJob.runtime(), process.runtime());
  // Its account has what the helper's own thread in it took besides: milliseconds.
  t.true(Number(cpuTime) <= rootJob.usage().cpuTime * 1e6 + 1);
});
