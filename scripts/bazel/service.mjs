import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program that runs beside this one, until it is stopped. */
export class Service {
  /** All that it has written so far, on either stream. */
  lines = [];
  #child;
  #ended;
  #endedBy;
  /** Who waits for a line. */
  #waiting = new Set();

  /**
   * @param {string[]} command the program and its arguments
   * @param {import("node:child_process").SpawnOptions & { endedBy?: NodeJS.Signals }} [options]
   */
  constructor([program, ...args], { endedBy = "SIGTERM", ...options } = {}) {
    this.#child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    this.#endedBy = endedBy;
    this.#ended = once(this.#child, "close");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        this.#look();
      });
    }
    this.#child.once("close", () => {
      const end = new Error(`${program} has ended:\n${this.lines.join("\n")}`);
      for (const { reject } of this.#waiting) reject(end);
    });
  }

  /**
   * Waits for a line, which may have come before.
   *
   * @param {string | RegExp} wanted
   * @param {number} [count] how many such lines there must be
   * @throws Error if it ends without
   */
  line(wanted, count = 1) {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ wanted, count, resolve, reject });
      this.#look();
    });
  }

  /** How many lines there are that are so. */
  count(wanted) {
    const isWanted = (line) => (wanted instanceof RegExp ? wanted.test(line) : line === wanted);
    return this.lines.filter(isWanted).length;
  }

  kill(signal) {
    this.#child.kill(signal);
    return this.#ended;
  }

  /** Ends it, if it has not ended, and waits until it has. */
  async stop() {
    await this.kill(this.#endedBy);
  }

  #look() {
    for (const waiting of this.#waiting) {
      if (this.count(waiting.wanted) < waiting.count) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }
}
