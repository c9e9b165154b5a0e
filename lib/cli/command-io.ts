import { isAbsolute, join } from "node:path";

import { write } from "./process.js";

/** Where a command's words go and its files are: this process's, or those of a worker's request. */
export interface CommandIo {
  /** Writes to standard output, and waits while whoever reads it is behind. */
  write(text: string): Promise<void>;
  /** Writes to standard error. */
  remark(text: string): void;
  /** What the command ends with. */
  exit(code: number): void;
  /** Where the host has a file that is named so. */
  place(file: string): string;
  /** Whether there is a standard input. */
  readonly hasInput: boolean;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/** This process's own. */
export const PROCESS: CommandIo = {
  write,
  remark: (text) => void process.stderr.write(text),
  exit: (code) => void (process.exitCode = code),
  place: (file) => file,
  hasInput: true,
};

/** What a request to a worker has: all that is written is collected, and files are in a directory. */
export class RequestIo implements CommandIo {
  readonly hasInput = false;
  readonly signal: AbortSignal;
  readonly #directory: string;
  readonly #words: string[] = [];
  #code = 0;

  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.signal = signal;
  }

  /** All that was written. */
  get output(): string {
    return this.#words.join("");
  }

  get exitCode(): number {
    return this.#code;
  }

  write(text: string): Promise<void> {
    this.remark(text);
    return Promise.resolve();
  }

  remark(text: string): void {
    this.#words.push(text);
  }

  exit(code: number): void {
    this.#code = code;
  }

  place(file: string): string {
    return isAbsolute(file) ? file : join(this.#directory, file);
  }
}
