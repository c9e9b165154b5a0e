import { createRequire } from "node:module";
import { dirname } from "node:path";

/** In each of these there are libraries beside it. */
const LIBRARIES = ["#guests/lib/ld.so.1", "#sysroot/x86_64-unknown-fuchsia/lib/libc.so"];

/**
 * Directories with this package's own dynamic linker, C library and others: none where guests are
 * not there.
 */
export function ownLibraries(): readonly string[] {
  return LIBRARIES.flatMap((path) => {
    try {
      // In a bundle there may be no URL.
      return [dirname(createRequire(import.meta.url).resolve(path))];
    } catch {
      return [];
    }
  });
}
