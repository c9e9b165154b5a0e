import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { styleText } from "node:util";

import type { TraceRecord, TraceStyle } from "../../lib/trace/index.js";
import { hostPath } from "../base/host-path.js";
import { stderr } from "./standard-output.js";
import type { TraceOption } from "./trace-option.js";

/** Where the trace of a command goes. */
export interface TraceOutput {
  /** Takes records as they come. */
  write(records: readonly TraceRecord[]): void;
  /** The last record has come. Throws if something could not be written. */
  close(): void;
}

/** Opens what `--trace` asks for. */
export function openTrace(option: TraceOption): Promise<TraceOutput> {
  return option === true ? openText() : openFile(option);
}

const COLOURS = { event: "cyan", failure: "red", time: "gray" } as const;

/** The trace as text, on standard error. */
async function openText(): Promise<TraceOutput> {
  const { TraceFormatter } = await import("../trace/format.js");
  const formatter = new TraceFormatter({
    style: (style: TraceStyle, text) => styleText(COLOURS[style], text, { stream: stderr.stream }),
  });
  return {
    write: (records) => print(records.flatMap((record) => formatter.format(record))),
    close: () => print(formatter.finish()),
  };
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) stderr.write(`${lines.join("\n")}\n`);
}

/** The trace in the Trace Event Format, one event on a line. */
async function openFile(file: string): Promise<TraceOutput> {
  const { ChromeTracer } = await import("../trace/chrome.js");
  const tracer = new ChromeTracer();
  const document = new JsonList(openSync(hostPath(file), "w"));
  return {
    write: (records) => document.append(records.flatMap((record) => tracer.events(record))),
    close() {
      document.append(tracer.finish());
      document.close();
    },
  };
}

const BEGIN = '{"displayTimeUnit":"ns","traceEvents":[';
const END = "\n]}\n";

/**
 * A document that ends in a list. In a file it is whole after each write, whatever becomes of this
 * process: what is appended takes the place of the list's end, and brings a new one. A pipe gets the
 * end when the list is closed.
 */
class JsonList {
  readonly #descriptor: number;
  readonly #isFile: boolean;
  /** Where in a file the list's end is. */
  #end = 0;
  #separator = "\n";
  #failure: unknown;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#isFile = fstatSync(descriptor).isFile();
    this.#write(BEGIN);
  }

  append(items: readonly object[]): void {
    if (items.length === 0) return;
    this.#write(this.#separator + items.map((item) => JSON.stringify(item)).join(",\n"));
    this.#separator = ",\n";
  }

  /** Throws if something could not be written: whoever runs the program learns of it at the end. */
  close(): void {
    try {
      if (!this.#isFile) this.#write(END);
    } finally {
      closeSync(this.#descriptor);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #write(text: string): void {
    if (this.#failure !== undefined) return;
    try {
      if (this.#isFile) {
        writeAll(this.#descriptor, Buffer.from(text + END), this.#end);
        this.#end += Buffer.byteLength(text);
      } else {
        writeAll(this.#descriptor, Buffer.from(text), null);
      }
    } catch (error) {
      this.#failure = error;
      if (this.#isFile) this.#cutOff();
    }
  }

  /** Takes back what was only partly written. */
  #cutOff(): void {
    try {
      ftruncateSync(this.#descriptor, this.#end);
      writeAll(this.#descriptor, Buffer.from(END), this.#end);
    } catch {
      // The first failure is the one to tell of.
    }
  }
}

/** Writes all of something, if in several pieces: at a place in a file, or after what came before. */
function writeAll(descriptor: number, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length;) {
    const at = position === null ? null : position + done;
    done += writeSync(descriptor, bytes, done, bytes.length - done, at);
  }
}
