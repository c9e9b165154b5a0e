import { hex } from "../base/text.js";
import { checkOptions } from "../base/validate.js";
import type { Methods, Protocol } from "../fidl/protocol.js";
import type { TraceRecord } from "../native/trace-record.js";
import { ByteArrows } from "./arrows.js";
import { TracedCall } from "./call.js";
import { count, EventDescriber, type EventParts, type EventText, rangeParts } from "./events.js";
import { checkProtocols } from "./messages.js";
import { signalNames } from "./names.js";

type RecordOf<T extends TraceRecord["type"]> = Extract<TraceRecord, { type: T }>;
type Transfer = RecordOf<"message" | "messageRead" | "bytesWritten" | "bytesRead">;

/**
 * An event of the Trace Event Format, which Perfetto and Chrome's tracing page load. Processes and
 * threads are named by their koids; JavaScript's thread has its process's.
 */
export interface ChromeTraceEvent {
  readonly name: string;
  /**
   * Begin and end of what a thread does; of a step of JavaScript's, which may overlap others (`b`, `e`);
   * begin, middle and end of an arrow (`s`, `t`, `f`); an instant; a counter; metadata.
   */
  readonly ph: "B" | "E" | "b" | "e" | "s" | "t" | "f" | "i" | "C" | "M";
  /** Not of counters and metadata. */
  readonly cat?: "syscall" | "transfer" | "message" | "bytes" | "host" | "event" | "signal";
  /** Of arrows: the same at all of its ends. */
  readonly id?: string;
  /** Of steps: the same at its beginning and its end. */
  readonly id2?: { readonly local: string };
  /** Of the points of arrows: they are at what the thread does, not at what it does next. */
  readonly bp?: "e";
  /** In microseconds of the kernel's monotonic clock; not of metadata. */
  readonly ts?: number;
  readonly pid: number;
  /** Not of what concerns a whole process. */
  readonly tid?: number;
  /** Of instants: whether it concerns a thread or a process. */
  readonly s?: "t" | "p";
  readonly args: EventParts;
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

/** A thread, or a whole process. */
type Place = Pick<ChromeTraceEvent, "pid" | "tid">;

/** One end of an arrow. */
type Arrow = Pick<ChromeTraceEvent, "cat" | "ph"> & { readonly id: bigint | number };

/** Converts a trace to the Trace Event Format, record by record. */
export class ChromeTracer {
  readonly #describer: EventDescriber;
  readonly #bytes = new ByteArrows();
  /** By thread. */
  readonly #calls = new Map<bigint, TracedCall>();
  /** The names of the steps that have begun. */
  readonly #steps = new Map<bigint, string>();
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
    switch (record.type) {
      case "processCreate":
        return this.#process(record);
      case "processStart":
        return [threadName(record, record.threadName), ...this.#told(record, text)];
      case "threadStart":
        return [threadName(record, record.name), ...this.#told(record, text)];
      case "syscallEnter":
        return [this.#begin(new TracedCall(record))];
      case "syscallExit":
        return this.#end(record.thread, record);
      case "threadExit":
        return this.#end(record.thread);
      case "message": {
        const arrow = { cat: "message", ph: "s", id: record.id } as const;
        return this.#transfer(record, "write message", text!.parts, [arrow]);
      }
      case "messageRead": {
        const { id, channel } = record;
        const parts = { id: Number(id), channel: `Channel:${channel}` };
        return this.#transfer(record, "read message", parts, [{ cat: "message", ph: "f", id }]);
      }
      case "bytesWritten": {
        const arrow = { cat: "bytes", ph: "s", id: this.#bytes.written(record) } as const;
        return this.#transfer(record, "write bytes", bytesParts(record, record.from), [arrow]);
      }
      case "bytesRead": {
        const arrows = this.#bytes
          .read(record)
          .map(({ id, isAll }): Arrow => ({ cat: "bytes", ph: isAll ? "f" : "t", id }));
        return this.#transfer(record, "read bytes", bytesParts(record, record.object), arrows);
      }
      case "signal": {
        const { object, objectType, before, after } = record;
        const parts = {
          before: signalNames(before, objectType),
          after: signalNames(after, objectType),
        };
        const place = this.#caller(record) ?? wholeProcess(this.#host);
        return [this.#instant("signal", `${objectType}:${object}`, place, parts)];
      }
      case "pageFault": {
        const parts = { accessed: hex(record.address), ...rangeParts(record) };
        return [this.#instant("event", "page fault", onThread(record), parts)];
      }
      case "memory": {
        const args = { bytes: count(record.bytes) };
        return [{ name: "memory", ph: "C", ts: this.#now(), ...wholeProcess(this.#host), args }];
      }
      case "stepBegin":
        this.#steps.set(record.id, record.name);
        return [this.#step("b", record.id, record.name, { details: record.details })];
      case "stepEnd":
        return this.#endStep(record.id);
      case "dropped": {
        // What becomes of the calls that have begun may be among them.
        const ends = this.finish();
        this.#bytes.forget();
        const parts = { count: record.count };
        return [...ends, this.#instant("event", "dropped", wholeProcess(this.#host), parts)];
      }
      default:
        return this.#told(record, text);
    }
  }

  /** The ends of the calls and steps that are still open once the last record has come. */
  finish(): ChromeTraceEvent[] {
    return [
      ...[...this.#calls.keys()].flatMap((thread) => this.#end(thread)),
      ...[...this.#steps.keys()].flatMap((id) => this.#endStep(id)),
    ];
  }

  #process({ process, name }: RecordOf<"processCreate">): ChromeTraceEvent[] {
    const named: ChromeTraceEvent = {
      name: "process_name",
      ph: "M",
      ...wholeProcess(process),
      args: { name },
    };
    if (this.#host !== 0n) {
      return [named];
    }
    this.#host = process;
    return [named, threadName({ process, thread: process }, "JavaScript")];
  }

  #begin(call: TracedCall): ChromeTraceEvent {
    this.#calls.set(call.thread, call);
    const args = Object.fromEntries(call.arguments());
    return this.#slice("B", "syscall", call.name, onThread(call), args);
  }

  #end(thread: bigint, exit?: RecordOf<"syscallExit">): ChromeTraceEvent[] {
    const call = this.#calls.get(thread);
    if (call === undefined) {
      return [];
    }
    this.#calls.delete(thread);
    const outputs = exit === undefined ? [] : call.outputs(exit);
    const result = exit === undefined ? "?" : call.result(exit);
    const args = { ...Object.fromEntries(outputs), result };
    return [this.#slice("E", "syscall", call.name, onThread(call), args)];
  }

  /**
   * What a thread does to messages and bytes, with ends of arrows. It has no duration of its own, and is
   * no instant all the same: viewers have arrows at what begins and ends.
   */
  #transfer(
    record: Transfer,
    name: string,
    parts: EventParts,
    arrows: readonly Arrow[],
  ): ChromeTraceEvent[] {
    const { process } = record;
    const place = onThread({ process, thread: record.thread || process });
    const ends = arrows.map(({ cat, ph, id }): ChromeTraceEvent => ({
      name: cat!,
      cat: cat!,
      ph,
      id: hex(BigInt(id)),
      ...(ph === "f" && { bp: "e" }),
      ts: this.#now(),
      ...place,
      args: {},
    }));
    return [
      this.#slice("B", "transfer", name, place, parts),
      ...ends,
      this.#slice("E", "transfer", name, place, {}),
    ];
  }

  #step(ph: "b" | "e", id: bigint, name: string, args: EventParts): ChromeTraceEvent {
    const place = onThread({ process: this.#host, thread: this.#host });
    const id2 = { local: hex(id) };
    return { name, cat: "host", ph, id2, ts: this.#now(), ...place, args };
  }

  #endStep(id: bigint): ChromeTraceEvent[] {
    const name = this.#steps.get(id);
    this.#steps.delete(id);
    return name === undefined ? [] : [this.#step("e", id, name, {})];
  }

  #told(record: TraceRecord, text: EventText | undefined): ChromeTraceEvent[] {
    return text === undefined
      ? []
      : [this.#instant("event", text.kind, this.#place(record, text.process), text.parts)];
  }

  #slice(
    ph: "B" | "E",
    cat: "syscall" | "transfer",
    name: string,
    place: Place,
    args: EventParts,
  ): ChromeTraceEvent {
    return { name, cat, ph, ts: this.#now(), ...place, args };
  }

  #instant(
    cat: "event" | "signal",
    name: string,
    place: Place,
    args: EventParts,
  ): ChromeTraceEvent {
    const s = place.tid === undefined ? "p" : "t";
    return { name, cat, ph: "i", ts: this.#now(), ...place, s, args };
  }

  /** An event is its thread's if that is known, else its process's. */
  #place(record: TraceRecord, process: bigint): Place {
    if ("thread" in record && record.thread !== 0n) {
      return onThread(record);
    }
    const caller = this.#caller(record);
    return caller?.pid === Number(process) ? caller : wholeProcess(process);
  }

  /** The thread in whose call something has happened. */
  #caller({ caller }: TraceRecord): Place | undefined {
    const call = this.#calls.get(caller);
    return call === undefined ? undefined : onThread(call);
  }

  #now(): number {
    return Number(this.#last) / 1000;
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

function threadName(
  { process, thread }: { process: bigint; thread: bigint },
  name: string,
): ChromeTraceEvent {
  return { name: "thread_name", ph: "M", ...onThread({ process, thread }), args: { name } };
}

function bytesParts(
  { objectType, position, length }: RecordOf<"bytesWritten" | "bytesRead">,
  object: bigint,
): EventParts {
  return { object: `${objectType}:${object}`, position: count(position), bytes: count(length) };
}

function onThread({ process, thread }: { process: bigint; thread: bigint }): Place {
  return { pid: Number(process), tid: Number(thread) };
}

function wholeProcess(process: bigint): Place {
  return { pid: Number(process) };
}
