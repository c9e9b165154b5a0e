import { isDeepStrictEqual } from "node:util";

import type { ExecutionContext } from "ava";

import type { Kernel, KernelStats } from "../../index.js";
import { until } from "./holdings.js";

/** Expects that all is as it was before, once servers have noticed that their clients have gone. */
export async function settlesTo(
  t: ExecutionContext,
  kernel: Kernel,
  before: KernelStats,
): Promise<void> {
  await until(() => isDeepStrictEqual(kernel.stats(), before));
  t.deepEqual(kernel.stats(), before);
}
