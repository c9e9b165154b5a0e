import { Command, type ParseOptionsResult } from "commander";

/** What `--trace` was given: nothing, or the file of `--trace=FILE`. */
export type TraceOption = true | string;

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
