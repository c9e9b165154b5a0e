import { createRequire } from "node:module";
import { dirname } from "node:path";

import type { Target } from "../base/target.js";
import { checkArray, checkString } from "../base/validate.js";
import { findSdk } from "./sdk.js";

/** In each of these there are libraries beside it. */
const LIBRARIES = ["#guests/lib/ld.so.1", "#sysroot/x86_64-unknown-fuchsia/lib/libc.so"];

/** Where somebody has a program's libraries. */
export interface LibraryOptions {
  /**
   * Directories of the host in which a dynamic executable's linker and libraries are looked for,
   * before those of `sdk`, or of this package, which are for `x86-64`.
   */
  libraryPath?: readonly string[];
  /**
   * The directory of an SDK of Fuchsia's, whose libraries are used in place of this package's: an
   * IDK, or an SDK for GN or Bazel, of any year.
   */
  sdk?: string;
}

/** Checks {@link LibraryOptions}. */
export function checkLibraryOptions({ libraryPath, sdk }: LibraryOptions): void {
  checkArray("options.libraryPath", libraryPath ?? []).forEach((directory, index) =>
    checkString(`options.libraryPath[${index}]`, directory),
  );
  if (sdk !== undefined) {
    checkString("options.sdk", sdk);
  }
}

/**
 * All directories in which a program's libraries are looked for, in this order.
 *
 * @throws Error if the SDK has none for this machine
 */
export function libraryDirectories(
  { libraryPath = [], sdk }: LibraryOptions,
  target: Target,
): readonly string[] {
  return [...libraryPath, ...(sdk === undefined ? ownLibraries(target) : findSdk(sdk, target).run)];
}

/**
 * Directories with this package's own dynamic linker, C library and others: none for machines that
 * they are not for, and where guests are not there.
 */
export function ownLibraries(target: Target): readonly string[] {
  return target === "x86-64" ? (found ??= LIBRARIES.flatMap(find)) : [];
}

let found: readonly string[] | undefined;

function find(path: string): readonly string[] {
  try {
    // In a bundle there may be no name.
    return [dirname(createRequire(import.meta.filename).resolve(path))];
  } catch {
    return [];
  }
}
