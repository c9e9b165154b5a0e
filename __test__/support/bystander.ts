import { once } from "node:events";
import { PassThrough } from "node:stream";

import { guest } from "../../bench/paths.js";
import { type Kernel, run } from "../../index.js";

/** A program that answers, whatever others come to. */
export class Bystander {
  readonly #stdin = new PassThrough();
  readonly #stdout = new PassThrough();
  readonly #end: Promise<unknown>;

  constructor(kernel: Kernel) {
    const options = { kernel, stdin: this.#stdin, stdout: this.#stdout };
    this.#end = run(guest("probe"), ["--echo"], options);
  }

  /** Rejects if it has ended. */
  async answer(): Promise<void> {
    const answer = once(this.#stdout, "data");
    this.#stdin.write("x");
    const ended = this.#end.then(() => Promise.reject(new Error("the bystander has ended")));
    await Promise.race([answer, ended]);
  }

  async end(): Promise<void> {
    this.#stdin.end();
    await this.#end;
  }
}
