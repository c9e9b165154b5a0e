/**
 * Behind `deny --once`: runs programs again and again, each time refused the next of the system calls
 * for which there are rules, until none is left to refuse; tells as JSON what came of it.
 */
import { once } from "node:events";
import { PassThrough } from "node:stream";

import { guest } from "../../bench/paths.js";
import { Kernel, run, ZirconiaError } from "../../index.js";
import { holdings, until, untilHolding } from "./holdings.js";

/** What came of one attempt: what each program ended in. */
export type Ends = readonly [old: string, fresh: string];

/** As in deny.c. */
const CHOICE = 0x7a00_0000;

/** A program that answers, whatever others come to. */
class Bystander {
  readonly #stdin = new PassThrough();
  readonly #stdout = new PassThrough();
  readonly #end: Promise<unknown>;

  constructor(kernel: Kernel) {
    const options = { kernel, stdin: this.#stdin, stdout: this.#stdout };
    this.#end = run(guest("probe"), ["--echo"], options);
  }

  /** Rejects if it has ended. */
  async answer(): Promise<void> {
    const answer = once(this.#stdout, "data");
    this.#stdin.write("x");
    const ended = this.#end.then(() => Promise.reject(new Error("the other program has ended")));
    await Promise.race([answer, ended]);
  }

  async end(): Promise<void> {
    this.#stdin.end();
    await this.#end;
  }
}

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
  await until(() => holdings().processes === 3);
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
