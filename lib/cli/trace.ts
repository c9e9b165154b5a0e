import { closeSync, openSync, writeSync } from "node:fs";
import { styleText } from "node:util";

import type { TraceRecord, TraceStyle } from "../../lib/trace/index.js";
import { hostPath } from "../base/host-path.js";
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
    style: (style: TraceStyle, text) => styleText(COLOURS[style], text, { stream: process.stderr }),
  });
  return {
    write: (records) => print(records.flatMap((record) => formatter.format(record))),
    close: () => print(formatter.finish()),
  };
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stderr.write(`${lines.join("\n")}\n`);
}

/** The trace in the Trace Event Format, one event on a line. */
async function openFile(file: string): Promise<TraceOutput> {
  const { ChromeTracer } = await import("../trace/chrome.js");
  const tracer = new ChromeTracer();
  const descriptor = openSync(hostPath(file), "w");
  let separator = "\n";
  let failure: unknown;
  const attempt = (text: string) => {
    if (failure !== undefined) return;
    try {
      writeSync(descriptor, text);
    } catch (error) {
      // Whoever runs the program learns of it when it has ended.
      failure = error;
    }
  };
  const append = (events: readonly object[]) => {
    if (events.length === 0) return;
    attempt(separator + events.map((event) => JSON.stringify(event)).join(",\n"));
    separator = ",\n";
  };
  attempt('{"displayTimeUnit":"ns","traceEvents":[');
  return {
    write: (records) => append(records.flatMap((record) => tracer.events(record))),
    close() {
      append(tracer.finish());
      attempt("\n]}\n");
      closeSync(descriptor);
      if (failure !== undefined) throw failure;
    },
  };
}
