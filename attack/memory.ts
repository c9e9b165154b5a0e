import { readFileSync, writeFileSync } from "node:fs";

/** Makes the peak of Node's resident memory what it has now, in bytes. */
export function resetPeakMemory(): number {
  writeFileSync("/proc/self/clear_refs", "5");
  return peakMemory();
}

/** The most resident memory that Node has had since, in bytes. */
export function peakMemory(): number {
  const [, kibibytes] =
    /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return 1024 * Number(kibibytes);
}
