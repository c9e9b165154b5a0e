import { once } from "node:events";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { type Kernel, run } from "../index.js";

/** Milliseconds between what a bystander is asked. */
const PAUSE = 5;
/** Milliseconds after which no answer comes. */
const PATIENCE = 30_000;

/** A guest of another kernel that answers, however busy others are. */
export class Bystander implements AsyncDisposable {
  readonly #stdin = new PassThrough();
  readonly #stdout = new PassThrough();
  /** Aborted once the guest has ended, or is to be ended. */
  readonly #gone = new AbortController();
  readonly #end: Promise<unknown>;
  #longest = 0;
  #isAsked = true;
  #asking: Promise<void> | undefined;

  /** @param program sends back what it gets */
  constructor(kernel: Kernel, program: string) {
    const [stdin, stdout, { signal }] = [this.#stdin, this.#stdout, this.#gone];
    this.#end = run(program, [], { kernel, stdin, stdout, signal, reject: false })
      // However it ends, there is no answer any more.
      .catch(() => {})
      .finally(() => this.#gone.abort());
  }

  /** Waits for the first answer, and begins to count. */
  async begin(): Promise<void> {
    await this.#ask();
    if (this.#longest === Infinity) throw new Error("a bystander does not answer from the start");
    this.#longest = 0;
    this.#asking = this.#askOn();
  }

  /** The longest that an answer took, in milliseconds; infinite once none has come. */
  async end(): Promise<number> {
    this.#isAsked = false;
    await this.#asking;
    return this.#longest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    this.#gone.abort();
    await this.#end;
  }

  async #askOn(): Promise<void> {
    while (this.#isAsked) {
      await this.#ask();
      await sleep(PAUSE);
    }
  }

  async #ask(): Promise<void> {
    const begun = performance.now();
    const patience = setTimeout(() => this.#gone.abort(), PATIENCE);
    try {
      this.#stdin.write("x");
      await once(this.#stdout, "data", { signal: this.#gone.signal });
      this.#longest = Math.max(this.#longest, performance.now() - begun);
    } catch {
      this.#longest = Infinity;
      this.#isAsked = false;
    } finally {
      clearTimeout(patience);
    }
  }
}
