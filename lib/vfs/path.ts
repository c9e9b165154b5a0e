import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { encode } from "../base/strings.js";

/** Bytes of a path, at most. */
const MAX_PATH = 4095;
/** Bytes of a name, at most. */
const MAX_NAME = 255;
/** What is in no name: separators, and halves of characters, for which there is no UTF-8. */
const NO_NAME = /[/\0\p{Surrogate}]/u;

/**
 * Whether a name can be an entry's: 1 to 255 bytes of UTF-8, without `/` and NUL, neither `.` nor
 * `..`.
 */
export function isName(name: string): boolean {
  return isPlain(name) && !isTooLong(name);
}

/**
 * Checks a name of an entry.
 *
 * @throws `ZirconiaError` `BAD_PATH` if it is too long; `INVALID_ARGS`
 */
export function checkName(name: string): string {
  if (!isPlain(name)) {
    throw new ZirconiaError(`Not a name: '${name}'`, ZxStatus.INVALID_ARGS);
  }
  if (isTooLong(name)) {
    throw new ZirconiaError(`Name of more than ${MAX_NAME} bytes`, ZxStatus.BAD_PATH);
  }
  return name;
}

function isPlain(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !NO_NAME.test(name);
}

function isTooLong(name: string): boolean {
  return encode(name).length > MAX_NAME;
}

/**
 * The names of a path below a directory, of 1 to 4,095 bytes. There are none in `.`, which is the
 * directory itself.
 *
 * @throws `ZirconiaError` `BAD_PATH` if it is empty, or too long as a whole or in a part;
 * `INVALID_ARGS` for what is no name in it, as there is in front of a leading `/`
 */
export function splitPath(path: string): readonly string[] {
  const { length } = encode(path);
  if (length === 0 || length > MAX_PATH) {
    throw new ZirconiaError(`Path of ${length} bytes`, ZxStatus.BAD_PATH);
  }
  return path === "." ? [] : path.split("/").map(checkName);
}
