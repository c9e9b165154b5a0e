/**
 * A small debugger: a breakpoint, and some steps from there: `node --import=tsx examples/debugger.ts`
 */
import { type ExceptionTypeName, Kernel, ProcessBuilder } from "zirconia";

await using kernel = new Kernel();
const executable = await kernel.vmoFromFile("guest/out/hello");
const builder = new ProcessBuilder({ name: "hello", job: kernel.rootJob, executable });
const built = await builder.addArguments(["hello"]).build();

const events = built.process.createExceptionChannel({ debugger: true });
const process = built.start();

/** The next event, which is of this type. */
async function next(type: ExceptionTypeName) {
  const { name, exception } = await events.receive();
  if (name !== type) throw new Error(`${name} came in place of ${type}`);
  return exception;
}

const BREAKPOINT = Uint8Array.of(0xcc);
const starting = await next("THREAD_STARTING");
const thread = starting.getThread();
const original = process.readMemory(built.entry, 1);
process.writeMemory(built.entry, BREAKPOINT);
starting.resume();

const hit = await next("SW_BREAKPOINT");
// The thread is behind the breakpoint.
const rip = thread.readState().rip - 1n;
console.log(`stopped at the entry point: ${rip === built.entry}`);
process.writeMemory(rip, original);
thread.writeState({ ...thread.readState(), rip });
thread.writeSingleStep(true);
hit.resume();

for (let step = 1; step <= 3; step++) {
  const stepped = await next("HW_BREAKPOINT");
  const { rip, rsp } = thread.readState();
  console.log(`step ${step}: ${rip - built.entry} bytes on, stack at ${rsp - built.stack}`);
  if (step === 3) thread.writeSingleStep(false);
  stepped.resume();
}

(await next("THREAD_EXITING")).close();
console.log(`It returned ${(await process.exited()).returnCode}.`);
