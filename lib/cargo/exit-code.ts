import type { RunResult } from "../run/result.js";

/** What a shell says of a program by its exit code, and programs about what they could not run. */
export const ShellCode = Object.freeze({
  /** Not the program failed, but what was to run it. */
  Ours: 125,
  /** There is such a program, but it cannot be launched. */
  NotLaunchable: 126,
  NotFound: 127,
  Aborted: 134,
  Killed: 137,
  Crashed: 139,
  /** There is no number for its return code. */
  Other: 255,
} as const);

/** `ZX_TASK_RETCODE_SYSCALL_KILL` */
const RETCODE_KILLED = -1024n;
/** `ZX_TASK_RETCODE_EXCEPTION_KILL` */
const RETCODE_EXCEPTION = -1028n;

/** What `abort()` ends a program with: an instruction that is for that. */
const TRAPS = new Set(["UNDEFINED_INSTRUCTION", "SW_BREAKPOINT"]);

/** What a shell would say of a program that has ended. */
export function shellCode({
  returnCode,
  crashReport,
}: Pick<RunResult, "returnCode" | "crashReport">): number {
  if (crashReport !== undefined) {
    return TRAPS.has(crashReport.exceptionName) ? ShellCode.Aborted : ShellCode.Crashed;
  }
  switch (returnCode) {
    case RETCODE_KILLED:
      return ShellCode.Killed;
    case RETCODE_EXCEPTION:
      return ShellCode.Aborted;
    default:
      return returnCode >= 0n && returnCode <= 255n ? Number(returnCode) : ShellCode.Other;
  }
}
