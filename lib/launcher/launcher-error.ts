import { VariantError, ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { HandleInfoError } from "../zx/handle-info.js";

/** What a launch failed of: its arguments, building the process, or the id of a handle. */
export type LauncherErrorKind = "InvalidArg" | "BuilderError" | "HandleInfo";

/**
 * A Launcher could not launch a process. Its client is told the status. `cause` is the
 * {@link ProcessBuilderError} or {@link HandleInfoError} within, if there is one.
 */
export class LauncherError extends VariantError<LauncherErrorKind> {
  static {
    this.prototype.name = "LauncherError";
  }
}

/** The error for arguments that can never be right. */
export function invalidArg(reason: string): LauncherError {
  return new LauncherError("InvalidArg", `Invalid arg: ${reason}`, ZxStatus.INVALID_ARGS);
}

/** The error for what a step of a launch has thrown; what has no status is passed on. */
export function launcherError(error: unknown): LauncherError {
  if (error instanceof LauncherError) {
    return error;
  }
  if (!(error instanceof ZirconiaError)) {
    throw error;
  }
  const { message, status } = error;
  return error instanceof HandleInfoError
    ? new LauncherError("HandleInfo", `Invalid handle info: ${message}`, status, { cause: error })
    : new LauncherError("BuilderError", `Failed to build new process: ${message}`, status, {
        cause: error,
      });
}
