import { isNativeError } from "node:util/types";

import { jsonOf } from "../base/json.js";
import { printable } from "../base/text.js";
import type { Interruption } from "../program/interrupter.js";
import type { LimitName } from "../handles/limits.js";
import type { CrashReport } from "../zx/report.js";

/** How a program ended. */
export interface RunResult<Output extends string | Uint8Array = string> {
  /** The program's name and arguments, for people to read. */
  readonly command: string;
  /** The return code as a number: beyond 2^53 the nearest that there is. */
  readonly exitCode: number;
  /**
   * The return code: a signed 64-bit number. Below 0 the kernel may have chosen it: -1024 for a
   * program that was killed, also before it began, -1025 for one for which Node's memory had none left,
   * -1088 for one that has used up its processor time.
   */
  readonly returnCode: bigint;
  /** What the program wrote to file descriptor 1; empty unless `stdout` was `buffer`. */
  readonly stdout: Output;
  /** What the program wrote to file descriptor 2; empty unless `stderr` was `buffer`. */
  readonly stderr: Output;
  /** What its processes wrote to the debug log; empty unless `log` was `buffer`. */
  readonly log: Output;
  /** From the call to the end of the program. */
  readonly durationMs: number;
  /** Processor time that the program has taken, and whatever else ran in its job. */
  readonly cpuTimeMs: number;
  /** Whether it was not successful. */
  readonly failed: boolean;
  /** Whether it was ended because of `timeout`. */
  readonly timedOut: boolean;
  /** Whether it was ended because of `signal`. */
  readonly isCanceled: boolean;
  /** Whether it was ended because of `maxBuffer`. What came until then was kept. */
  readonly isMaxBuffer: boolean;
  /**
   * What the kernel has killed it for: `cpuTime`, at its limit, or `memory`, when Node's own had none
   * left for it. A program that was refused something at a limit has ended by itself.
   */
  readonly limitReached: LimitName | undefined;
  /** What is left of a program that died of an exception. */
  readonly crashReport: CrashReport | undefined;
  /**
   * Names that its dynamic linker did not find, without which it could not begin: libraries, or
   * symbols, which are known only if `log` was `buffer`. Empty for whatever has begun.
   */
  readonly missing: readonly string[];
  /** One line about how it ended. */
  readonly message: string;
}

type Facts = Omit<RunResult<string | Uint8Array>, "message">;

/**
 * A program failed, or could not be run to its end. Has all that a {@link RunResult} has. `cause` is
 * the reason of an abort, what a stream of the caller's has broken with, or what has become of the
 * kernel.
 *
 * @example
 * ```ts
 * import { run, RunError } from "zirconia";
 *
 * try {
 *   await run("guest/out/hello", [], { maxBuffer: 5 });
 * } catch (error) {
 *   if (error instanceof RunError) console.log(error.exitCode, error.stdout, error.isMaxBuffer);
 * }
 * ```
 */
export class RunError<Output extends string | Uint8Array = string>
  extends Error
  implements RunResult<Output>
{
  static {
    this.prototype.name = "RunError";
  }

  /**
   * `ETIMEDOUT`, `ABORT_ERR`, `ERR_CHILD_PROCESS_STDIO_MAXBUFFER`, `ERR_ZIRCONIA_LIMIT` for a
   * program that used up what a limit left it, or `ERR_ZIRCONIA_RUN` for a
   * program that failed by itself. For a stream of the caller's and for the kernel, the code of
   * `cause`, or `ERR_ZIRCONIA_STREAM`.
   */
  readonly code: string;
  readonly command!: string;
  readonly exitCode!: number;
  readonly returnCode!: bigint;
  readonly stdout!: Output;
  readonly stderr!: Output;
  readonly log!: Output;
  readonly durationMs!: number;
  readonly cpuTimeMs!: number;
  readonly failed!: boolean;
  readonly timedOut!: boolean;
  readonly isCanceled!: boolean;
  readonly isMaxBuffer!: boolean;
  readonly limitReached: LimitName | undefined;
  readonly crashReport: CrashReport | undefined;
  readonly missing!: readonly string[];
  readonly #cause: unknown;

  /** @internal */
  constructor(result: RunResult<Output>, interruption: Interruption | undefined) {
    const { message, ...facts } = result;
    super(message);
    this.#cause = causeOf(interruption);
    Object.assign(this, facts);
    this.limitReached = result.limitReached;
    this.crashReport = result.crashReport;
    this.code = result.limitReached === undefined ? codeOf(interruption) : "ERR_ZIRCONIA_LIMIT";
  }

  /** What is somebody else's need not be cloneable: as a property it would keep this from being so. */
  override get cause(): unknown {
    return this.#cause;
  }

  /** All of it, with numbers, bytes and causes as JSON can have them. */
  toJSON(): object {
    return jsonOf(this);
  }
}

/**
 * One line about how a program ended.
 *
 * @param reason why a dynamic linker could not begin it
 */
export function describe(
  facts: Facts,
  reason: string | undefined,
  interruption: Interruption | undefined,
): string {
  const why = interruption === undefined && reason !== undefined ? `: ${reason}` : "";
  return printable(`${facts.command}: ${ending(facts, interruption)}${why}`);
}

function ending(
  { crashReport, failed, limitReached, returnCode }: Facts,
  interruption: Interruption | undefined,
): string {
  switch (interruption?.kind) {
    case "timeout":
      return "timed out";
    case "signal":
      return "was canceled";
    case "maxBuffer":
      return `wrote more to ${interruption.name} than maxBuffer allows`;
    case "stream":
      return `${interruption.name} failed: ${messageOf(interruption.error)}`;
    case "disposed":
      return "its kernel was disposed of";
  }
  if (limitReached !== undefined) {
    return `used up its ${limitReached === "cpuTime" ? "processor time" : limitReached}`;
  }
  if (crashReport !== undefined) {
    return `crashed: ${crashReport.summary}`;
  }
  return failed ? `failed with return code ${returnCode}` : "succeeded";
}

function codeOf(interruption: Interruption | undefined): string {
  if (interruption === undefined) {
    return "ERR_ZIRCONIA_RUN";
  }
  switch (interruption.kind) {
    case "timeout":
      return "ETIMEDOUT";
    case "signal":
      return "ABORT_ERR";
    case "maxBuffer":
      return "ERR_CHILD_PROCESS_STDIO_MAXBUFFER";
    default: {
      const { code } = (interruption.error ?? {}) as { code?: unknown };
      return typeof code === "string" ? code : "ERR_ZIRCONIA_STREAM";
    }
  }
}

function causeOf(interruption: Interruption | undefined): unknown {
  switch (interruption?.kind) {
    case "signal":
      return interruption.reason;
    case "stream":
    case "disposed":
      return interruption.error;
    default:
      return undefined;
  }
}

function messageOf(error: unknown): string {
  return isNativeError(error) ? error.message : String(error);
}
