import { DISPOSE, Scope, scoped } from "../base/dispose.js";
import type { ExceptionMessage } from "../handles/exception-channel.js";
import type { Job } from "../handles/job.js";
import type { Process } from "../handles/process.js";
import type { RunDebugOptions, RunOptions } from "./options.js";

/** What serves a program of a run to debuggers, when that is asked for. */
export class Debugging implements Disposable {
  readonly #debug: RunDebugOptions | undefined;
  readonly #options: RunOptions;
  readonly #job: Job;
  readonly #executable: string | undefined;
  readonly #scope = new Scope();

  /** @param executable the program's file, if it is one */
  constructor(options: RunOptions, job: Job, executable: string | undefined) {
    this.#debug = options.debug;
    this.#options = options;
    this.#job = job;
    this.#executable = executable;
  }

  /** The program is about to begin. */
  async prepare(process: Process): Promise<void> {
    if (this.#when === "start") await this.#serve(process);
    if (this.#when === "crash") this.#watch();
  }

  /** The program has begun. */
  async started(process: Process): Promise<void> {
    if (this.#when === "demand") await this.#serve(process);
  }

  [DISPOSE](): void {
    this.#scope[DISPOSE]();
  }

  get #when(): string | undefined {
    return this.#debug && (this.#debug.when ?? "start");
  }

  /** Waits for the first exception in the job that nobody handles there. */
  #watch(): void {
    const channel = this.#scope.use(this.#job.createExceptionChannel());
    void (async () => {
      for await (const message of channel) {
        // Whatever else nobody handles ends its process, as ever.
        channel.close();
        await this.#crashed(message);
      }
    })();
  }

  /** Serves the process of an exception. If that fails the exception ends it, as ever. */
  async #crashed(message: ExceptionMessage): Promise<void> {
    const { exception } = message;
    try {
      await scoped(async (scope) => {
        await this.#serve(scope.use(exception.getProcess()), message);
      });
    } catch (error) {
      exception.close();
      const { message, name } = error as Error;
      process.emitWarning(message, name);
    }
  }

  async #serve(process: Process, exception?: ExceptionMessage): Promise<void> {
    const { when: _when, listening, ...place } = this.#debug!;
    const { libraryPath, sdk } = this.#options;
    const { debugServer } = await import("../debug/index.js");
    const server = await debugServer(process, {
      ...place,
      job: this.#job,
      ...(this.#executable !== undefined && { executable: this.#executable }),
      ...(libraryPath !== undefined && { libraryPath }),
      ...(sdk !== undefined && { sdk }),
      ...(exception !== undefined && { exception }),
    });
    this.#scope.use(server);
    listening?.(server);
  }
}
