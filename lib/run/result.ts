import type { CrashReport } from "../report.js";

/** How a program ended. */
export interface RunResult<Output extends string | Uint8Array = string> {
  /** The program's name and arguments, for people to read. */
  readonly command: string;
  /** The return code as a number, where that is exact. */
  readonly exitCode: number | bigint;
  /** The return code: a signed 64-bit number. Below 0 the kernel may have chosen it. */
  readonly returnCode: bigint;
  /** What the program wrote to file descriptor 1; empty unless `stdout` was `buffer`. */
  readonly stdout: Output;
  /** What the program wrote to file descriptor 2; empty unless `stderr` was `buffer`. */
  readonly stderr: Output;
  /** From the call to the end of the program. */
  readonly durationMs: number;
  /** Whether it was not successful. */
  readonly failed: boolean;
  /** Whether it was killed because of `timeout`. */
  readonly timedOut: boolean;
  /** Whether it was killed because of `signal`. */
  readonly isCanceled: boolean;
  /** What is left of a program that died of an exception. */
  readonly crashReport: CrashReport | undefined;
  /** One line about how it ended. */
  readonly message: string;
}

/** A program failed. Has all that a {@link RunResult} has. */
export class RunError<Output extends string | Uint8Array = string>
  extends Error
  implements RunResult<Output>
{
  static {
    this.prototype.name = "RunError";
  }

  /** `ETIMEDOUT`, `ABORT_ERR`, or `ERR_ZIRCONIA_RUN` for a program that failed by itself. */
  readonly code: "ETIMEDOUT" | "ABORT_ERR" | "ERR_ZIRCONIA_RUN";
  readonly command!: string;
  readonly exitCode!: number | bigint;
  readonly returnCode!: bigint;
  readonly stdout!: Output;
  readonly stderr!: Output;
  readonly durationMs!: number;
  readonly failed!: boolean;
  readonly timedOut!: boolean;
  readonly isCanceled!: boolean;
  readonly crashReport: CrashReport | undefined;

  /** @internal */
  constructor(result: RunResult<Output>, cause: unknown) {
    const { message, ...facts } = result;
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, facts);
    this.crashReport = result.crashReport;
    this.code = result.timedOut
      ? "ETIMEDOUT"
      : result.isCanceled
        ? "ABORT_ERR"
        : "ERR_ZIRCONIA_RUN";
  }
}

/** One line about how a program ended. */
export function describe(result: Omit<RunResult<string | Uint8Array>, "message">): string {
  return `${result.command}: ${ending(result)}`;
}

function ending(result: Omit<RunResult<string | Uint8Array>, "message">): string {
  if (result.timedOut) {
    return "timed out";
  }
  if (result.isCanceled) {
    return "was canceled";
  }
  if (result.crashReport !== undefined) {
    return `crashed: ${result.crashReport.summary}`;
  }
  return result.failed ? `failed with return code ${result.returnCode}` : "succeeded";
}

/** A return code as a number, where that is exact. */
export function exitCode(returnCode: bigint): number | bigint {
  const number = Number(returnCode);
  return Number.isSafeInteger(number) ? number : returnCode;
}
