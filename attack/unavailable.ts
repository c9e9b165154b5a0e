import { spawnSync } from "node:child_process";

import { native } from "../lib/native/native.js";

/** `EX_UNAVAILABLE`, as scripts/clang.sh has it. */
const UNAVAILABLE = 69;

/** Ends this process, and says why, where programs cannot run or one of these tools is missing. */
export function requireHost(name: string, ...tools: readonly string[]): void {
  const missing = tools.find((tool) => spawnSync(tool, ["--version"]).status !== 0);
  const why =
    native.hostRefusal() !== null
      ? "programs cannot run on this computer, and `zirconia doctor` says why"
      : missing && `${missing} is missing`;
  if (why === undefined) return;
  console.error(`${name}: SKIPPED, and nothing is shown: ${why}`);
  process.exit(UNAVAILABLE);
}
