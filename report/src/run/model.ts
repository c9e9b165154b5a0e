import { printable } from "../../../lib/base/text.js";
import type { ReportedCall, ReportedRun } from "../../../lib/report/document.js";
import { koid } from "../format.js";

/** The calls of a thread, which do not overlap. */
export interface Lane {
  /** The thread's place in the document's list. */
  readonly thread: number;
  readonly name: string;
  /** Places of calls in the document's list, in the order of time. */
  readonly calls: readonly number[];
  readonly begins: Float64Array;
  readonly ends: Float64Array;
}

/** A run, with what leads from each part of it to others. */
export class Model {
  readonly run: ReportedRun;
  readonly lanes: readonly Lane[];
  /** Places in the lists of events, messages and output, by the call that caused them. */
  readonly events: ReadonlyMap<number, readonly number[]>;
  readonly messages: ReadonlyMap<number, readonly number[]>;
  readonly output: ReadonlyMap<number, readonly number[]>;
  /** Messages by the call that read them. */
  readonly reads: ReadonlyMap<number, readonly number[]>;

  /** How many calls begin in each column of all of the time. */
  readonly density: readonly number[];
  /** From a write to its read, at most, in nanoseconds. */
  readonly longestWay: number;
  /** When each message was written. */
  readonly sent: Float64Array;
  /** Places of steps in the document's list, the longest first. */
  readonly stepsByLength: readonly number[];

  constructor(run: ReportedRun) {
    this.run = run;
    this.sent = Float64Array.from(run.messages, ({ at }) => at);
    this.longestWay = run.messages.reduce(
      (longest, { at, read }) => Math.max(longest, read === undefined ? 0 : read.at - at),
      0,
    );
    this.density = densityOf(run);
    const length = (index: number) => run.steps[index]!.took ?? Infinity;
    this.stepsByLength = run.steps.map((_, index) => index).sort((a, b) => length(b) - length(a));
    this.events = byCall(run.events, ({ call }) => call);
    this.messages = byCall(run.messages, ({ call }) => call);
    this.output = byCall(run.output, ({ call }) => call);
    this.reads = byCall(run.messages, ({ read }) => read?.call);
    const calls = run.threads.map((): number[] => []);
    run.calls.forEach((call, index) => calls[call.thread]?.push(index));
    this.lanes = calls.map((own, thread) => ({
      thread,
      name: this.threadName(thread),
      calls: own,
      begins: Float64Array.from(own, (index) => run.calls[index]!.at),
      ends: Float64Array.from(own, (index) => this.endOf(run.calls[index]!)),
    }));
  }

  /** When a call ended; one that never returned did with its thread. */
  endOf({ at, took, thread }: ReportedCall): number {
    return took === null ? (this.run.threads[thread]?.end ?? this.run.duration) : at + took;
  }

  /** `hello/initial-thread:1035` */
  threadName(index: number): string {
    const thread = this.run.threads[index];
    if (thread === undefined) return "?";
    const process = printable(this.run.processes[thread.process]?.name ?? "?");
    if (BigInt(thread.koid) === 0n) {
      return thread.process === 0 ? `${process} (JavaScript)` : `${process} (no thread)`;
    }
    return `${process}/${printable(thread.name)}:${koid(thread.koid)}`;
  }

  processName(index: number): string {
    const process = this.run.processes[index];
    return process === undefined ? "?" : `${printable(process.name)}:${koid(process.koid)}`;
  }
}

/** Columns into which the time is divided to count. */
const COLUMNS = 400;

function densityOf({ calls, duration }: ReportedRun): number[] {
  const counts = Array.from({ length: COLUMNS }, () => 0);
  for (const { at } of calls) {
    const column = Math.min(Math.floor((at / Math.max(duration, 1)) * COLUMNS), COLUMNS - 1);
    counts[column]! += 1;
  }
  return counts;
}

function byCall<T>(
  list: readonly T[],
  callOf: (item: T) => number | undefined,
): Map<number, number[]> {
  const found = new Map<number, number[]>();
  list.forEach((item, index) => {
    const call = callOf(item);
    if (call === undefined) return;
    const own = found.get(call);
    if (own === undefined) found.set(call, [index]);
    else own.push(index);
  });
  return found;
}

/** The first place in a sorted list whose number is not below `value`. */
export function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
