import { checkFunction, checkOptions } from "../base/validate.js";
import type { Methods, Protocol } from "../fidl/protocol.js";
import type { TraceRecord } from "../native/trace-record.js";
import { type Argument, TracedCall } from "./call.js";
import { EventDescriber, type EventText } from "./events.js";
import { checkProtocols } from "./messages.js";
import { formatDuration } from "./values.js";

type Exit = Extract<TraceRecord, { type: "syscallExit" }>;

/** Where results stand, unless what is before them is longer. */
const RESULT_COLUMN = 60;
/** Characters of the word for an event, at most. */
const KIND_WIDTH = 7;

/** A part of a line that may get a colour. */
export type TraceStyle = "event" | "failure" | "time";

/** How a trace is written. */
export interface FormatTraceOptions {
  /** Protocols whose messages are named, besides those of this package. */
  protocols?: readonly Protocol<Methods>[];
  /** Gives a part of a line its colour; by default lines are plain text. */
  style?: (style: TraceStyle, text: string) => string;
}

/**
 * Writes a trace as text: a line for each system call, once it has returned or begun to wait, and
 * lines that begin with `--` for whatever else happens, after the call that caused it.
 */
export class TraceFormatter {
  readonly #events: EventDescriber;
  readonly #style: (style: TraceStyle, text: string) => string;
  /** By thread. */
  readonly #calls = new Map<bigint, TracedCall>();
  /** The call that the kernel is at. */
  #current: TracedCall | undefined;
  /** Lines that come after that call's. */
  #held: string[] = [];

  constructor(options: FormatTraceOptions = {}) {
    checkOptions(options, ["protocols", "style"]);
    const { protocols = [], style = (_style, text) => text } = options;
    checkFunction("options.style", style);
    this.#events = new EventDescriber(checkProtocols("options.protocols", protocols));
    this.#style = style;
  }

  /** The lines that a record completes. */
  format(record: TraceRecord): string[] {
    const event = this.#events.describe(record);
    if (event !== undefined) {
      return this.#tell(this.#eventLine(event));
    }
    switch (record.type) {
      case "syscallEnter":
        this.#current = new TracedCall(record);
        this.#calls.set(record.thread, this.#current);
        return [];
      case "syscallNotImplemented": {
        const call = this.#calls.get(record.thread);
        if (call !== undefined) {
          call.implemented = false;
        }
        return [];
      }
      case "syscallBlocked":
        return this.#blocked(record.thread);
      case "syscallExit":
        return this.#ended(record.thread, record.time, record);
      case "threadExit":
        return this.#ended(record.thread, record.time, undefined);
      case "dropped":
        return this.#dropped(record.count);
      default:
        return [];
    }
  }

  /** The lines that are left once the last record has come. */
  finish(): string[] {
    return this.#current === undefined ? [] : this.#blocked(this.#current.thread);
  }

  /** Of calls that have begun, nothing may be known any more. */
  #dropped(count: number): string[] {
    const lines = this.finish();
    this.#calls.clear();
    const what = count === 1 ? "1 record is" : `${count} records are`;
    return [...lines, this.#style("failure", `-- ${what} missing`)];
  }

  #blocked(thread: bigint): string[] {
    const call = this.#calls.get(thread);
    if (call === undefined) {
      return [];
    }
    call.blocked = true;
    const text = `${call.name}(${list(call.arguments())} <unfinished ...>`;
    return this.#tell(this.#callLine(call, text), call);
  }

  /** A call returns, or with its thread it does not. */
  #ended(thread: bigint, time: bigint, exit: Exit | undefined): string[] {
    const call = this.#calls.get(thread);
    if (call === undefined) {
      return [];
    }
    this.#calls.delete(thread);
    let text;
    if (call.blocked) {
      const outputs = exit === undefined ? [] : call.outputs(exit);
      text = `<... ${call.name} resumed>${outputs.length === 0 ? "" : ` ${list(outputs)}`})`;
    } else {
      text = `${call.name}(${list(call.arguments(exit))})`;
    }
    const took = this.#style("time", `<${formatDuration(time - call.time)}>`);
    const line = `${text.padEnd(RESULT_COLUMN)} = ${this.#result(call, exit)} ${took}`;
    return this.#tell(this.#callLine(call, line), call);
  }

  #result(call: TracedCall, exit: Exit | undefined): string {
    if (exit === undefined) {
      return "?";
    }
    const result = call.result(exit);
    const failed = result.startsWith("ZX_ERR_") ? this.#style("failure", result) : result;
    return call.implemented ? failed : `${failed} (not implemented)`;
  }

  #callLine(call: TracedCall, text: string): string {
    const { tasks } = this.#events;
    return tasks.several ? `[${tasks.thread(call.process, call.thread)}] ${text}` : text;
  }

  #eventLine({ process, kind, details }: EventText): string {
    const style = kind === "crash" ? "failure" : "event";
    const who = this.#events.tasks.process(process);
    return this.#style(style, `-- ${who} ${kind.padEnd(KIND_WIDTH)} ${details}`);
  }

  /** A line, in its place: what a call causes comes after it. */
  #tell(line: string, call?: TracedCall): string[] {
    if (this.#current === undefined) {
      return [line];
    }
    if (call !== this.#current) {
      this.#held.push(line);
      return [];
    }
    const lines = [line, ...this.#held];
    this.#current = undefined;
    this.#held = [];
    return lines;
  }
}

/**
 * Writes a whole trace as text: see {@link TraceFormatter}.
 *
 * @throws TypeError for an unknown option
 *
 * @example
 * ```ts
 * import { run } from "zirconia";
 * import { formatTrace, type TraceRecord } from "zirconia/trace";
 *
 * const records: TraceRecord[] = [];
 * await run("guest/out/hello", [], { trace: (batch) => void records.push(...batch) });
 * console.log(formatTrace(records).join("\n"));
 * ```
 */
export function formatTrace(
  records: Iterable<TraceRecord>,
  options?: FormatTraceOptions,
): string[] {
  const formatter = new TraceFormatter(options);
  const lines = Array.from(records, (record) => formatter.format(record)).flat();
  return [...lines, ...formatter.finish()];
}

function list(args: readonly Argument[]): string {
  return args.map(([name, text]) => `${name}=${text}`).join(", ");
}
