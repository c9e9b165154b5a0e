import { EventEmitter } from "node:events";
import { fstatSync, writeSync } from "node:fs";
import { styleText } from "node:util";

import { isNullDevice } from "./null-device.js";

type Callback = (error?: Error | null) => void;

/**
 * Standard output or error. Node's stream for it takes milliseconds to load. To a file or a device it
 * writes before it returns: there what is written goes to the descriptor instead. Whatever is wrong, the
 * stream deals with it, and from then on gets all else. A pipe or a socket, whose reader may be slow, is
 * the stream's.
 */
class StandardOutput extends EventEmitter implements NodeJS.WritableStream {
  readonly fd: number;
  readonly writable = true;
  /** Nothing waits: a callback is called. */
  readonly writableLength = 0;
  #stream: (NodeJS.WriteStream & { fd: number }) | undefined;
  #broken: Callback = () => {};

  constructor(fd: 1 | 2) {
    super();
    this.fd = fd;
  }

  /** What is told if the stream breaks. */
  set broken(broken: (error: NodeJS.ErrnoException) => void) {
    this.#broken = broken as Callback;
  }

  /** Node's stream. */
  get stream(): NodeJS.WriteStream & { fd: number } {
    if (this.#stream === undefined) {
      this.#stream = this.fd === 1 ? process.stdout : process.stderr;
      this.#stream.on("error", (error) => this.#broken(error));
    }
    return this.#stream;
  }

  get isTTY(): boolean {
    return mayBeTerminal(this.fd) && this.stream.isTTY;
  }

  /** @returns false if more is to be written only when the stream has drained */
  write(data: string | Uint8Array, encoding?: BufferEncoding | Callback, callback?: Callback) {
    const done = typeof encoding === "function" ? encoding : callback;
    const bytes =
      typeof data === "string"
        ? Buffer.from(data, typeof encoding === "string" ? encoding : "utf8")
        : data;
    const rest = this.#stream === undefined ? unwritten(this.fd, bytes) : bytes;
    if (rest.length > 0) return this.stream.write(rest, done);
    done?.();
    return true;
  }

  /** It is this process's, which ends it. */
  end(): this {
    return this;
  }
}

export const stdout = new StandardOutput(1);
export const stderr = new StandardOutput(2);

/** Text for standard output, with a colour where somebody sees it. To ask Node opens the streams. */
export function styled(colour: "green" | "yellow" | "red", text: string): string {
  const mayBeSeen = stdout.isTTY || process.env["FORCE_COLOR"] !== undefined;
  return mayBeSeen ? styleText(colour, text) : text;
}

/** Writes what a file or a device takes, and returns what is left. */
function unwritten(fd: number, bytes: Uint8Array): Uint8Array {
  let done = 0;
  try {
    // There a stream writes in another way, and terminals have letters of their own.
    if (process.platform === "win32") return bytes;
    const stats = fstatSync(fd);
    if (stats.isFIFO() || stats.isSocket()) return bytes;
    while (done < bytes.length) done += writeSync(fd, bytes, done);
  } catch {
    // The stream will find the same.
  }
  return bytes.subarray(done);
}

function mayBeTerminal(fd: number): boolean {
  if (process.platform === "win32") return true;
  const stats = fstatSync(fd);
  return stats.isCharacterDevice() && !isNullDevice(stats);
}
