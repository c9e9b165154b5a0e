import { HostError, ProcessBuilderError } from "../base/errors.js";
import { RunError, type RunResult } from "./result.js";

/** What shells, `timeout(1)` and Docker say by exit codes of programs and of what was to run them. */
export const ShellCode = Object.freeze({
  TimedOut: 124,
  /** Not the program failed, but what was to run it, or how that was asked for. */
  Ours: 125,
  /** There is such a program, but it cannot be launched. */
  NotLaunchable: 126,
  NotFound: 127,
  Aborted: 134,
  Killed: 137,
  Crashed: 139,
  /** What it writes goes nowhere, for which SIGPIPE ends programs of this computer's. */
  Unread: 141,
  /** There is no number for its return code. */
  Other: 255,
} as const);

/** `ZX_TASK_RETCODE_*`: what the kernel ends processes with. */
const KILLS: ReadonlyMap<bigint, number> = new Map([
  [-1024n, ShellCode.Killed],
  [-1025n, ShellCode.Killed],
  [-1026n, ShellCode.Killed],
  [-1027n, ShellCode.Killed],
  [-1028n, ShellCode.Aborted],
  [-1029n, ShellCode.Killed],
  [-1088n, ShellCode.Killed],
]);

/** What `abort()` ends a program with: an instruction that is for that. */
const TRAPS = new Set(["UNDEFINED_INSTRUCTION", "SW_BREAKPOINT"]);

/** What a shell would say of a program that has ended. */
export function shellCode({
  returnCode,
  crashReport,
  timedOut,
}: Pick<RunResult, "returnCode" | "crashReport" | "timedOut">): number {
  if (timedOut) return ShellCode.TimedOut;
  if (crashReport !== undefined) {
    return TRAPS.has(crashReport.exceptionName) ? ShellCode.Aborted : ShellCode.Crashed;
  }
  const fits = returnCode >= 0n && returnCode <= 255n;
  return fits ? Number(returnCode) : (KILLS.get(returnCode) ?? ShellCode.Other);
}

/** What a shell would say of a program that such a signal has ended. */
export function signalCode(signal: NodeJS.Signals): number {
  // Seldom needed, and it takes Node a moment to load.
  const { constants } = process.getBuiltinModule("node:os");
  return 128 + constants.signals[signal];
}

/** What somebody has run out of, whatever file is opened. */
const SHORTAGES = new Set(["EMFILE", "ENFILE", "ENOMEM"]);

/** What a shell would say of a program that could not be run. */
export function refusalCode(error: unknown): number {
  if (error instanceof ProcessBuilderError) return ShellCode.NotLaunchable;
  if (error instanceof RunError || error instanceof HostError) return ShellCode.Ours;
  // As Node has them of files.
  const { code, path } = (error ?? {}) as { code?: unknown; path?: unknown };
  if (typeof code !== "string" || typeof path !== "string" || SHORTAGES.has(code)) {
    return ShellCode.Ours;
  }
  return code === "ENOENT" ? ShellCode.NotFound : ShellCode.NotLaunchable;
}
