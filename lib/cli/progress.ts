const INTERVAL_MS = 100;

/** A count on standard error, as long as only a person looks on. */
export class Progress {
  readonly #what: string;
  readonly #shown = process.stderr.isTTY && !process.stdout.isTTY;
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
    process.stderr.write(`\r${this.#count} ${this.#what}`);
  }

  /** Nothing more comes: the count goes. */
  end(): void {
    if (this.#shown) process.stderr.write("\r\x1b[K");
  }
}
