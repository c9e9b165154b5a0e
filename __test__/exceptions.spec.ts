import test from "ava";

import {
  type ExceptionChannel,
  ExceptionChannelType,
  type ExceptionMessage,
  ExceptionState,
  ExceptionType,
  type GeneralRegisters,
  Kernel,
  type Process,
  ProcessBuilder,
  Rights,
  run,
  Signals,
  type Task,
  type Thread,
  ThreadState,
} from "../index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, guestBytes, nativeTest } from "./support/native.js";

const EXCEPTION_KILL = -1028n;
const SYSCALL_KILL = -1024n;
/** What the fault program returns if it goes on. */
const SURVIVED = 7n;
const UD2_SIZE = 2n;
const TRAP = 0x100n;

/** The fault program, which has not begun. */
async function faulty(kernel: Kernel, fault: string, job = kernel.rootJob) {
  const executable = kernel.vmoFromBytes(guestBytes("fault"), { name: "fault" });
  const builder = new ProcessBuilder({ name: "fault", job, executable });
  return builder.addArguments(["fault", fault]).build();
}

/** It faults, and its exception comes through the channel of a task. */
async function faulted(kernel: Kernel, fault: string, taskOf: (process: Process) => Task) {
  const built = await faulty(kernel, fault);
  const channel = taskOf(built.process).createExceptionChannel();
  const process = built.start();
  const message = await channel.receive();
  return { process, channel, message };
}

/** Skips the instruction that a thread is at. */
function skip(thread: Thread, size: bigint): void {
  const registers = thread.readState();
  thread.writeState({ ...registers, rip: registers.rip + size });
}

/** Skips it and lets the thread go on. */
function skipAndResume({ exception }: ExceptionMessage, size: bigint): void {
  const thread = exception.getThread();
  skip(thread, size);
  thread.close();
  exception.resume();
}

/** The register through which `mov al, [register]` loads. */
function baseOfLoad(code: Uint8Array): keyof GeneralRegisters {
  const [low, high] = [
    ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"],
    ["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"],
  ] as const;
  const extended = code[0] === 0x41;
  const [opcode, operands] = code.subarray(extended ? 1 : 0);
  if (opcode !== 0x8a) {
    throw new Error(`${code} is another instruction`);
  }
  return (extended ? high : low)[operands! & 7]!;
}

async function returnCodeOf(process: Process): Promise<bigint> {
  return (await process.exited()).returnCode;
}

/** The names of the exceptions that come until the task is dead, each of which is passed on. */
async function namesFrom(channel: ExceptionChannel): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, exception } of channel) {
    names.push(name);
    exception.close();
  }
  return names;
}

nativeTest("a handler changes the registers of a fault, and the thread goes on", async (t) => {
  await using kernel = new Kernel();
  const { process, message } = await faulted(kernel, "ud2", (it) => it);
  const { type, name, exception } = message;
  t.deepEqual([type, name], [ExceptionType.UNDEFINED_INSTRUCTION, "UNDEFINED_INSTRUCTION"]);
  t.is(message.process, process.koid);
  const thread = exception.getThread();
  t.is(thread.koid, message.thread);
  t.deepEqual(thread.info(), {
    state: ThreadState.BlockedException,
    exceptionChannel: ExceptionChannelType.PROCESS,
  });
  const report = thread.exceptionReport();
  t.deepEqual([report.type, report.vector], [ExceptionType.UNDEFINED_INSTRUCTION, 6n]);
  const { rip } = thread.readState();
  t.deepEqual([...process.readMemory(rip, 2)], [0x0f, 0x0b]);
  skipAndResume(message, UD2_SIZE);
  t.is(await returnCodeOf(process), SURVIVED);
  t.is(process.crashReport(), undefined);
});

nativeTest("a page fault is mended by its handler, and the access made again", async (t) => {
  await using kernel = new Kernel();
  const built = await faulty(kernel, "null-read");
  const channel = built.process.createExceptionChannel();
  const process = built.start();
  const { exception } = await channel.receive();
  const thread = exception.getThread();
  t.is(thread.exceptionReport().faultAddress, 0n);
  const registers = thread.readState();
  const base = baseOfLoad(process.readMemory(registers.rip, 3));
  t.is(registers[base], 0n);
  thread.writeState({ ...registers, [base]: registers.rsp });
  exception.resume();
  t.is(await returnCodeOf(process), SURVIVED);
});

nativeTest(
  "who closes its exception passes it on, and without a handler the process ends",
  async (t) => {
    await using kernel = new Kernel();
    const { process, message } = await faulted(kernel, "ud2", (it) => it);
    t.is(message.exception.getState(), ExceptionState.TRY_NEXT);
    message.exception.close();
    t.is(await returnCodeOf(process), EXCEPTION_KILL);
    t.is(process.crashReport()?.exceptionName, "UNDEFINED_INSTRUCTION");
  },
);

nativeTest(
  "debugger, thread, process, debugger again and jobs are asked in this order",
  async (t) => {
    await using kernel = new Kernel();
    const job = kernel.rootJob.createJob();
    const built = await faulty(kernel, "ud2", job);
    const asDebugger = built.process.createExceptionChannel({ debugger: true });
    const channels = [built.process, job, kernel.rootJob].map((it) => it.createExceptionChannel());
    t.true(built.process.info().debuggerAttached);
    const process = built.start();
    const starting = await asDebugger.receive();
    t.is(starting.name, "THREAD_STARTING");
    const thread = starting.exception.getThread();
    channels.unshift(thread.createExceptionChannel());
    starting.exception.close();

    const order = [
      ExceptionChannelType.DEBUGGER,
      ExceptionChannelType.THREAD,
      ExceptionChannelType.PROCESS,
      ExceptionChannelType.DEBUGGER,
      ExceptionChannelType.JOB,
      ExceptionChannelType.JOB,
    ];
    const asked = [asDebugger, channels[0]!, channels[1]!, asDebugger, channels[2]!, channels[3]!];
    for (const [index, channel] of asked.entries()) {
      const { exception, name } = await channel.receive();
      t.is(name, "UNDEFINED_INSTRUCTION");
      t.is(thread.info().exceptionChannel, order[index]!);
      if (index === 0) {
        exception.setSecondChance(true);
      } else if (channel !== asDebugger) {
        throwsStatus(t, "BAD_STATE", () => exception.setSecondChance(false));
      }
      t.true(exception.getSecondChance());
      if (index === 1) {
        throwsStatus(t, "ACCESS_DENIED", () => exception.getProcess());
      } else {
        t.is(exception.getProcess().koid, process.koid);
      }
      exception.close();
    }
    t.deepEqual(await namesFrom(asDebugger), ["THREAD_EXITING"]);
    t.is(await returnCodeOf(process), EXCEPTION_KILL);
    await rejectsStatus(t, "PEER_CLOSED", channels[0]!.receive());
    await rejectsStatus(t, "PEER_CLOSED", channels[1]!.receive());
    t.is(channels[2]!.poll(), undefined);
    throwsStatus(t, "BAD_STATE", () => process.createExceptionChannel());
  },
);

nativeTest(
  "a debugger is told of each thread that begins and ends, with its registers",
  async (t) => {
    await using kernel = new Kernel();
    const built = await faulty(kernel, "none");
    const asDebugger = built.process.createExceptionChannel({ debugger: true });
    const { entry } = built;
    const process = built.start();
    const starting = await asDebugger.receive();
    t.is(starting.name, "THREAD_STARTING");
    const thread = starting.exception.getThread();
    t.is(thread.readState().rip, entry);
    t.is(thread.readFpState().fcw, 0x37f);
    t.is(thread.readVectorState().mxcsr, 0x1f80);
    starting.exception.close();
    const exiting = await asDebugger.receive();
    t.is(exiting.name, "THREAD_EXITING");
    exiting.exception.close();
    t.is(await returnCodeOf(process), 2n);
  },
);

nativeTest("a job's debugger is told of a process before it begins", async (t) => {
  await using kernel = new Kernel();
  const built = await faulty(kernel, "ud2");
  const job = kernel.rootJob;
  const channels = [job, job].map((it) => it.createExceptionChannel({ debugger: true }));
  t.true(job.info().debuggerAttached);
  const process = built.start();
  for (const channel of channels) {
    const { name, exception } = await channel.receive();
    t.is(name, "PROCESS_STARTING");
    const thread = exception.getThread();
    t.is(thread.info().exceptionChannel, ExceptionChannelType.JOB_DEBUGGER);
    t.is(thread.readState().rip, built.entry);
    // Whatever it says, the process begins.
    exception.setState(ExceptionState.THREAD_EXIT);
    exception.close();
  }
  t.is(await returnCodeOf(process), EXCEPTION_KILL);
  t.is(channels[0]!.poll(), undefined);
});

nativeTest("single steps go through a program instruction by instruction", async (t) => {
  await using kernel = new Kernel();
  const built = await faulty(kernel, "none");
  const asDebugger = built.process.createExceptionChannel({ debugger: true });
  const process = built.start();
  const starting = await asDebugger.receive();
  const thread = starting.exception.getThread();
  t.false(thread.readSingleStep());
  thread.writeSingleStep(true);
  t.true((thread.readState().rflags & TRAP) !== 0n);
  starting.exception.resume();
  const places = new Set([built.entry]);
  for (let step = 1; step <= 100; step++) {
    const { name, exception } = await asDebugger.receive();
    t.is(name, "HW_BREAKPOINT");
    t.true(thread.readSingleStep());
    places.add(thread.readState().rip);
    if (step === 100) {
      thread.writeSingleStep(false);
    }
    exception.resume();
  }
  t.true(places.size > 20);
  const exiting = await asDebugger.receive();
  t.is(exiting.name, "THREAD_EXITING");
  exiting.exception.close();
  t.is(await returnCodeOf(process), 2n);
});

nativeTest("x87 and vector registers of a thread are read and written", async (t) => {
  await using kernel = new Kernel();
  const { process, message } = await faulted(kernel, "int3", (it) => it);
  const thread = message.exception.getThread();
  const fp = {
    ...thread.readFpState(),
    fcw: 0x27f,
    st: Array.from({ length: 8 }, (_, i) => BigInt(i) << 64n),
  };
  thread.writeFpState(fp);
  t.deepEqual(thread.readFpState(), fp);
  const { mxcsr } = thread.readVectorState();
  const ymm = Array.from({ length: 16 }, (_, index) => BigInt(index + 1) * (1n << 128n) + 5n);
  thread.writeVectorState({ ymm, mxcsr: mxcsr | 0x8000 });
  t.deepEqual(thread.readVectorState(), { ymm, mxcsr: mxcsr | 0x8000 });
  throwsStatus(t, "INVALID_ARGS", () => thread.writeVectorState({ ymm, mxcsr: 0x8000_0000 }));
  t.throws(() => thread.writeVectorState({ ymm: ymm.slice(1), mxcsr }), {
    code: "ERR_OUT_OF_RANGE",
  });
  t.throws(() => thread.writeVectorState({ ymm: ymm.map(() => 1n << 256n), mxcsr }), {
    code: "ERR_OUT_OF_RANGE",
  });
  t.throws(() => thread.writeFpState({ ...fp, fcw: 0x1_0000 }), { code: "ERR_OUT_OF_RANGE" });
  // The program goes on behind int3.
  message.exception.resume();
  t.is(await returnCodeOf(process), SURVIVED);
});

nativeTest("debug registers watch an address, where Linux lends them", async (t) => {
  await using kernel = new Kernel();
  const built = await faulty(kernel, "none");
  const asDebugger = built.process.createExceptionChannel({ debugger: true });
  const process = built.start();
  const starting = await asDebugger.receive();
  const thread = starting.exception.getThread();
  const none = { dr: [0n, 0n, 0n, 0n], dr6: 0n, dr7: 0n };
  t.deepEqual(thread.readDebugState(), none);
  throwsStatus(t, "INVALID_ARGS", () =>
    thread.writeDebugState({ ...none, dr: [1n << 47n, 0n, 0n, 0n] }),
  );
  t.throws(() => thread.writeDebugState({ ...none, dr: [0n] }), { code: "ERR_OUT_OF_RANGE" });
  const atEntry = { dr: [built.entry, 0n, 0n, 0n], dr6: 0n, dr7: 1n };
  try {
    thread.writeDebugState(atEntry);
  } catch (error) {
    t.is((error as { code: string }).code, "ZX_ERR_NOT_SUPPORTED");
    t.log("SKIPPED: Linux lends no debug registers here");
    return process.kill();
  }
  t.deepEqual(thread.readDebugState(), { ...atEntry, dr7: 0x701n });
  starting.exception.close();
  const { name, exception } = await asDebugger.receive();
  t.deepEqual([name, thread.readState().rip], ["HW_BREAKPOINT", built.entry]);
  t.is(thread.readDebugState().dr6, 0xffff_0ff1n);
  thread.writeDebugState(none);
  exception.resume();
  t.deepEqual(await namesFrom(asDebugger), ["THREAD_EXITING"]);
  t.is(await returnCodeOf(process), 2n);
});

nativeTest("a policy exception comes when the call returns, and shows its result", async (t) => {
  await using kernel = new Kernel();
  for (const action of ["allowException", "denyException"] as const) {
    const job = kernel.rootJob.createJob();
    job.setPolicy("absolute", [{ condition: "NewVmo", action }]);
    const built = await faulty(kernel, "vmo-end", job);
    const channel = built.process.createExceptionChannel();
    const process = built.start();
    const { name, exception } = await channel.receive();
    t.is(name, "POLICY_ERROR");
    const thread = exception.getThread();
    t.is(thread.exceptionReport().synthCode, 4);
    const { rax } = thread.readState();
    t.is(BigInt.asIntN(32, rax), action === "allowException" ? 0n : -30n);
    exception.resume();
    if (action === "denyException") {
      t.is(await returnCodeOf(process), 1n);
    } else {
      const fault = await channel.receive();
      t.is(fault.name, "FATAL_PAGE_FAULT");
      fault.exception.close();
      t.is(await returnCodeOf(process), EXCEPTION_KILL);
    }
    job.close();
  }
});

nativeTest("of an exception only the thread ends, if its handler wants it so", async (t) => {
  await using kernel = new Kernel();
  const { process, message, channel } = await faulted(kernel, "ud2", (it) => it);
  const thread = message.exception.getThread();
  message.exception.setState(ExceptionState.THREAD_EXIT);
  message.exception.close();
  // It was the last one.
  t.is(await returnCodeOf(process), 0n);
  t.is(thread.info().state, ThreadState.Dead);
  t.is(process.crashReport(), undefined);
  await rejectsStatus(t, "PEER_CLOSED", channel.receive());
});

nativeTest("a suspension during an exception takes effect behind it", async (t) => {
  await using kernel = new Kernel();
  const { process, message } = await faulted(kernel, "ud2", (it) => it);
  const thread = message.exception.getThread();
  const token = thread.suspend();
  t.is(thread.info().state, ThreadState.BlockedException);
  skip(thread, UD2_SIZE);
  const { rip } = thread.readState();
  message.exception.resume();
  await thread.waitOne(Signals.THREAD_SUSPENDED);
  t.is(thread.readState().rip, rip);
  token.close();
  t.is(await returnCodeOf(process), SURVIVED);
});

nativeTest("a process in an exception that nobody answers can be killed", async (t) => {
  await using kernel = new Kernel();
  const { process, message, channel } = await faulted(kernel, "ud2", (it) => it);
  process.kill();
  t.is(await returnCodeOf(process), SYSCALL_KILL);
  // The handle stays, and has no effect.
  message.exception.setState(ExceptionState.HANDLED);
  const thread = message.exception.getThread();
  t.is(thread.info().state, ThreadState.Dead);
  throwsStatus(t, "BAD_STATE", () => thread.readState());
  message.exception.close();
  await rejectsStatus(t, "PEER_CLOSED", channel.receive());
});

nativeTest("closing the channel answers what has not been read", async (t) => {
  await using kernel = new Kernel();
  const built = await faulty(kernel, "ud2");
  const channel = built.process.createExceptionChannel();
  throwsStatus(t, "ALREADY_BOUND", () => built.process.createExceptionChannel());
  const process = built.start();
  await channel.waitOne(Signals.READABLE);
  channel.close();
  t.is(await returnCodeOf(process), EXCEPTION_KILL);
});

nativeTest("a hundred exceptions leave nothing behind", async (t) => {
  await using kernel = new Kernel();
  const round = async (answers: boolean) => {
    const { process, channel, message } = await faulted(kernel, "ud2", (it) => it);
    if (answers) {
      skipAndResume(message, UD2_SIZE);
    } else {
      process.kill();
      message.exception.close();
    }
    t.is(await returnCodeOf(process), answers ? SURVIVED : SYSCALL_KILL);
    channel.close();
    process.close();
  };
  await round(true);
  const before = kernel.stats();
  for (let index = 0; index < 100; index++) {
    await round(index % 2 === 0);
  }
  t.deepEqual(kernel.stats(), before);
});

test("channels ask for their rights, in order, and each kind is there once", (t) => {
  const kernel = nullKernel(t);
  const { process } = kernel.rootJob.createProcess("p");
  const thread = process.createThread("t");
  throwsStatus(t, "INVALID_ARGS", () => thread.createExceptionChannel({ debugger: true }));
  const weak = process.duplicate(process.rights & ~Rights.ENUMERATE);
  throwsStatus(t, "ACCESS_DENIED", () => weak.createExceptionChannel());
  for (const task of [thread, process, kernel.rootJob]) {
    const channel = task.createExceptionChannel();
    t.is(channel.rights, 0x4006);
    throwsStatus(t, "ALREADY_BOUND", () => task.createExceptionChannel());
    throwsStatus(t, "ACCESS_DENIED", () => channel.write(Buffer.of(1)));
    channel.close();
    task.createExceptionChannel().close();
  }
  const debuggers = Array.from({ length: 32 }, () =>
    kernel.rootJob.createExceptionChannel({ debugger: true }),
  );
  throwsStatus(t, "ALREADY_BOUND", () => kernel.rootJob.createExceptionChannel({ debugger: true }));
  debuggers.forEach((channel) => channel.close());
  throwsStatus(t, "BAD_STATE", () => thread.exceptionReport());
  throwsStatus(t, "BAD_STATE", () => thread.readFpState());
});

nativeTest("a program handles what its own threads raise", async (t) => {
  const { returnCode, stdout, stderr } = await run(guest("threads"), ["handler"], {
    reject: false,
  });
  t.deepEqual([returnCode, stdout, stderr], [0n, "handler: ok\n", ""]);
});

nativeTest("a breakpoint is in one process only", async (t) => {
  await using kernel = new Kernel();
  const executable = kernel.vmoFromBytes(guestBytes("fault"), { name: "fault" });
  const build = (name: string) =>
    new ProcessBuilder({ name, job: kernel.rootJob, executable: executable.duplicate() })
      .addArguments(["fault", "none"])
      .build();
  const broken = await build("broken");
  const channel = broken.process.createExceptionChannel({ debugger: true });
  const process = broken.start();
  const starting = await channel.receive();
  // It is mapped by a process that runs already.
  t.is(process.writeMemory(broken.entry, Uint8Array.of(0xcc)), 1);
  t.deepEqual([...process.readMemory(broken.entry, 1)], [0xcc]);
  const whole = await build("whole");
  t.not(whole.process.readMemory(whole.entry, 1)[0], 0xcc);
  t.is(await returnCodeOf(whole.start()), 2n);
  starting.exception.close();
  const { name, exception } = await channel.receive();
  t.is(name, "SW_BREAKPOINT");
  exception.close();
  t.deepEqual(await namesFrom(channel), ["THREAD_EXITING"]);
  t.is(await returnCodeOf(process), EXCEPTION_KILL);
});
