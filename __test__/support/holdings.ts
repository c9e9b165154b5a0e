import { readdirSync, readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

/** Those children of a process that are ours: what compiles these files may be another. */
export function children(pid: number | "self"): number[] {
  const all = readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    const list = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim();
    return list === "" ? [] : list.split(" ").map(Number);
  });
  return all.filter((child) => {
    try {
      return readFileSync(`/proc/${child}/comm`, "utf8").startsWith("zirconia");
    } catch {
      return false;
    }
  });
}

/** Whether any code of a process can still run. One that nobody has reaped cannot. */
export function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits for what other processes are about to do; the test's own time-out is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate();
}

/** What this process holds of the host. */
export function holdings() {
  const zygotes = children("self").filter(runs);
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    threads: readdirSync("/proc/self/task").length,
    processes: zygotes.length + zygotes.flatMap(children).filter(runs).length,
  };
}

/** Waits until this process holds as much of the host as it did. */
export async function untilHolding(before: ReturnType<typeof holdings>): Promise<void> {
  await until(() => JSON.stringify(holdings()) === JSON.stringify(before));
}
