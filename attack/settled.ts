import { setTimeout as sleep } from "node:timers/promises";

import { holdings } from "../__test__/support/holdings.js";

/** Milliseconds between two looks. */
const PAUSE = 5;
/** Milliseconds in which all that has been ended must be gone. */
const PATIENCE = 5_000;

/** Waits for a condition, and tells whether it holds after these milliseconds at the latest. */
export async function within(patience: number, condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + patience;
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    await sleep(PAUSE);
  }
  return true;
}

/** What this process holds of the host more than before, once it is settled; nothing if all is gone. */
export async function leftovers(before: ReturnType<typeof holdings>): Promise<string | undefined> {
  let left: string[] = [];
  const isGone = await within(PATIENCE, () => {
    const now = holdings();
    left = (["descriptors", "threads", "processes"] as const)
      .filter((what) => now[what] > before[what])
      .map((what) => `${now[what] - before[what]} ${what} are left`);
    return left.length === 0;
  });
  return isGone ? undefined : left.join(", ");
}
