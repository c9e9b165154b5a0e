import { readFileSync } from "node:fs";

/**
 * Looks for the longest time in which Node's event loop did not turn, less what its thread was ready
 * to run and others had the processors: on a busy computer that is nearly all.
 */
export class EventLoopWatch {
  readonly #timer: NodeJS.Timeout;
  #last = performance.now();
  #queued = queued();
  #greatest = 0;

  constructor() {
    this.#timer = setInterval(() => this.#look(), 1);
  }

  /** Milliseconds of the longest time so far. */
  end(): number {
    this.#look();
    clearInterval(this.#timer);
    return this.#greatest;
  }

  #look(): void {
    const [last, queuedBefore] = [this.#last, this.#queued];
    [this.#last, this.#queued] = [performance.now(), queued()];
    // A timer of a millisecond is that late at best.
    const delay = this.#last - last - 1 - (this.#queued - queuedBefore);
    this.#greatest = Math.max(this.#greatest, delay);
  }
}

/** Milliseconds that this thread has been ready to run, and did not. */
function queued(): number {
  const [, waited] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ");
  return Number(waited) / 1e6;
}
