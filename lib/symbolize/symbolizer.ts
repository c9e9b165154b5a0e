import { Writable } from "node:stream";
import { callbackify } from "node:util";

import { pathBytes } from "../base/host-path.js";
import { encode, packBytes } from "../base/strings.js";
import { native } from "../native/native.js";
import type { CrashReport } from "../zx/report.js";

type NativeFilter = InstanceType<typeof native.NativeMarkupFilter>;

const OPENING = "{".charCodeAt(0);

/**
 * Makes functions, files and lines of the addresses that one program prints as symbolizer markup. ELF
 * files are read when they are needed, and known by their build IDs.
 */
export class Symbolizer {
  readonly #native: InstanceType<typeof native.NativeSymbolizer>;
  readonly #trim: boolean;

  /**
   * @param places paths of files, and of directories in which libraries are by their names
   * @param trim whether a backtrace is shown without the runtime's own frames
   */
  constructor(places: readonly string[], trim: boolean) {
    this.#native = new native.NativeSymbolizer(packBytes(places.map(pathBytes)));
    this.#trim = trim;
  }

  /** What a program is given in place of a stream. */
  output(stream: NodeJS.WritableStream): SymbolizedOutput {
    return new SymbolizedOutput(stream, this.#native.filter(this.#trim));
  }

  /** Where a program has crashed: a line for each function. Nothing if that is not known. */
  async locate({ maps, registers }: CrashReport): Promise<string[]> {
    const pc = registers.rip;
    for (const line of maps) {
      if (line.type === "mapping" && line.base <= pc && pc < line.base + line.size) {
        return this.#native.locate(encode(line.name), pc - line.base + line.vmoOffset);
      }
    }
    return [];
  }
}

/** A stream in which markup is replaced. What is no markup passes at once. */
export class SymbolizedOutput extends Writable {
  readonly #stream: NodeJS.WritableStream;
  readonly #filter: NativeFilter;

  constructor(stream: NodeJS.WritableStream, filter: NativeFilter) {
    super();
    this.#stream = stream;
    this.#filter = filter;
  }

  /** Nothing more comes: what is held is written. The stream itself is not ended. */
  finish(): Promise<void> {
    // A stream that has broken has told so; once is enough.
    return new Promise((resolve) => {
      if (this.destroyed || this.writableEnded) resolve();
      else this.end(() => resolve());
    });
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#filter.isIdle && !chunk.includes(OPENING)) {
      this.#stream.write(chunk, done);
      return;
    }
    callbackify(() => this.#filter.push(chunk))((error, bytes) => {
      if (error) done(error);
      else this.#pass(bytes, done);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#pass(this.#filter.finish(), done);
  }

  #pass(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    if (bytes.length === 0) done();
    else this.#stream.write(bytes, done);
  }
}
