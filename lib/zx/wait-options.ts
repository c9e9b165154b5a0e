import { abortError } from "../base/errors.js";
import {
  checkAbortSignal,
  checkI64,
  checkMilliseconds,
  checkOptions,
  incompatibleOptions,
} from "../base/validate.js";

/** The deadline of what waits for ever. */
export const TIME_INFINITE = 2n ** 63n - 1n;
const NANOSECONDS_PER_MILLISECOND = 1_000_000;

/** When a wait ends that nothing else ends. */
export interface WaitOptions {
  /** Absolute, in nanoseconds of the kernel's monotonic clock; never, by default. */
  deadline?: bigint;
  /** From now on, in milliseconds of the kernel's monotonic clock; not with `deadline`. */
  timeout?: number;
  /** Aborts the wait. */
  signal?: AbortSignal;
}

/** How a wait can end early. */
export interface WaitLimits {
  /** Absolute, in nanoseconds of the kernel's monotonic clock. */
  readonly deadline: bigint;
  readonly signal: AbortSignal | undefined;
}

/** Checks options of a wait that begins `now`. */
export function waitLimits(options: WaitOptions, now: () => bigint): WaitLimits {
  checkOptions(options, ["deadline", "timeout", "signal"]);
  const { deadline, timeout, signal } = options;
  if (signal !== undefined) {
    checkAbortSignal("options.signal", signal);
  }
  if (timeout === undefined) {
    const checked = deadline === undefined ? TIME_INFINITE : checkI64("options.deadline", deadline);
    return { deadline: checked, signal };
  }
  if (deadline !== undefined) {
    throw incompatibleOptions("deadline", "timeout");
  }
  const nanoseconds = checkMilliseconds("options.timeout", timeout) * NANOSECONDS_PER_MILLISECOND;
  const never = nanoseconds >= Number.MAX_SAFE_INTEGER;
  return { deadline: never ? TIME_INFINITE : now() + BigInt(Math.ceil(nanoseconds)), signal };
}

/**
 * Checks options of a wait that is about to begin.
 *
 * @throws an AbortError if it was aborted before
 */
export function beginWait(options: WaitOptions, now: () => bigint): WaitLimits {
  const limits = waitLimits(options, now);
  if (limits.signal?.aborted === true) {
    throw abortError(limits.signal.reason);
  }
  return limits;
}
