import { type Stats, statSync } from "node:fs";

/** Whether what has been opened is the null device, on POSIX. */
export function isNullDevice(stats: Stats): boolean {
  const device = statSync("/dev/null", { throwIfNoEntry: false });
  return stats.isCharacterDevice() && stats.rdev === device?.rdev;
}
