import { checkAmount, checkInteger, checkOptions } from "../base/validate.js";

/** What a job uses. */
export interface JobUsage {
  /** Bytes of the committed pages of VMOs. */
  readonly memory: number;
  /** Handles, those in messages included. */
  readonly handles: number;
  /** Kernel objects, and what the kernel keeps like one: mappings, watches of ports, packets. */
  readonly objects: number;
  /** Processes and contexts that have not ended. */
  readonly processes: number;
  /** Threads that have not ended, whether they were started or not. */
  readonly threads: number;
  /** Bytes of messages that wait in channels, and 64 for each message. */
  readonly channelBytes: number;
  /** Bytes that wait in sockets. */
  readonly socketBytes: number;
  /** Bytes that the debug log keeps of what was written. */
  readonly logBytes: number;
  /** Milliseconds of processor time that its processes have taken. It never becomes less. */
  readonly cpuTime: number;
}

/** What is counted of what a job uses. */
export type LimitName = keyof JobUsage;

/** How much a job may use. What has no limit here is `Infinity`. */
export type JobLimits = JobUsage;

/** All of them, in the kernel's order. */
export const LIMIT_NAMES: readonly LimitName[] = [
  "memory",
  "handles",
  "objects",
  "processes",
  "threads",
  "channelBytes",
  "socketBytes",
  "logBytes",
  "cpuTime",
];

const NANOSECONDS = 1e6;

/**
 * Checks limits.
 *
 * @returns them as the kernel has them: the number of each, and its amount
 */
export function checkLimits(name: string, limits: unknown = {}): number[] {
  checkOptions(limits, LIMIT_NAMES, name);
  return Object.entries(limits as Partial<JobLimits>).flatMap(([key, limit]) => {
    if (limit === undefined) return [];
    const label = `${name}.${key}`;
    const isTime = key === "cpuTime";
    const amount = isTime ? checkAmount(label, limit) * NANOSECONDS : checkCount(label, limit);
    return [LIMIT_NAMES.indexOf(key as LimitName), amount];
  });
}

/** What the kernel tells of the limits of a job, and of what it uses. */
export function readAmounts(amounts: readonly number[]): [limits: JobLimits, usage: JobUsage] {
  const read = (from: number) =>
    Object.fromEntries(
      LIMIT_NAMES.map((name, index) => {
        const amount = amounts[from + index]!;
        return [name, name === "cpuTime" ? amount / NANOSECONDS : amount];
      }),
    ) as unknown as JobUsage;
  return [read(0), read(LIMIT_NAMES.length)];
}

/** The limit of which the kernel tells that it was reached: its number plus 1, or 0 for none. */
export function limitOf(number: number): LimitName | undefined {
  return LIMIT_NAMES[number - 1];
}

function checkCount(name: string, value: unknown): number {
  return value === Infinity ? value : checkInteger(name, value, Number.MAX_SAFE_INTEGER);
}
