/**
 * Is asked when a program crashes: `node --import=tsx examples/crash-handler.ts`
 */
import { type ExceptionMessage, Kernel, run } from "zirconia";

await using kernel = new Kernel();
// All programs of the kernel are in this job or below.
const crashes = kernel.rootJob.createExceptionChannel();

function handle({ name, exception }: ExceptionMessage): void {
  using process = exception.getProcess();
  using thread = exception.getThread();
  const registers = thread.readState();
  const code = process.readMemory(registers.rip, 2);
  console.log(`${process.getName()}: ${name} at ${Buffer.from(code).toString("hex")}`);
  if (name === "UNDEFINED_INSTRUCTION") {
    // Behind these two bytes the program goes on.
    thread.writeState({ ...registers, rip: registers.rip + 2n });
    exception.resume();
  } else {
    // Whoever is next; as there is nobody, the process ends.
    exception.close();
  }
}

const handled = (async () => {
  for await (const message of crashes) handle(message);
})();

for (const fault of ["ud2", "null-read"]) {
  const { returnCode } = await run("guest/out/fault", [fault], { kernel, reject: false });
  console.log(`${fault}: ${returnCode}`);
}
crashes.close();
await handled;
