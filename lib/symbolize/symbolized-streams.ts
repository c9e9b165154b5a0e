import type { CrashReport } from "../zx/report.js";
import { Symbolizer, type SymbolizedOutput } from "./symbolizer.js";

/** Where a program's output goes in the end. */
export interface OutputPair {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** A program's outputs, on both of which markup is replaced. */
export class SymbolizedStreams implements OutputPair {
  readonly stdout: SymbolizedOutput;
  readonly stderr: SymbolizedOutput;
  readonly #symbolizer: Symbolizer;

  /** As {@link Symbolizer} has it. */
  constructor(streams: OutputPair, places: readonly string[], trim: boolean) {
    this.#symbolizer = new Symbolizer(places, trim);
    this.stdout = this.#symbolizer.output(streams.stdout);
    this.stderr = this.#symbolizer.output(streams.stderr);
  }

  /**
   * The program has ended, and all that it has written has come: writes what is held. For one that
   * has crashed, returns lines about where.
   */
  async finish(crashReport: CrashReport | undefined): Promise<string[]> {
    await Promise.all([this.stdout.finish(), this.stderr.finish()]);
    const functions = crashReport && (await this.#symbolizer.locate(crashReport));
    return (functions ?? []).map((line) => `  in ${line}`);
  }
}
