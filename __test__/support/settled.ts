import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import type { ExecutionContext } from "ava";

import type { Kernel, KernelStats } from "../../index.js";

/** Turns of the event loop in which servers notice that their clients have gone. */
const TURNS = 1_000;

/** Expects that all is as it was before, once servers have noticed that their clients have gone. */
export async function settlesTo(
  t: ExecutionContext,
  kernel: Kernel,
  before: KernelStats,
): Promise<void> {
  for (let turn = 0; turn < TURNS && !isDeepStrictEqual(kernel.stats(), before); turn++) {
    await setImmediate();
  }
  t.deepEqual(kernel.stats(), before);
}
