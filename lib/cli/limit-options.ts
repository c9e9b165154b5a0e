// The options that say how much a program may use.
import { type Command, InvalidArgumentError } from "commander";

import type { JobLimits } from "../../index.js";
import { LIMIT_NAMES } from "../handles/limits.js";
import { count, size, time } from "./amounts.js";

/** The limits of a program, as the command line has them. */
export type LimitOptions = Partial<JobLimits>;

/** Gives a command the options of {@link LimitOptions}. */
export function addLimitOptions<C extends Command>(command: C): C {
  return command
    .option("--memory <size>", "the most memory that it may have: 512M", bytes)
    .option("--cpu-time <time>", "kill it when it has used the processor for so long: 10s", time)
    .option("--handles <count>", "the most handles that it may have", count)
    .option("--objects <count>", "the most kernel objects that it may have", count)
    .option("--processes <count>", "the most processes that it may be", count)
    .option("--threads <count>", "the most threads that it may have", count)
    .option("--channel-bytes <size>", "the most that may wait in its channels", bytes)
    .option("--socket-bytes <size>", "the most that may wait in its sockets", bytes)
    .option("--log-bytes <size>", "the most that the debug log keeps of it", bytes);
}

/** The limits among a command's options, and the others. */
export function takeLimits<O extends LimitOptions>(
  options: O,
): [limits: LimitOptions, others: Omit<O, keyof JobLimits>] {
  const pick = (wanted: boolean) =>
    Object.fromEntries(Object.entries(options).filter(([key]) => isLimit(key) === wanted));
  return [pick(true), pick(false) as Omit<O, keyof JobLimits>];
}

function isLimit(key: string): boolean {
  return (LIMIT_NAMES as readonly string[]).includes(key);
}

/** A size that a number holds exactly. */
function bytes(value: string): number {
  const exact = size(value);
  if (exact > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new InvalidArgumentError(`It is at most ${Number.MAX_SAFE_INTEGER} bytes.`);
  }
  return Number(exact);
}
