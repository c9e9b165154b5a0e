import { createRequire } from "node:module";
import { dirname } from "node:path";

const require = createRequire(import.meta.url);

/** Directories with this package's own dynamic linker: one, or none where guests are not built. */
export function ownLibraries(): readonly string[] {
  try {
    return [dirname(require.resolve("#guests/lib/ld.so.1"))];
  } catch {
    return [];
  }
}
