import { printable } from "../base/text.js";
import type { TraceRecord } from "../native/trace-record.js";

/** The names of processes and threads, as far as the trace has told. */
export class Tasks {
  readonly #processes = new Map<bigint, string>();
  readonly #threads = new Map<bigint, string>();

  /** Learns from a record. */
  follow(record: TraceRecord): void {
    switch (record.type) {
      case "processCreate":
        this.#processes.set(record.process, record.name);
        break;
      case "processStart":
        this.#threads.set(record.thread, record.threadName);
        break;
      case "threadStart":
        this.#threads.set(record.thread, record.name);
        break;
    }
  }

  /** Whether more than one thread has been started. */
  get several(): boolean {
    return this.#threads.size > 1;
  }

  /** A process's name; the empty string if there is none. */
  processName(koid: bigint): string {
    return this.#processes.get(koid) ?? "";
  }

  /** `hello:1033` */
  process(koid: bigint): string {
    return `${printable(this.processName(koid))}:${koid}`;
  }

  /** `hello/initial-thread:1035` */
  thread(process: bigint, koid: bigint): string {
    const names = [this.processName(process), this.#threads.get(koid) ?? ""];
    return `${names.map(printable).join("/")}:${koid}`;
  }
}
