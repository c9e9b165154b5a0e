import { createRequire } from "node:module";
import { dirname } from "node:path";

/** Directories with this package's own dynamic linker: one, or none where guests are not there. */
export function ownLibraries(): readonly string[] {
  try {
    // In a bundle there may be no URL.
    return [dirname(createRequire(import.meta.url).resolve("#guests/lib/ld.so.1"))];
  } catch {
    return [];
  }
}
