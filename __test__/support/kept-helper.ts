import { run } from "../../index.js";
import { holdings, untilHolding } from "./holdings.js";
import { guest } from "./native.js";

/**
 * Runs what it takes for a helper to be kept, with the thread that has started it, if nothing has run
 * before: from the second run on both are in all counts.
 */
export async function untilHelperKept(): Promise<void> {
  await run(guest("hello"));
  const { descriptors, processes, threads } = holdings();
  await run(guest("hello"));
  await untilHolding({
    descriptors: descriptors + 2,
    threads: threads + 1,
    processes: processes + 1,
  });
}
