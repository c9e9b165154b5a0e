import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What of a package's manifest is of interest here. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  /** The compiled files of a platform's package, by their names: `scripts/seal-platforms.mjs`. */
  readonly binaries?: Readonly<Record<string, SealedBinary>>;
}

/** A compiled file, as it was published. */
export interface SealedBinary {
  /** Its length in bytes. */
  readonly size: number;
  /** Its hash, in hexadecimal digits. */
  readonly sha256: string;
}

/** The manifest in this file; `undefined` if there is none. */
export function readManifest(file: string): Manifest | undefined {
  // An error takes longer than all else.
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

/** The manifest of the package in which a module is; `undefined` if it is in none. */
export function manifestAround(module: string): Manifest | undefined {
  let directory = module;
  for (;;) {
    const parent = dirname(directory);
    if (parent === directory) return undefined;
    directory = parent;
    const manifest = readManifest(join(directory, "package.json"));
    // One without a name only says what kind of modules a directory has.
    if (manifest?.name !== undefined) return manifest;
  }
}
