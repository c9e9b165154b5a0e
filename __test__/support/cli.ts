import { fileURLToPath } from "node:url";

import { type NodeOptions, type NodeResult, runNode } from "./node.js";

/** The command line's program. */
export const MAIN = fileURLToPath(new URL("../../lib/cli/main.ts", import.meta.url));

/** Commands at a time: tests all begin at once. */
const LIMIT = 4;

let running = 0;
const waiting: (() => void)[] = [];

/** Runs `zirconia` with these arguments. */
export async function zirconia(
  args: readonly string[],
  options: NodeOptions = {},
): Promise<NodeResult> {
  if (running === LIMIT) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running++;
  }
  try {
    return await runNode([MAIN, ...args], options);
  } finally {
    // Whoever waits takes over the place.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}
