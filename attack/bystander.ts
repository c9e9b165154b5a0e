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
  readonly #result: Promise<unknown>;
  #longest = 0;
  #ended = false;
  #asking: Promise<void> | undefined;

  /** @param program sends back what it gets */
  constructor(kernel: Kernel, program: string) {
    const [stdin, stdout] = [this.#stdin, this.#stdout];
    this.#result = run(program, [], { kernel, stdin, stdout, reject: false });
  }

  /** Waits for the first answer, and begins to count. */
  async begin(): Promise<void> {
    await this.#ask();
    this.#longest = 0;
    this.#asking = this.#askOn();
  }

  /** The longest that an answer took, in milliseconds; infinite once none has come. */
  async end(): Promise<number> {
    this.#ended = true;
    await this.#asking;
    return this.#longest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    this.#stdin.end();
    await this.#result;
  }

  async #askOn(): Promise<void> {
    while (!this.#ended) {
      await this.#ask();
      await sleep(PAUSE);
    }
  }

  async #ask(): Promise<void> {
    const begun = performance.now();
    this.#stdin.write("x");
    const isThere = await Promise.race([
      once(this.#stdout, "data").then(() => true),
      sleep(PATIENCE).then(() => false),
      this.#result.then(() => false),
    ]);
    this.#longest = Math.max(this.#longest, isThere ? performance.now() - begun : Infinity);
    this.#ended ||= !isThere;
  }
}
