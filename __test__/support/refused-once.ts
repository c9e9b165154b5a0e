/**
 * Behind `deny --once`: runs programs again and again, each time refused the next of the system calls
 * for which there are rules, until none is left to refuse; tells as JSON what came of it.
 */
import { guest } from "../../bench/paths.js";
import { Kernel, run, ZirconiaError } from "../../index.js";
import { Bystander } from "./bystander.js";
import { holdings, untilHolding, untilRunning } from "./holdings.js";

/** What came of one attempt: what each program ended in. */
export type Ends = readonly [old: string, fresh: string];

/** As in deny.c. */
const CHOICE = 0x7a00_0000;

/** The return code, or what the error is of; an error that is not the library's goes on. */
async function end(program: string, args: readonly string[], kernel: Kernel): Promise<string> {
  try {
    const { returnCode } = await run(guest(program), args, { kernel, reject: false });
    return String(returnCode);
  } catch (error) {
    if (error instanceof ZirconiaError) return `${error.name}: ${error.message}`;
    throw error;
  }
}

async function endInNewKernel(): Promise<string> {
  await using kernel = new Kernel();
  return await end("hello", [], kernel);
}

/** Runs in a kernel that has a program already, and in one that has had none. */
async function attempt(kernel: Kernel): Promise<Ends> {
  return [await end("threads", ["start"], kernel), await endInNewKernel()];
}

/** Whether a call was refused since it was chosen. */
function wasRefused(): boolean {
  try {
    return process.kill(CHOICE, 0);
  } catch {
    return false;
  }
}

async function main(): Promise<Ends[]> {
  await using kernel = new Kernel();
  const bystander = new Bystander(kernel);
  await bystander.answer();
  await attempt(kernel);
  const objects = kernel.stats();
  // Beside the bystander there is the helper, and the process that it keeps ready.
  await untilRunning(3);
  const host = holdings();
  const all: Ends[] = [];
  for (let refused = true; refused;) {
    process.kill(CHOICE + all.length + 1, 0);
    all.push(await attempt(kernel));
    refused = wasRefused();
    await bystander.answer();
    // What could not be made ready is now.
    await attempt(kernel);
    await untilHolding(host);
    if (JSON.stringify(kernel.stats()) !== JSON.stringify(objects)) {
      throw new Error(`${JSON.stringify(kernel.stats())}, not ${JSON.stringify(objects)}`);
    }
  }
  await bystander.end();
  return all;
}

process.stdout.write(JSON.stringify(await main()));
