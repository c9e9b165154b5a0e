import { run } from "../index.js";
import { type Attack, broken } from "./attack.js";

/** Milliseconds after which a program is killed. */
const TIMEOUT = 2_000;
/** Milliseconds that its end may take. */
const MAX_LATE = 1_000;

/** What `attacks.c` does, by its argument. */
const WORK: readonly [argument: string, what: string][] = [
  ["copy", "reads 64 GiB into a VMO that is mapped 64 times"],
  ["wide", "writes and reads an exbibyte of a VMO that has as much, over and over"],
  ["watch", "watches an event 250,000 times, and ends"],
  ["tell", "tells 250,000 watches of 20 signals"],
  ["handles", "ends with 250,000 handles"],
  ["threads", "ends with 250,000 threads that never started"],
  ["raise", "answers the exceptions of 200 threads, which raise the next ones"],
  ["unheard", "has 200 threads in exceptions that nobody answers"],
  ["stats", "has 300 mappings of a fragmented VMO counted 20 times"],
  ["vmos", "has 20,000 handles to a fragmented VMO listed 20 times"],
  ["commit", "commits 2 GiB on the heap"],
  ["move", "commits 1 GiB on the heap, and maps it"],
  ["snapshot", "copies a fragmented VMO of 512 MiB 4 times"],
  ["unmap", "removes 30,000 mappings at once"],
  ["buffers", "reads a stream into 64 million empty buffers"],
  ["interrupts", "ends with 100,000 interrupts that wait in a port"],
  ["iobs", "ends with 1,000 IOBuffers of 64 regions"],
  ["counters", "tells 250,000 watches of a counter of 20 changes"],
  ["resources", "takes exclusive parts of a resource until there are no more, and asks for more"],
  ["profiles", "makes as many profiles as there can be, each for its thread"],
  ["silent", "accesses a page whose pager never answers"],
  ["pages", "writes back 32,768 pages of a VMO that has 1,000 copies, over and over"],
];

/** Those that need the root resource. */
const PRIVILEGED: ReadonlySet<string> = new Set(["resources", "profiles"]);

/** What one call, or one end, has much to do of. */
export const WORK_ATTACKS: readonly Attack[] = WORK.map(([argument, what]) => ({
  name: argument,
  what,
  promise: "others go on; a time-out ends it",
  // What they commit is Node's until it is mapped.
  memory: ["commit", "move", "snapshot", "stats", "vmos"].includes(argument) ? 3072 : 1024,
  async attempt({ kernel, program }) {
    const begun = performance.now();
    const { timedOut, returnCode } = await run(program("attacks"), [argument], {
      kernel,
      timeout: TIMEOUT,
      reject: false,
      // What resources and profiles are made by.
      privileged: PRIVILEGED.has(argument),
    });
    if (!timedOut) return { got: `returned ${returnCode}` };
    const late = Math.round(performance.now() - begun - TIMEOUT);
    return {
      got: `killed ${late} ms after its time-out`,
      broken: broken(late > MAX_LATE && `its end took ${late} ms`),
    };
  },
}));
