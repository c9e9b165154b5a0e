import { decode } from "../base/strings.js";
import { hex } from "../base/text.js";
import type { TracedObject, TraceRecord } from "../native/trace-record.js";
import { TracedCall } from "../trace/call.js";
import { EventDescriber } from "../trace/events.js";
import type {
  MemorySample,
  ReportedCall,
  ReportedEvent,
  ReportedMessage,
  ReportedOutput,
  ReportedProcess,
  ReportedRead,
  ReportedRun,
  ReportedStep,
  ReportedThread,
} from "./document.js";
import { Kept } from "./kept.js";

/** How many of each kind are kept, if there are so many. */
const MOST = 200_000;
/** Bytes of a message that are kept. */
const BYTES = 512;

type Record<T extends TraceRecord["type"]> = Extract<TraceRecord, { type: T }>;

/** What a call has caused: which one it is in the document is known at the end only. */
type Caused<T> = Omit<T, "call"> & { cause: Call | undefined };
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A call that has begun. */
interface Call {
  readonly traced: TracedCall;
  readonly reported: Writable<ReportedCall>;
  /** The object that it is about. */
  readonly object: TracedObject | undefined;
}

/** A message, and who has read it. */
type Message = Omit<Caused<ReportedMessage>, "read"> & { reader?: Caused<ReportedRead> };

/** Makes the part of a report about the run, record by record. */
export class RunRecorder {
  readonly #describer = new EventDescriber([]);
  readonly #calls = new Kept<Call>(MOST);
  readonly #messages = new Kept<Message>(MOST);
  readonly #events = new Kept<Caused<ReportedEvent>>(MOST);
  readonly #output = new Kept<Caused<ReportedOutput>>(MOST);
  readonly #memory = new Kept<MemorySample>(MOST);
  readonly #processes: Writable<ReportedProcess>[] = [];
  readonly #threads: Writable<ReportedThread>[] = [];
  readonly #processOf = new Map<bigint, number>();
  /** By process and thread: what no thread of a process does is done by its thread 0. */
  readonly #threadOf = new Map<string, number>();
  /** Calls that have not returned, by thread. */
  readonly #open = new Map<bigint, Call>();
  /** Messages that nobody has read, by their ids, the newest: nobody need ever read them. */
  readonly #unread = new Map<bigint, Message>();
  readonly #steps = new Kept<Writable<ReportedStep>>(MOST);
  /** Steps that JavaScript is at. */
  readonly #openSteps = new Map<bigint, Writable<ReportedStep>>();
  /** The sockets that are file descriptors 1 and 2, by the koids of the program's ends. */
  readonly #streams: ReadonlyMap<bigint, "stdout" | "stderr">;
  #begin: bigint | undefined;
  #last = 0;
  #dropped = 0;

  /** @param streams the sockets that are file descriptors 1 and 2; it grows as they become known */
  constructor(streams: ReadonlyMap<bigint, "stdout" | "stderr">) {
    this.#streams = streams;
  }

  /** Takes the next record. */
  add(record: TraceRecord): void {
    this.#begin ??= record.time;
    const at = Number(record.time - this.#begin);
    this.#last = at;
    const event = this.#describer.describe(record);
    switch (record.type) {
      case "processCreate":
        this.#processOf.set(record.process, this.#processes.length);
        this.#processes.push({ koid: hex(record.process), name: record.name, at });
        break;
      case "syscallEnter":
        this.#enter(record, at);
        break;
      case "syscallBlocked":
        this.#blocked(record.thread);
        break;
      case "syscallExit":
        this.#exit(record, at);
        break;
      case "message":
        this.#message(record, at, event?.details ?? "");
        break;
      case "messageRead":
        this.#read(record, at);
        break;
      case "memory":
        this.#memory.push({ at, bytes: Number(record.bytes) });
        break;
      case "stepBegin": {
        const step = { name: record.name, details: record.details, at, took: null };
        this.#steps.push(step);
        this.#openSteps.set(record.id, step);
        break;
      }
      case "stepEnd": {
        const step = this.#openSteps.get(record.id);
        if (step !== undefined) step.took = at - step.at;
        this.#openSteps.delete(record.id);
        break;
      }
      case "processStart":
        this.#thread(record.process, record.thread, record.threadName, at);
        this.#event("start", record, at, event?.details ?? "");
        break;
      case "threadStart":
        this.#thread(record.process, record.thread, record.name, at);
        this.#event("thread", record, at, event?.details ?? "");
        break;
      case "threadExit":
        this.#threadExit(record, at);
        break;
      case "exception":
        this.#event("crash", record, at, event?.details ?? "");
        break;
      case "processExit":
        this.#processExit(record, at);
        break;
      case "map":
      case "unmap":
      case "protect":
        this.#event(record.type, record, at, event?.details ?? "", {
          base: hex(record.base),
          size: hex(record.length),
          ...(record.type !== "unmap" && { permissions: record.permissions }),
        });
        break;
      case "dropped":
        this.#dropped += record.count;
        this.#giveUp();
        this.#unread.clear();
        break;
    }
  }

  /** What happened, once the last record has come. */
  finish(): ReportedRun {
    this.#giveUp();
    const places = new Map(this.#calls.items.map((call, index) => [call, index]));
    const caused = <T extends { cause: Call | undefined }>({ cause, ...rest }: T) => {
      const call = cause && places.get(cause);
      return { ...rest, ...(call !== undefined && { call }) };
    };
    return {
      duration: this.#last,
      steps: this.#steps.items,
      processes: this.#processes,
      threads: this.#threads,
      calls: this.#calls.items.map(({ reported }) => reported),
      messages: this.#messages.items.map(({ reader, ...message }) => ({
        ...caused(message),
        ...(reader && { read: caused(reader) }),
      })),
      events: this.#events.items.map(caused),
      output: this.#output.items.map(caused),
      memory: this.#memory.items,
      omitted: {
        calls: this.#calls.omitted,
        messages: this.#messages.omitted,
        events: this.#events.omitted,
        output: this.#output.omitted,
        steps: this.#steps.omitted,
        samples: this.#memory.omitted,
      },
      dropped: this.#dropped,
    };
  }

  #enter(record: Record<"syscallEnter">, at: number): void {
    const traced = new TracedCall(record);
    const call: Call = {
      traced,
      object: record.known.find(({ index }) => index === 0)?.objects[0],
      reported: {
        thread: this.#threadAt(record.process, record.thread, at),
        name: traced.name,
        at,
        took: null,
        args: [],
        result: "?",
      },
    };
    this.#open.set(record.thread, call);
    this.#calls.push(call);
    this.#writes(record, call, at);
  }

  #blocked(thread: bigint): void {
    const call = this.#open.get(thread);
    if (call !== undefined) call.reported.blocked = true;
  }

  #exit(record: Record<"syscallExit">, at: number): void {
    const call = this.#open.get(record.thread);
    if (call === undefined) return;
    this.#open.delete(record.thread);
    const { reported, traced } = call;
    reported.took = at - reported.at;
    reported.args = traced.arguments(record);
    reported.result = traced.result(record);
  }

  /** A call does not return with its thread. */
  #threadExit({ process, thread }: Record<"threadExit">, at: number): void {
    this.#threads[this.#threadAt(process, thread, at)]!.end = at;
    const call = this.#open.get(thread);
    if (call !== undefined) call.reported.args = call.traced.arguments();
    this.#open.delete(thread);
  }

  /** Of calls that have not returned nothing more comes: only what went into them is known. */
  #giveUp(): void {
    for (const { reported, traced } of this.#open.values()) reported.args = traced.arguments();
    this.#open.clear();
  }

  /** What a call writes to the program's outputs. */
  #writes({ name, args, known }: Record<"syscallEnter">, call: Call, at: number): void {
    const stream = this.#streamOf(name, call.object);
    if (stream === undefined) return;
    // Where a call has a buffer, its size follows.
    const buffer = known.find(({ bytes }) => bytes.length > 0);
    if (buffer === undefined) return;
    const size = Number(args[buffer.index + 1] ?? 0n);
    const text = decode(buffer.bytes);
    this.#output.push({ at, stream, text, size, cause: call });
  }

  #streamOf(name: string | undefined, object: TracedObject | undefined) {
    switch (name) {
      case "socket_write":
        return object && this.#streams.get(object.koid);
      case "debuglog_write":
      case "debug_write":
        return "log";
      default:
        return undefined;
    }
  }

  #message(record: Record<"message">, at: number, what: string): void {
    const message: Message = {
      at,
      thread: this.#threadAt(record.process, record.thread, at),
      cause: this.#open.get(record.caller),
      from: hex(record.from),
      to: hex(record.to),
      what,
      size: record.bytes.length,
      bytes: Buffer.from(record.bytes.subarray(0, BYTES)).toString("hex"),
    };
    this.#messages.push(message);
    this.#unread.set(record.id, message);
    if (this.#unread.size > MOST) {
      const [oldest] = this.#unread.keys();
      this.#unread.delete(oldest!);
    }
  }

  #read({ id, process, thread, caller }: Record<"messageRead">, at: number): void {
    const message = this.#unread.get(id);
    if (message === undefined) return;
    this.#unread.delete(id);
    // A call that waits is answered in somebody else's.
    const cause = this.#open.get(thread) ?? this.#open.get(caller);
    message.reader = { at, thread: this.#threadAt(process, thread, at), cause };
  }

  #event(
    kind: ReportedEvent["kind"],
    { process, caller }: { process: bigint; caller: bigint },
    at: number,
    what: string,
    range: Pick<ReportedEvent, "base" | "size" | "permissions"> = {},
  ): void {
    const index = this.#processOf.get(process) ?? 0;
    this.#events.push({ at, kind, process: index, cause: this.#open.get(caller), what, ...range });
  }

  #processExit(record: Record<"processExit">, at: number): void {
    const { process, returnCode } = record;
    this.#event("exit", record, at, String(returnCode));
    const ended = this.#processes[this.#processOf.get(process) ?? -1];
    if (ended === undefined) return;
    ended.end = at;
    ended.returnCode = String(returnCode);
  }

  #thread(process: bigint, thread: bigint, name: string, at: number): void {
    this.#threadOf.set(`${process}/${thread}`, this.#threads.length);
    const place = this.#processOf.get(process) ?? 0;
    this.#threads.push({ koid: hex(thread), name, process: place, at });
  }

  #threadAt(process: bigint, thread: bigint, at: number): number {
    const key = `${process}/${thread}`;
    if (!this.#threadOf.has(key)) this.#thread(process, thread, "", at);
    return this.#threadOf.get(key)!;
  }
}
