import { isAbsolute, join, normalize } from "node:path";

import { write } from "./process.js";
import { stderr } from "./standard-output.js";

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
  /** What a file is named that the host has there. */
  named(path: string): string;
  /** Whether there is a standard input. */
  readonly hasInput: boolean;
  /** Whether nobody wants what it makes any more. */
  readonly isCanceled: boolean;
  /** Whether it is one of many commands, whose small files are checked at once. */
  readonly isOneOfMany: boolean;
}

/** This process's own. */
export const PROCESS: CommandIo = {
  write,
  remark: (text) => void stderr.write(text),
  exit: (code) => void (process.exitCode = code),
  place: (file) => file,
  named: (path) => path,
  hasInput: true,
  isCanceled: false,
  isOneOfMany: false,
};

/**
 * What requests to a worker have, one after another: all that is written is collected, and files are
 * in a directory.
 */
export class RequestIo implements CommandIo {
  readonly hasInput = false;
  readonly isOneOfMany = true;
  #request = { isCanceled: false };
  #directory = "";
  #words: string[] = [];
  #code = 0;

  /** Begins the next request, whose files are in `directory`. */
  begin(directory: string, request: { isCanceled: boolean }): void {
    this.#directory = directory;
    this.#request = request;
    this.#words = [];
    this.#code = 0;
  }

  get isCanceled(): boolean {
    return this.#request.isCanceled;
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

  /** @throws Error for what leads out of the directory */
  place(file: string): string {
    if (isAbsolute(file) || this.#directory === "") return file;
    if (/^\.\.(?:\/|$)/.test(normalize(file))) throw new Error(`${file} is not in the sandbox`);
    return join(this.#directory, file);
  }

  named(path: string): string {
    const directory = join(this.#directory, "/");
    return this.#directory !== "" && path.startsWith(directory)
      ? path.slice(directory.length)
      : path;
  }
}
