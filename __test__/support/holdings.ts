import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

/** Linux's `PF_EXITING`. A thread that was waited for has it, and may still be listed. */
const EXITING = 4;

/** The text of a file in /proc; none once what it is about is gone. */
function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The threads of a process; none once it is gone. */
function tasks(pid: number | "self"): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Those children of a process that are ours: what compiles these files may be another. */
export function children(pid: number | "self"): number[] {
  const all = tasks(pid).flatMap((task) => {
    const list = text(`/proc/${pid}/task/${task}/children`).trim();
    return list === "" ? [] : list.split(" ").map(Number);
  });
  return all.filter((child) => text(`/proc/${child}/comm`).startsWith("zirconia"));
}

/** Whether any code of a process can still run. One that nobody has reaped cannot. */
export function runs(pid: number): boolean {
  return /\) [^ZX] /.test(text(`/proc/${pid}/stat`));
}

/** Whether a thread of this process can still run. */
function threadRuns(task: string): boolean {
  const [, flags] = /\) \S(?: \S+){5} (\d+) /.exec(text(`/proc/self/task/${task}/stat`)) ?? [];
  return flags !== undefined && (Number(flags) & EXITING) === 0;
}

/** Whether a thread of this process serves a guest. */
function serves(task: string): boolean {
  return text(`/proc/self/task/${task}/comm`) === "zirconia-guest\n" && threadRuns(task);
}

/** Waits for what others are about to do; the test's own time-out is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate();
}

/** The helpers of this process that run, and the guests of theirs that do. */
function running() {
  const helpers = children("self").filter(runs);
  return { helpers: helpers.length, guests: helpers.flatMap(children).filter(runs).length };
}

/** Whether a descriptor of this process is one for a process. */
function isPidfd(descriptor: string): boolean {
  try {
    return /\bpidfd\b/.test(readlinkSync(`/proc/self/fd/${descriptor}`));
  } catch {
    return false;
  }
}

/**
 * What this process holds of the host. A helper that is being started has as many descriptors as one
 * that is there, and for a moment the name of a number: what it lacks until then is its pidfd.
 */
export function holdings() {
  const { helpers, guests } = running();
  const descriptors = readdirSync("/proc/self/fd");
  return {
    descriptors: descriptors.length,
    pidfds: descriptors.filter(isPidfd).length,
    threads: tasks("self").filter(threadRuns).length,
    processes: helpers + guests,
  };
}

/**
 * Waits until so many helpers and guests of this process run, and each guest has the thread that serves it,
 * which comes last.
 */
export async function untilRunning(processes: number): Promise<void> {
  await until(() => {
    const { helpers, guests } = running();
    return helpers + guests === processes && tasks("self").filter(serves).length === guests;
  });
}

/** Waits until this process holds as much of the host as it did. */
export async function untilHolding(before: ReturnType<typeof holdings>): Promise<void> {
  await until(() => JSON.stringify(holdings()) === JSON.stringify(before));
}
