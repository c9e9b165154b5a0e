import { spawnSync } from "node:child_process";

import { builtCommand, guest, root } from "./paths.js";
import { median, type Measurement } from "./sample.js";

const ROUNDS = 21;
/** In each sample: bash tells the processor's time in milliseconds. */
const PROCESSES = 5;

const NODE = ["node -e 0", "-e", "0"] as const;

/** The processor's time, user and system, of whole processes and what they start. */
export function startup(): Measurement[] {
  const command = builtCommand();
  if (command === undefined) return [];
  const ours = [
    ["zirconia --version", command, "--version"],
    ["zirconia run hello", command, "run", guest("hello")],
    ["zirconia check of a file", command, "check", guest("hello")],
    ['import("zirconia")', "-e", 'import("zirconia")'],
  ] as const;
  // All in turns: whatever else the computer does meanwhile meets all of them.
  const commands = [NODE, ...ours].map(([name, ...args]) => ({ name, args, ns: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { args, ns } of commands) ns.push(processorTime(args));
  }
  const [node, ...rest] = commands.map(({ name, ns }) => ({ name, ns: median(ns) }));
  return rest.map(({ name, ns }) => ({ name, ns, beside: node!.name, besideNs: node!.ns }));
}

/** Nanoseconds of processor time that one run of Node takes with these arguments. */
function processorTime(args: readonly string[]): number {
  const script = `TIMEFORMAT='%3U %3S'; time for i in {1..${PROCESSES}}; do "$@" 2>/dev/null || exit; done`;
  const { error, status, stderr } = spawnSync(
    "bash",
    ["-c", script, "bash", process.execPath, ...args],
    {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`node ${args.join(" ")}: ${stderr}`);
  const [user = Number.NaN, system = Number.NaN] = stderr.trim().split(" ").map(Number);
  return ((user + system) * 1e9) / PROCESSES;
}
