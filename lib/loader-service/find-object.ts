import { basename, join } from "node:path";

import { ZirconiaError } from "../base/errors.js";
import { hostStatus } from "../base/host-status.js";
import { statusName, ZxStatus } from "../base/status.js";
import { isName } from "../vfs/path.js";

/** What somebody has read, and the file that it is from. */
export interface FoundObject<T> {
  readonly path: string;
  readonly object: T;
}

/** The error for an object that cannot be had. */
export function objectError(name: string, status: number, cause?: unknown): ZirconiaError {
  return new ZirconiaError(`${name}: ${statusName(status)}`, status, { cause });
}

/**
 * Checks a name: a path below a directory, as fuchsia.io takes them, which nothing leads out of.
 *
 * @throws {@link ZirconiaError} `INVALID_ARGS`
 */
export function checkObjectName(name: string): void {
  if (!name.split("/").every(isName)) {
    throw objectError(name, ZxStatus.INVALID_ARGS);
  }
}

/**
 * Looks for an object in directories of the host; the first that has it counts. Symbolic links are
 * followed: they are the host's own.
 *
 * @param read reads a file: `undefined` for what is no regular file
 * @throws {@link ZirconiaError} `INVALID_ARGS` for a name that is no path below a directory;
 * `NOT_FOUND`; else what kept the first directory that has something there: `NOT_FILE`,
 * `ACCESS_DENIED`, `IO`, with Node's error as its cause
 */
export async function findObject<T>(
  name: string,
  directories: readonly string[],
  read: (path: string) => Promise<T | undefined>,
): Promise<FoundObject<T>> {
  checkObjectName(name);
  if (name.split("/").some((part) => basename(part) !== part)) {
    // This host takes one of them for more than a name.
    throw objectError(name, ZxStatus.INVALID_ARGS);
  }
  let failure: ZirconiaError | undefined;
  for (const directory of directories) {
    const path = join(directory, name);
    try {
      const object = await read(path);
      if (object !== undefined) {
        return { path, object };
      }
      failure ??= objectError(name, ZxStatus.NOT_FILE);
    } catch (error) {
      // The kernel's refusal, not the host's: it would be the same anywhere.
      if (error instanceof ZirconiaError) throw error;
      const status = hostStatus(error);
      if (status !== ZxStatus.NOT_FOUND) {
        failure ??= objectError(name, status, error);
      }
    }
  }
  throw failure ?? objectError(name, ZxStatus.NOT_FOUND);
}
