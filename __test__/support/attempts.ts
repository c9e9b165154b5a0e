/**
 * Runs a program for each line that it reads, in a kernel of its own, and writes a line for each: what
 * came of it.
 */
import { createInterface } from "node:readline";

import { guest } from "../../bench/paths.js";
import { Kernel, run, ZirconiaError } from "../../index.js";

/** The return code, or what the error is of; an error that is not the library's goes on. */
async function attempt(): Promise<string> {
  try {
    await using kernel = new Kernel();
    const { returnCode } = await run(guest("threads"), ["start"], { kernel, reject: false });
    return String(returnCode);
  } catch (error) {
    if (error instanceof ZirconiaError) return `${error.name}: ${error.message}`;
    throw error;
  }
}

console.log(await attempt());
for await (const _ of createInterface({ input: process.stdin })) console.log(await attempt());
