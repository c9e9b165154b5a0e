import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";

import type { ExecutionContext } from "ava";

import { ENVIRONMENT } from "./node.js";

/** A program that is talked with: what it says is waited for, never a time. It is killed after the test. */
export class Talk {
  readonly #child: ChildProcess;
  readonly #more = new EventEmitter();
  /** Its exit code; null for a signal. */
  readonly ended: Promise<number | null>;
  /** What it has said so far, on both streams. */
  text = "";
  #hasEnded = false;

  constructor(t: ExecutionContext, program: string, args: readonly string[]) {
    // One pipe for both, so that what it says is in order.
    this.#child = spawn("sh", ["-c", 'exec "$0" "$@" 2>&1', program, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
      env: ENVIRONMENT,
    });
    // One that has ended does not read.
    this.#child.stdin!.on("error", () => {});
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.text += text;
      this.#more.emit("more");
    });
    this.ended = once(this.#child, "close").then(([code]) => {
      this.#hasEnded = true;
      this.#more.emit("more");
      return code as number | null;
    });
    const exited = once(this.#child, "exit");
    t.teardown(async () => {
      this.kill("SIGKILL");
      await exited;
    });
  }

  /** Says a line to it. */
  say(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  /** Ends what is said to it. */
  end(): void {
    this.#child.stdin!.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /**
   * Waits until it says what matches.
   *
   * @param from where in {@link text} to begin
   * @returns what it has said from there, up to the end of the match
   */
  async until(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const said = this.text.slice(from);
      const match = pattern.exec(said);
      if (match !== null) return said.slice(0, match.index + match[0].length);
      if (this.#hasEnded) throw new Error(`${pattern} never came:\n${this.text}`);
      await once(this.#more, "more");
    }
  }
}
