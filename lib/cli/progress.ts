import { stderr } from "./standard-output.js";

const INTERVAL_MS = 100;

/** A count on standard error, if that is a terminal. */
export class Progress {
  readonly #what: string;
  readonly #shown = stderr.isTTY;
  #count = 0;
  #next = 0;

  constructor(what: string) {
    this.#what = what;
  }

  /** One more is done. */
  step(): void {
    this.#count++;
    if (!this.#shown || performance.now() < this.#next) return;
    this.#next = performance.now() + INTERVAL_MS;
    stderr.write(`\r${this.#count} ${this.#what}`);
  }

  /** Takes the count away: other lines come, or nothing more does. */
  clear(): void {
    if (this.#shown) stderr.write("\r\x1b[K");
  }
}
