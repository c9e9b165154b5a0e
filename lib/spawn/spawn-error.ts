import { TextEncoder } from "node:util";

import { ZirconiaError } from "../base/errors.js";
import { statusCode, statusName } from "../base/status.js";

/** Bytes of an error message with its NUL, at most (`FDIO_SPAWN_ERR_MSG_MAX_LENGTH`). */
export const SPAWN_ERR_MSG_MAX_LENGTH = 1024;

/**
 * A process could not be spawned: the message tells with what status, and why. `cause` is what the
 * step at fault has thrown, if anything.
 */
export class SpawnError extends ZirconiaError {
  static {
    this.prototype.name = "SpawnError";
  }

  /** What `err_msg_out` gets: at most 1,023 bytes; empty for arguments that can never be right. */
  readonly errMsg: string;

  /** @internal */
  constructor(status: number, reason: string, options: ErrorOptions & { errMsg?: string } = {}) {
    super(`fdio_spawn: ${statusName(status)}: ${reason}`, status, options);
    this.errMsg = truncate(options.errMsg ?? reason, SPAWN_ERR_MSG_MAX_LENGTH - 1);
  }
}

/** The error for arguments that can never be right, of which `err_msg_out` says nothing. */
export function refused(status: number, reason: string): SpawnError {
  return new SpawnError(status, reason, { errMsg: "" });
}

/** As much of a text as takes up to `max` bytes of UTF-8. */
export function truncate(text: string, max: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(max));
  return text.slice(0, read);
}

/** A status as error messages tell it: `-25 (NOT_FOUND)`, `-5050 (UNKNOWN)`. */
export function spellStatus(status: number): string {
  return `${status} (${statusCode(status).replace("ZX_ERR_", "")})`;
}

/**
 * Does a step of spawning.
 *
 * @param what the error message if it fails, as in `cannot clone the loader service`
 * @param status what it fails with; by default with its own status
 * @throws {@link SpawnError}
 */
export async function step<T>(
  what: string,
  work: () => T | Promise<T>,
  status?: number,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(what, error, status);
  }
}

/** The error for a step that has thrown. What has no status stays as it is. */
export function failure(what: string, error: unknown, status?: number): unknown {
  if (!(error instanceof ZirconiaError)) {
    return error;
  }
  const text = `${what}: ${spellStatus(error.status)}`;
  return new SpawnError(status ?? error.status, text, { cause: error });
}
