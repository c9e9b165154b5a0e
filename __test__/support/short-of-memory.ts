/**
 * A process that is short of something: `PROGRAM OTHER WHAT AMOUNT ARGUMENT...`. Takes a limit upon
 * itself, runs a program and then, in another kernel, another; prints what came of it as JSON.
 *
 * - `address-space`: AMOUNT bytes more than it has
 * - `group`: AMOUNT bytes in a memory group of its own; prints `null` if there can be none
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";

import { Kernel, run, type RunResult } from "../../index.js";
import { children } from "./holdings.js";

/** What a program came to. */
export interface Outcome {
  readonly stdout: string;
  readonly message: string;
  readonly synthCode: number | undefined;
}

/** What the process tells. */
export interface Report {
  readonly hoard: Outcome;
  readonly hello: Outcome;
  /** `oom_score_adj` of the processes from which guests are forked. */
  readonly scores: string[];
}

/** More than there are later. */
const KERNELS = 4;

const GROUPS = "/sys/fs/cgroup/memory";

const outcome = ({ stdout, message, crashReport }: RunResult): Outcome => ({
  stdout,
  message,
  synthCode: crashReport?.synthCode,
});

/** Limits this process. Returns what takes the limit off again, or nothing if there can be none. */
function limit(what: string, amount: number): (() => void) | undefined {
  if (what === "address-space") {
    const pages = Number(readFileSync("/proc/self/statm", "utf8").split(" ")[0]);
    const limit = pages * 4096 + amount;
    execFileSync("prlimit", ["--pid", String(process.pid), `--as=${limit}`]);
    return () => {};
  }
  const group = `${GROUPS}/zirconia-${process.pid}`;
  try {
    mkdirSync(group);
    writeFileSync(`${group}/memory.limit_in_bytes`, String(amount));
    writeFileSync(`${group}/cgroup.procs`, String(process.pid));
  } catch {
    return undefined;
  }
  return () => {
    writeFileSync(`${GROUPS}/cgroup.procs`, String(process.pid));
    rmdirSync(group);
  };
}

function scores(): string[] {
  return children("self").map((pid) => readFileSync(`/proc/${pid}/oom_score_adj`, "utf8").trim());
}

async function main([
  program = "",
  other = "",
  what = "",
  amount = "",
  ...args
]: string[]): Promise<Report | null> {
  // What the first runs need besides is there by now.
  await Promise.all(Array.from({ length: KERNELS }, () => run(other)));
  const lift = limit(what, Number(amount));
  if (lift === undefined) return null;
  let report: Report;
  {
    await using kernel = new Kernel();
    await using second = new Kernel();
    const hoard = outcome(await run(program, args, { kernel, reject: false }));
    const hello = outcome(await run(other, [], { kernel: second, reject: false }));
    report = { hoard, hello, scores: scores() };
  }
  lift();
  return report;
}

console.log(JSON.stringify(await main(process.argv.slice(2))));
