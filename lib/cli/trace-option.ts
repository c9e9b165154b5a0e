import { Command, InvalidArgumentError, Option, type ParseOptionsResult } from "commander";

import type { TraceBuffer } from "../native/trace-record.js";
import { size } from "./amounts.js";

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

/**
 * A command with `--trace` and `--trace=FILE`. An optional value of commander's own would be the
 * next argument, which here is the program.
 */
export class TraceCommand extends Command {
  constructor(name: string) {
    super(name);
    this.option(
      "--trace",
      "tell of every system call on standard error; --trace=<file> writes a file for Perfetto",
    );
    this.addOption(
      new Option("--trace-overflow <action>", "when more is traced than can be written")
        .choices(["wait", "drop"])
        .default("wait", "wait: hold the program back"),
    );
    this.option("--trace-capacity <size>", "bytes to keep until they are written: 1M", capacity);
  }

  override parseOptions(args: string[]): ParseOptionsResult {
    const result = super.parseOptions(args);
    // What is not known comes first, with everything after it.
    const [first = "", ...rest] = result.unknown;
    const file = /^--trace=(.*)$/s.exec(first)?.[1];
    if (file === undefined) {
      return result;
    }
    if (file === "") {
      this.error("error: option '--trace=<file>' argument missing");
    }
    this.setOptionValueWithSource("trace", file, "cli");
    return this.parseOptions(rest);
  }
}
