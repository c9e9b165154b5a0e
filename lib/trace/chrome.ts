import { checkOptions } from "../base/validate.js";
import type { Methods, Protocol } from "../fidl/protocol.js";
import type { TraceRecord } from "../native/trace-record.js";
import { TracedCall } from "./call.js";
import { EventDescriber } from "./events.js";
import { checkProtocols } from "./messages.js";
import { signalNames } from "./names.js";

type Exit = Extract<TraceRecord, { type: "syscallExit" }>;
type SignalRecord = Extract<TraceRecord, { type: "signal" }>;

/**
 * An event of the Trace Event Format, which Perfetto and Chrome's tracing page load. Processes and
 * threads are named by their koids.
 */
export interface ChromeTraceEvent {
  readonly name: string;
  /** Begin and end of a system call, an instant, metadata. */
  readonly ph: "B" | "E" | "i" | "M";
  readonly cat?: "syscall" | "event" | "signal";
  /** In microseconds of the kernel's monotonic clock; not of metadata. */
  readonly ts?: number;
  readonly pid: number;
  /** Not of what concerns a whole process. */
  readonly tid?: number;
  /** Of instants: whether it concerns a thread or a process. */
  readonly s?: "t" | "p";
  readonly args: Readonly<Record<string, string>>;
}

/** A document of the Trace Event Format. */
export interface ChromeTrace {
  readonly displayTimeUnit: "ns";
  readonly traceEvents: readonly ChromeTraceEvent[];
}

/** How a trace is converted. */
export interface ChromeTraceOptions {
  /** Protocols whose messages are named, besides those of this package. */
  protocols?: readonly Protocol<Methods>[];
}

/** Where an instant belongs. */
type Place = Pick<ChromeTraceEvent, "pid" | "tid" | "s">;

/** Converts a trace to the Trace Event Format, record by record. */
export class ChromeTracer {
  readonly #describer: EventDescriber;
  /** By thread. */
  readonly #calls = new Map<bigint, TracedCall>();
  /** The call that the kernel is at: it causes what comes before its end. */
  #current: TracedCall | undefined;
  /** The process of JavaScript: what no guest causes comes from there. */
  #host = 0n;
  #last = 0n;

  /** @throws TypeError for an unknown option */
  constructor(options: ChromeTraceOptions = {}) {
    checkOptions(options, ["protocols"]);
    const { protocols = [] } = options;
    this.#describer = new EventDescriber(checkProtocols("options.protocols", protocols));
  }

  /** The events that a record becomes. */
  events(record: TraceRecord): ChromeTraceEvent[] {
    this.#last = record.time;
    const text = this.#describer.describe(record);
    const instants =
      text === undefined
        ? []
        : [
            this.#instant("event", text.kind, this.#place(record, text.process), {
              details: text.details,
            }),
          ];
    switch (record.type) {
      case "processCreate":
        this.#host ||= record.process;
        return [metadata("process_name", record.name, record.process)];
      case "processStart":
        return [
          metadata("thread_name", record.threadName, record.process, record.thread),
          ...instants,
        ];
      case "threadStart":
        return [metadata("thread_name", record.name, record.process, record.thread), ...instants];
      case "syscallEnter":
        return [this.#begin(new TracedCall(record))];
      case "syscallBlocked":
        this.#current = undefined;
        return [];
      case "syscallExit":
        return this.#end(record.thread, record);
      case "threadExit":
        return this.#end(record.thread);
      case "signal":
        return [this.#signal(record)];
      case "dropped": {
        // What becomes of the calls that have begun may be among them.
        const ends = this.finish();
        const place = wholeProcess(this.#host);
        const count = String(record.count);
        return [...ends, this.#instant("event", "dropped", place, { count })];
      }
      default:
        return instants;
    }
  }

  /** The ends of the calls that are still open once the last record has come. */
  finish(): ChromeTraceEvent[] {
    return [...this.#calls.keys()].flatMap((thread) => this.#end(thread));
  }

  #begin(call: TracedCall): ChromeTraceEvent {
    this.#calls.set(call.thread, call);
    this.#current = call;
    const args = Object.fromEntries(call.arguments());
    return { name: call.name, cat: "syscall", ph: "B", ...this.#at(call), args };
  }

  #end(thread: bigint, exit?: Exit): ChromeTraceEvent[] {
    const call = this.#calls.get(thread);
    if (call === undefined) {
      return [];
    }
    this.#calls.delete(thread);
    if (this.#current === call) {
      this.#current = undefined;
    }
    const outputs = exit === undefined ? [] : call.outputs(exit);
    const result = exit === undefined ? "?" : call.result(exit);
    const args = { ...Object.fromEntries(outputs), result };
    return [{ name: call.name, cat: "syscall", ph: "E", ...this.#at(call), args }];
  }

  #signal({ object, objectType, before, after }: SignalRecord): ChromeTraceEvent {
    const place = this.#current === undefined ? wholeProcess(this.#host) : onThread(this.#current);
    return this.#instant("signal", `${objectType}:${object}`, place, {
      before: signalNames(before, objectType),
      after: signalNames(after, objectType),
    });
  }

  #instant(
    cat: "event" | "signal",
    name: string,
    place: Place,
    args: ChromeTraceEvent["args"],
  ): ChromeTraceEvent {
    return { name, cat, ph: "i", ts: microseconds(this.#last), ...place, args };
  }

  /** An event is its thread's if that is known, else its process's. */
  #place(record: TraceRecord, process: bigint): Place {
    if ("thread" in record && record.thread !== 0n) {
      return onThread(record);
    }
    return this.#current?.process === process ? onThread(this.#current) : wholeProcess(process);
  }

  #at({ process, thread }: TracedCall): Pick<ChromeTraceEvent, "ts" | "pid" | "tid"> {
    return { ts: microseconds(this.#last), pid: Number(process), tid: Number(thread) };
  }
}

/**
 * Converts a whole trace to the Trace Event Format. Each beginning of a call has its end; calls that
 * never returned end with their thread.
 *
 * @throws TypeError for an unknown option
 */
export function chromeTrace(
  records: Iterable<TraceRecord>,
  options?: ChromeTraceOptions,
): ChromeTrace {
  const tracer = new ChromeTracer(options);
  const events = Array.from(records, (record) => tracer.events(record)).flat();
  return { displayTimeUnit: "ns", traceEvents: [...events, ...tracer.finish()] };
}

function metadata(
  what: "process_name" | "thread_name",
  name: string,
  process: bigint,
  thread?: bigint,
): ChromeTraceEvent {
  const tid = thread === undefined ? {} : { tid: Number(thread) };
  return { name: what, ph: "M", pid: Number(process), ...tid, args: { name } };
}

function onThread({ process, thread }: { process: bigint; thread: bigint }): Place {
  return { pid: Number(process), tid: Number(thread), s: "t" };
}

function wholeProcess(process: bigint): Place {
  return { pid: Number(process), s: "p" };
}

function microseconds(time: bigint): number {
  return Number(time) / 1000;
}
