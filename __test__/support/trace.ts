// Records of a trace as the kernel tells them, and what is the same in every run of a trace.

import type { ExecutionContext } from "ava";

import type {
  ChromeTraceEvent,
  TracedArgument,
  TracedObject,
  TraceEvent,
  TraceRecord,
} from "../../lib/trace/index.js";

type Enter = Extract<TraceEvent, { type: "syscallEnter" }>;
type Exit = Extract<TraceEvent, { type: "syscallExit" }>;

/** The process and thread of a record that says nothing else. */
export const GUEST = { process: 1n, thread: 2n } as const;

/** A record at an instant, of what happened in nobody's call. */
export function at(time: bigint, event: TraceEvent): TraceRecord {
  return { time, caller: 0n, ...event };
}

/** A call of {@link GUEST} begins. */
export function enter(name: string, args: readonly bigint[], rest: Partial<Enter> = {}): Enter {
  const registers = Array.from({ length: 8 }, (_, index) => args[index] ?? 0n);
  return { type: "syscallEnter", ...GUEST, number: 0n, name, args: registers, known: [], ...rest };
}

/** It returns with this status. */
export function exit(status: number, rest: Partial<Exit> = {}): Exit {
  const value = BigInt.asUintN(64, BigInt(status));
  return { type: "syscallExit", ...GUEST, value, known: [], ...rest };
}

/** What an argument leads to. */
export function known(
  index: number,
  objects: readonly TracedObject[],
  bytes: Uint8Array | readonly number[] = [],
): TracedArgument {
  return { index, objects, bytes: Uint8Array.from(bytes) };
}

/** 32-bit numbers as they are in memory. */
export function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/**
 * Text of a trace without what differs from run to run: koids by their order, no
 * addresses, times and padding.
 */
export function normalised(lines: readonly string[]): string[] {
  const koids = new Map<string, number>();
  const koid = (_: string, digits: string) => {
    if (!koids.has(digits)) koids.set(digits, koids.size + 1);
    return `:${koids.get(digits)}`;
  };
  return lines.map((line) =>
    line
      .replace(/<[\d.]+(ns|us|ms|s)>/g, "<time>")
      .replace(/:(\d{4,})/g, koid)
      .replace(/0x[0-9a-f]+/g, "0x*")
      .replace(/ {2,}= /, " = "),
  );
}

/**
 * Expects each beginning of a call to have its end, on the same thread and with the same name, and
 * nobody to go back in time.
 */
export function callsMatch(t: ExecutionContext, events: readonly ChromeTraceEvent[]): void {
  const open = new Map<string, string>();
  let last = 0;
  for (const { name, ph, pid, tid, ts } of events) {
    t.true((ts ?? last) >= last, name);
    last = ts ?? last;
    const thread = `${pid}/${tid}`;
    if (ph === "B") {
      t.false(open.has(thread), `${name} begins within ${open.get(thread)}`);
      open.set(thread, name);
    } else if (ph === "E") {
      t.is(open.get(thread), name);
      open.delete(thread);
    }
  }
  t.deepEqual([...open.values()], []);
}
