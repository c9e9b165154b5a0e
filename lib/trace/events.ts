import { hex, permissions, quoted } from "../base/text.js";
import type { Methods, Protocol } from "../fidl/protocol.js";
import type { TraceRecord } from "../native/trace-record.js";
import { AddressSpaces } from "./address-spaces.js";
import { MessageDescriber } from "./messages.js";
import { Tasks } from "./tasks.js";
import { formatObject } from "./values.js";

/** What happened besides system calls, in words. */
export interface EventText {
  readonly process: bigint;
  /** One word. */
  readonly kind: string;
  readonly details: string;
  /** The same, part by part. */
  readonly parts: EventParts;
}

/** What an event is about, by name. */
export type EventParts = Readonly<Record<string, string | number>>;

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
        const parts = {
          ...rangeParts(record),
          permissions: permissions(record.permissions),
          name: record.vmoName,
          offset: hex(record.vmoOffset),
          vmo: `Vmo:${record.vmo}`,
          vmar: `Vmar:${record.vmar}`,
        };
        const offset = record.vmoOffset === 0n ? "" : ` + ${parts.offset}`;
        const what = `${parts.permissions} ${quoted(record.vmoName)}${offset} ${parts.vmo}`;
        return event(record, "map", `${range(record)} ${what}`, parts);
      }
      case "unmap": {
        const names = this.#names(record);
        this.#spaces.unmap(record);
        const parts = { ...rangeParts(record), names };
        return event(record, "unmap", `${range(record)}${spaced(names)}`, parts);
      }
      case "protect": {
        const parts = {
          ...rangeParts(record),
          permissions: permissions(record.permissions),
          names: this.#names(record),
        };
        const what = `${parts.permissions}${spaced(parts.names)}`;
        return event(record, "protect", `${range(record)} ${what}`, parts);
      }
      case "message": {
        const parts = {
          id: Number(record.id),
          from: `Channel:${record.from}`,
          to: `Channel:${record.to}`,
          message: this.#messages.describe(record),
          bytes: record.bytes.length,
          handles: record.handles.map(formatObject).join(", "),
        };
        const details = `${parts.from} -> ${parts.to} ${parts.message}`;
        return event(record, "message", details, parts);
      }
      case "processStart":
        return event(record, "start", start(record), startParts(record));
      case "threadStart": {
        const thread = this.tasks.thread(record.process, record.thread);
        const parts = { thread, ...startParts(record) };
        return event(record, "thread", `${thread} ${start(record)}`, parts);
      }
      case "exception": {
        const parts = {
          exception: record.exceptionName,
          thread: this.tasks.thread(record.process, record.thread),
          pc: hex(record.pc),
          address: hex(record.faultAddress),
        };
        const where = `at pc ${parts.pc}, address ${parts.address}`;
        return event(record, "crash", `${parts.exception} in ${parts.thread} ${where}`, parts);
      }
      case "processExit": {
        this.#spaces.forget(record.process);
        const returnCode = String(record.returnCode);
        return event(record, "exit", returnCode, { returnCode });
      }
      default:
        return undefined;
    }
  }

  /** The names of what is mapped in a range. */
  #names(record: Extract<TraceRecord, { type: "unmap" | "protect" }>): string {
    return this.#spaces.names(record).map(quoted).join(" ");
  }
}

function event(
  { process }: { process: bigint },
  kind: string,
  details: string,
  parts: EventParts,
): EventText {
  return { process, kind, details, parts };
}

/** Words after others, if there are any. */
function spaced(words: string): string {
  return words === "" ? "" : ` ${words}`;
}

function range({ base, length }: { base: bigint; length: bigint }): string {
  return `${hex(base)}..${hex(base + length)}`;
}

/** Where something is, and its bytes. */
export function rangeParts({ base, length }: { base: bigint; length: bigint }) {
  return { address: hex(base), size: count(length) };
}

/** A number of things: as text, if it is so large that JSON's readers would round it. */
export function count(value: bigint): string | number {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
}

function startParts({ entry, stack }: { entry: bigint; stack: bigint }) {
  return { entry: hex(entry), stack: hex(stack) };
}

function start({ entry, stack }: { entry: bigint; stack: bigint }): string {
  return `entry ${hex(entry)}, stack ${hex(stack)}`;
}
