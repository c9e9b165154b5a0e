import { fileURLToPath } from "node:url";

import { type NodeOptions, type NodeResult, runNode, runProcess } from "./node.js";

/** The command line's program. */
export const MAIN = fileURLToPath(new URL("../../lib/cli/start.ts", import.meta.url));

/** Commands at a time: tests all begin at once. */
const LIMIT = 4;

let running = 0;
const waiting: (() => void)[] = [];

/** Runs `zirconia` with these arguments. */
export function zirconia(args: readonly string[], options?: NodeOptions): Promise<NodeResult> {
  return inTurn(() => runNode([MAIN, ...args], options));
}

/** Runs a script of the shell's, in which `zirconia` is the command. */
export function shell(script: string, options?: NodeOptions): Promise<NodeResult> {
  const define = `zirconia() { "$NODE" --import="$TSX" "$MAIN" "$@"; }`;
  const env = { NODE: process.execPath, TSX: import.meta.resolve("tsx"), MAIN, ...options?.env };
  return inTurn(() => runProcess("sh", ["-c", `${define}\n${script}`], { ...options, env }));
}

async function inTurn<T>(body: () => Promise<T>): Promise<T> {
  if (running === LIMIT) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running++;
  }
  try {
    return await body();
  } finally {
    // Whoever waits takes over the place.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}
