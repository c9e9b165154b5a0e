import { createRequire } from "node:module";
import { dirname } from "node:path";

import type { Target } from "../base/target.js";

/** In each of these there are libraries beside it. */
const LIBRARIES = ["#guests/lib/ld.so.1", "#sysroot/x86_64-unknown-fuchsia/lib/libc.so"];

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
    // In a bundle there may be no URL.
    return [dirname(createRequire(import.meta.url).resolve(path))];
  } catch {
    return [];
  }
}
