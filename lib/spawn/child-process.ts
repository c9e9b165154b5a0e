import { EventEmitter } from "node:events";
import { nextTick } from "node:process";
import type { Readable, Writable } from "node:stream";

import { abortError, ZxError } from "../errors.js";
import type { Process } from "../handles/process.js";
import type { CrashReport } from "../report.js";
import { Interrupter } from "../run/interrupter.js";
import { exitCode } from "../run/result.js";
import { ZxStatus } from "../status.js";
import type { ChildStdio } from "./child-stdio.js";

/** What a {@link ChildProcess} tells. */
export interface ChildProcessEvents {
  /** It runs. */
  spawn: [];
  /** It has ended by itself or was killed; what it wrote may still be read. */
  exit: [code: number | bigint, returnCode: bigint];
  /** It has ended, or could not be spawned, and its pipes are closed. */
  close: [code: number | bigint | null, returnCode: bigint | null];
  /** It could not be spawned, a stream that it was to use has broken, or it was aborted. */
  error: [error: Error];
}

/** How a child came about, and until when it may run. */
interface Origin {
  readonly file: string;
  readonly args: readonly string[];
  readonly stdio: ChildStdio;
  readonly limits: { signal?: AbortSignal; timeout?: number };
}

/** A process that was spawned, as Node's own child processes are. */
export class ChildProcess extends EventEmitter<ChildProcessEvents> implements Disposable {
  /** The path, or the VMO's name. */
  readonly spawnfile: string;
  /** All arguments, the program's name first. */
  readonly spawnargs: readonly string[];
  /** The pipe to descriptor 0, if it is one. */
  readonly stdin: Writable | null;
  /** The pipe from descriptor 1, if it is one. */
  readonly stdout: Readable | null;
  /** The pipe from descriptor 2, if it is one. */
  readonly stderr: Readable | null;
  readonly #stdio: ChildStdio;
  readonly #interrupter: Interrupter;
  #process: Process | undefined;
  #koid: bigint | undefined;
  #returnCode: bigint | null = null;
  #crashReport: CrashReport | undefined;
  #killed = false;
  /** Aborts when it has ended, or could not be spawned. */
  readonly #ended = new AbortController();

  /** @internal */
  constructor({ file, args, stdio, limits }: Origin, spawning: Promise<Process>) {
    super();
    this.spawnfile = file;
    this.spawnargs = args;
    this.stdin = stdio.stdin;
    [this.stdout, this.stderr] = stdio.outputs;
    this.#stdio = stdio;
    this.#interrupter = new Interrupter(this, limits);
    void this.#live(spawning, limits.signal);
  }

  /** The process's koid; `undefined` until it runs. */
  get koid(): bigint | undefined {
    return this.#koid;
  }

  /** The process while it runs: its handle is the child's own, and closed when it has ended. */
  get process(): Process | undefined {
    return this.#process;
  }

  /** The return code as a number, where that is exact; `null` until it has ended. */
  get exitCode(): number | bigint | null {
    return this.#returnCode === null ? null : exitCode(this.#returnCode);
  }

  /** The return code; `null` until it has ended. Below 0 the kernel may have chosen it. */
  get returnCode(): bigint | null {
    return this.#returnCode;
  }

  /** What is left of a child that died of an exception. */
  get crashReport(): CrashReport | undefined {
    return this.#crashReport;
  }

  /** Whether {@link ChildProcess.kill} has killed it. */
  get killed(): boolean {
    return this.#killed;
  }

  /**
   * `zx_task_kill`, at once, or as soon as it runs.
   *
   * @returns whether there was something to be killed
   */
  kill(): boolean {
    if (this.#ended.signal.aborted) {
      return false;
    }
    this.#killed = true;
    this.#process?.kill();
    return true;
  }

  /** Same as {@link ChildProcess.kill}. */
  [Symbol.dispose](): void {
    this.kill();
  }

  async #live(spawning: Promise<Process>, signal: AbortSignal | undefined): Promise<void> {
    let served: Promise<void> | undefined;
    try {
      const child = await spawning;
      this.#begin(child);
      served = this.#serve();
      await this.#end(child);
    } catch (error) {
      this.#tell("error", error as Error);
    }
    this.#ended.abort();
    this.#stdio.exited();
    await (served ?? this.#serve());
    this.#interrupter.dispose();
    this.#stdio.close();
    if (this.#interrupter.interruption === "signal") {
      this.#tell("error", abortError(signal?.reason));
    }
    this.#tell("close", this.exitCode, this.#returnCode);
  }

  #begin(child: Process): void {
    this.#process = child.keepAs("the child's own handle");
    this.#koid = child.koid;
    if (this.#killed) {
      child.kill();
    }
    this.#interrupter.watch();
    this.#tell("spawn");
  }

  async #serve(): Promise<void> {
    try {
      await this.#stdio.serve(this.#ended.signal);
    } catch (error) {
      // A stream of the user's broke: nobody is left to run it for.
      this.kill();
      this.#tell("error", error as Error);
    }
  }

  /** Waits for the end. There is none to be told of when the kernel goes. */
  async #end(child: Process): Promise<void> {
    try {
      const { returnCode } = await child.exited();
      this.#returnCode = returnCode;
      this.#crashReport = child.crashReport();
      this.#tell("exit", exitCode(returnCode), returnCode);
    } catch (error) {
      if (!(error instanceof ZxError && error.status === ZxStatus.CANCELED)) {
        throw error;
      }
    } finally {
      this.#process = undefined;
      child.close();
    }
  }

  /** Emits an event. What listeners throw is nobody's here. */
  #tell<E extends keyof ChildProcessEvents>(event: E, ...args: ChildProcessEvents[E]): void {
    nextTick(() => (this as EventEmitter).emit(event, ...args));
  }
}
