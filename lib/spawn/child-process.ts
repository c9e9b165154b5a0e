import { EventEmitter } from "node:events";
import type { Readable, Writable } from "node:stream";

import { Abort } from "../base/abort.js";
import { DISPOSE } from "../base/dispose.js";
import { abortError } from "../base/errors.js";
import type { LimitName } from "../handles/limits.js";
import type { Process } from "../handles/process.js";
import type { Interrupter } from "../program/interrupter.js";
import type { CrashReport } from "../zx/report.js";
import type { ChildStdio } from "./child-stdio.js";

/** What a {@link ChildProcess} tells. */
export interface ChildProcessEvents {
  /** It runs. */
  spawn: [];
  /** It has ended by itself or was killed; what it wrote may still be read. */
  exit: [code: number, returnCode: bigint];
  /** It has ended, or could not be spawned, and the pipes from it are closed. */
  close: [code: number | null, returnCode: bigint | null];
  /**
   * It could not be spawned, a stream that it was to use has broken, it was aborted, or this computer
   * has failed it ({@link HostError}). That its kernel was disposed of is told only where somebody
   * listens.
   */
  error: [error: Error];
}

/** How a child came about, and until when it may run. */
interface Origin {
  readonly file: string;
  readonly args: readonly string[];
  readonly stdio: ChildStdio;
  readonly interrupter: Interrupter;
  /** What it needs while it runs. */
  readonly resources: Disposable;
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
  readonly #origin: Origin;
  #process: Process | undefined;
  #koid: bigint | undefined;
  #returnCode: bigint | null = null;
  #crashReport: CrashReport | undefined;
  #limitReached: LimitName | undefined;
  #killed = false;
  /** Aborts when it has ended, or could not be spawned. */
  readonly #ended = new Abort();

  /** @internal */
  constructor(origin: Origin, spawning: Promise<Process>) {
    super();
    const { file, args, stdio, interrupter } = origin;
    this.spawnfile = file;
    this.spawnargs = args;
    this.stdin = stdio.stdin;
    [this.stdout, this.stderr] = stdio.outputs;
    this.#origin = origin;
    const { signal } = interrupter;
    const interrupted = () => this.#interrupted();
    signal.addEventListener("abort", interrupted, { once: true });
    if (signal.aborted) {
      interrupted();
    }
    void this.#live(spawning);
  }

  /** The process's koid; `undefined` until it runs. */
  get koid(): bigint | undefined {
    return this.#koid;
  }

  /** The process while it runs: its handle is the child's own, and closed when it has ended. */
  get process(): Process | undefined {
    return this.#process;
  }

  /** The return code as a number, beyond 2^53 the nearest; `null` until it has ended. */
  get exitCode(): number | null {
    return this.#returnCode === null ? null : Number(this.#returnCode);
  }

  /** The return code; `null` until it has ended. Below 0 the kernel may have chosen it. */
  get returnCode(): bigint | null {
    return this.#returnCode;
  }

  /** What is left of a child that died of an exception. */
  get crashReport(): CrashReport | undefined {
    return this.#crashReport;
  }

  /** The limit for which the kernel has killed it: `cpuTime` or `memory`. */
  get limitReached(): LimitName | undefined {
    return this.#limitReached;
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
    if (this.#ended.signal.aborted || this.#process?.kernel.isDisposed === true) {
      return false;
    }
    this.#killed = true;
    this.#process?.kill();
    return true;
  }

  /** Same as {@link ChildProcess.kill}. */
  [DISPOSE](): void {
    this.kill();
  }

  async #live(spawning: Promise<Process>): Promise<void> {
    const { stdio, resources } = this.#origin;
    const child = await this.#spawned(spawning);
    if (child === undefined) {
      this.#ended.abort();
      stdio.abandoned();
    } else {
      const served = stdio
        .serve(this.#ended.signal)
        .catch((error: Error) => this.#tell("error", error));
      await this.#run(child);
      this.#ended.abort();
      stdio.exited();
      await served;
    }
    await stdio.closed();
    stdio.close();
    resources[DISPOSE]();
    this.#tell("close", this.exitCode, this.#returnCode);
  }

  /** The process; `undefined` if there is to be none. */
  async #spawned(spawning: Promise<Process>): Promise<Process | undefined> {
    const { interrupter } = this.#origin;
    try {
      return await interrupter.before(spawning);
    } catch (error) {
      if (!interrupter.signal.aborted) {
        this.#tell("error", error as Error);
      }
      // Nobody waits for it any more, and nobody is to be left with it.
      spawning.then(end, () => {});
      return undefined;
    }
  }

  /** Tells of the beginning and of the end, of which there is none to tell when the kernel goes. */
  async #run(child: Process): Promise<void> {
    this.#process = child.keepAs("the child's own handle");
    this.#koid = child.koid;
    this.#tell("spawn");
    try {
      if (this.#killed) {
        child.kill();
      }
      const { returnCode } = await child.exited();
      this.#returnCode = returnCode;
      this.#crashReport = child.crashReport();
      this.#limitReached = child.killedFor();
      const failure = child.hostError();
      if (failure !== undefined) {
        this.#tell("error", failure);
      }
      this.#tell("exit", Number(returnCode), returnCode);
    } catch (error) {
      if (!child.kernel.isDisposed) {
        this.#tell("error", error as Error);
      }
    } finally {
      this.#process = undefined;
      child.close();
    }
  }

  /** It is not to go on. */
  #interrupted(): void {
    const { interrupter, stdio } = this.#origin;
    const interruption = interrupter.interruption!;
    let isAlive = false;
    try {
      isAlive = this.kill();
    } catch (error) {
      this.#tell("error", error as Error);
    }
    switch (interruption.kind) {
      case "signal":
        if (isAlive) {
          this.#tell("error", abortError(interruption.reason));
        }
        break;
      case "stream":
        this.#tell("error", interruption.error as Error);
        break;
      case "disposed":
        // What is still to be written cannot be, and that is no news.
        stdio.stdin?.destroy();
        if (this.listenerCount("error") > 0) {
          this.#tell("error", interruption.error);
        }
        break;
    }
  }

  /** Emits an event. What listeners throw is nobody's here. */
  #tell<E extends keyof ChildProcessEvents>(event: E, ...args: ChildProcessEvents[E]): void {
    process.nextTick(() => (this as EventEmitter).emit(event, ...args));
  }
}

/** Ends a process that nobody wants any more. */
function end(process: Process): void {
  if (!process.kernel.isDisposed) {
    process.kill();
  }
  process.close();
}
