import { type Stats, statSync } from "node:fs";

/** Whether what has been opened is the null device, on POSIX. */
export function isNullDevice({ rdev }: Stats): boolean {
  return rdev === statSync("/dev/null").rdev;
}
