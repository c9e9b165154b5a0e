import { InvalidArgumentError, Option } from "commander";

import type { TraceBuffer } from "../native/trace-record.js";
import { size } from "./amounts.js";
import type { EqualsCommand } from "./equals-command.js";

/** What `--trace` was given: nothing, or the file of `--trace=FILE`. */
export type TraceOption = true | string;

/** What the other options say of a trace. */
export interface TraceBufferOptions {
  traceOverflow: "wait" | "drop";
  traceCapacity?: number | undefined;
}

/** The buffer that the options ask for. */
export function traceBufferOf({ traceOverflow, traceCapacity }: TraceBufferOptions): TraceBuffer {
  const capacity = traceCapacity === undefined ? {} : { capacity: traceCapacity };
  return { overflow: traceOverflow, ...capacity };
}

function capacity(value: string): number {
  const bytes = size(value);
  if (bytes < 4096n || bytes >= 2n ** 31n) {
    throw new InvalidArgumentError("It is at least 4K, and less than 2G.");
  }
  return Number(bytes);
}

/** Gives a command `--trace` and `--trace=FILE`, and what goes with them. */
export function addTraceOptions<C extends EqualsCommand>(command: C): C {
  return command
    .equalsOption(
      "trace",
      "tell of every system call on standard error; --trace=<file> writes a file for Perfetto",
      { name: "file", parse: (file) => file },
    )
    .addOption(
      new Option("--trace-overflow <action>", "when more is traced than can be written")
        .choices(["wait", "drop"])
        .default("wait", "wait: hold the program back"),
    )
    .option("--trace-capacity <size>", "bytes to keep until they are written: 1M", capacity);
}
