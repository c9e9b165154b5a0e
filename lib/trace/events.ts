import { hex, permissions, quoted } from "../base/text.js";
import type { Methods, Protocol } from "../fidl/protocol.js";
import type { TraceRecord } from "../native/trace-record.js";
import { AddressSpaces } from "./address-spaces.js";
import { MessageDescriber } from "./messages.js";
import { Tasks } from "./tasks.js";

/** What happened besides system calls, in words. */
export interface EventText {
  readonly process: bigint;
  /** One word. */
  readonly kind: string;
  readonly details: string;
}

/** Follows a trace, and says what its events are about. */
export class EventDescriber {
  readonly tasks = new Tasks();
  readonly #spaces = new AddressSpaces();
  readonly #messages: MessageDescriber;

  constructor(protocols: readonly Protocol<Methods>[]) {
    this.#messages = new MessageDescriber(protocols);
  }

  /** Learns from a record; what it tells, unless it is about a system call, a signal or a name. */
  describe(record: TraceRecord): EventText | undefined {
    this.tasks.follow(record);
    switch (record.type) {
      case "map": {
        this.#spaces.map(record);
        const offset = record.vmoOffset === 0n ? "" : ` + ${hex(record.vmoOffset)}`;
        const what = `${permissions(record.permissions)} ${quoted(record.vmoName)}${offset}`;
        return event(record, "map", `${range(record)} ${what} Vmo:${record.vmo}`);
      }
      case "unmap": {
        const names = this.#names(record);
        this.#spaces.unmap(record);
        return event(record, "unmap", `${range(record)}${names}`);
      }
      case "protect": {
        const what = `${permissions(record.permissions)}${this.#names(record)}`;
        return event(record, "protect", `${range(record)} ${what}`);
      }
      case "message": {
        const ends = `Channel:${record.from} -> Channel:${record.to}`;
        return event(record, "message", `${ends} ${this.#messages.describe(record)}`);
      }
      case "processStart":
        return event(record, "start", start(record));
      case "threadStart": {
        const who = this.tasks.thread(record.process, record.thread);
        return event(record, "thread", `${who} ${start(record)}`);
      }
      case "exception": {
        const who = this.tasks.thread(record.process, record.thread);
        const where = `at pc ${hex(record.pc)}, address ${hex(record.faultAddress)}`;
        return event(record, "crash", `${record.exceptionName} in ${who} ${where}`);
      }
      case "processExit":
        this.#spaces.forget(record.process);
        return event(record, "exit", String(record.returnCode));
      default:
        return undefined;
    }
  }

  #names(record: Extract<TraceRecord, { type: "unmap" | "protect" }>): string {
    return this.#spaces
      .names(record)
      .map((name) => ` ${quoted(name)}`)
      .join("");
  }
}

function event({ process }: { process: bigint }, kind: string, details: string): EventText {
  return { process, kind, details };
}

function range({ base, length }: { base: bigint; length: bigint }): string {
  return `${hex(base)}..${hex(base + length)}`;
}

function start({ entry, stack }: { entry: bigint; stack: bigint }): string {
  return `entry ${hex(entry)}, stack ${hex(stack)}`;
}
