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

/** What happens, in nobody's call unless that is said. */
export type Happening = TraceEvent & { readonly caller?: bigint };

/** A record at an instant. */
export function at(time: bigint, event: Happening): TraceRecord {
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

/** Arrows by their category and id: where they begin, and where they lead, as `process/thread`. */
export function arrows(events: readonly ChromeTraceEvent[]): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const { ph, cat, id, pid, tid } of events) {
    if (ph !== "s" && ph !== "t" && ph !== "f") continue;
    const key = `${cat} ${id}`;
    all.set(key, [...(all.get(key) ?? []), `${ph} ${pid}/${tid}`]);
  }
  return all;
}

/**
 * Expects each beginning of a call or a step to have its end, on the same thread and with the same
 * name, arrows to be at what their thread is in, and nobody to go back in time.
 */
export function callsMatch(t: ExecutionContext, events: readonly ChromeTraceEvent[]): void {
  const steps = new Map<string, string>();
  const threads = new Map<string, string[]>();
  let last = 0;
  for (const { name, ph, cat, pid, tid, ts, id2 } of events) {
    t.true((ts ?? last) >= last, name);
    last = ts ?? last;
    const stack = threads.get(`${pid}/${tid}`) ?? [];
    threads.set(`${pid}/${tid}`, stack);
    if (ph === "B") {
      t.true(stack.length === 0 || cat === "transfer", `${name} begins within ${stack.at(-1)}`);
      stack.push(name);
    } else if (ph === "E") {
      t.is(stack.pop(), name);
    } else if (ph === "b") {
      t.false(steps.has(id2!.local));
      steps.set(id2!.local, name);
    } else if (ph === "e") {
      t.is(steps.get(id2!.local), name);
      steps.delete(id2!.local);
    } else if (ph === "s" || ph === "t" || ph === "f") {
      t.regex(stack.at(-1) ?? "", ph === "s" ? /^write / : /^read /);
    }
  }
  t.deepEqual([[...threads.values()].flat(), [...steps.values()]], [[], []]);
}
