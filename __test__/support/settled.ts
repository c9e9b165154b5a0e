import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import type { ExecutionContext } from "ava";

import type { Kernel, KernelStats } from "../../index.js";

/** Turns of the event loop in which whatever is under way comes to an end. */
const TURNS = 1_000;

/** Lets others go on until something holds, or nothing can be under way any more. */
export async function settle(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < TURNS && !holds(); turn++) {
    await setImmediate();
  }
}

/** Expects that all is as it was before, once servers have noticed that their clients have gone. */
export async function settlesTo(
  t: ExecutionContext,
  kernel: Kernel,
  before: KernelStats,
): Promise<void> {
  await settle(() => isDeepStrictEqual(kernel.stats(), before));
  t.deepEqual(kernel.stats(), before);
}
