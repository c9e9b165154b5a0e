import { fromNative, type ZirconiaError } from "../base/errors.js";
import type { Target } from "../base/target.js";
import { withHostFile } from "../native/host-file.js";
import { native } from "../native/native.js";
import { Elf64Headers } from "./elf-headers.js";

/** What the headers of a file say. */
export interface Inspection {
  /** The processor that they are read for: by default the one that they name, or else `x86-64`. */
  readonly target: Target;
  /** The headers, or why the loader does not accept them. */
  readonly headers: Elf64Headers | ZirconiaError;
  /** The dynamic linker that the file asks for. */
  readonly interpreter: string | undefined;
  /** Why a launch does not get that. */
  readonly interpreterError: ZirconiaError | undefined;
  /** What the file holds, if it was read to its end. */
  readonly held: Uint8Array | undefined;
}

/**
 * Reads the headers of a file, or of the file in these bytes. Of a regular file nothing else is read.
 *
 * @throws Node's error if the file cannot be read
 */
export async function inspectFile(
  file: string | Uint8Array,
  target: Target | undefined,
): Promise<Inspection> {
  let held: Uint8Array | undefined;
  const inspectBytes = (bytes: Uint8Array) => {
    held = bytes;
    return native.inspectBytes(bytes, target);
  };
  const found =
    typeof file === "string"
      ? await withHostFile(file, (path) => native.inspectFile(path, target), inspectBytes)
      : inspectBytes(file);
  const { headers, errors, interpreter, interpreterErrors } = found;
  return {
    target: found.target as Target,
    headers: headers === undefined ? fromNative(errors ?? []) : new Elf64Headers(headers),
    interpreter,
    interpreterError: interpreterErrors && fromNative(interpreterErrors),
    held,
  };
}
