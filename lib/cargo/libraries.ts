import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { findLinkableSdk, type SdkDirectories, STARTUP } from "../program/sdk.js";

/** The target of all of this, by rustc's name. */
export const TARGET = "x86_64-unknown-fuchsia";

/** This package's own sysroot. */
const SYSROOT = new URL(`../../sysroot/${TARGET}`, import.meta.url);

/**
 * The directory of this package's own sysroot, as compilers take it: libraries are in `lib/`, C
 * headers in `include/`.
 *
 * @throws Error if it is not there
 */
export function findSysroot(): string {
  const directory = fileURLToPath(SYSROOT);
  const startup = join(directory, "lib", STARTUP);
  if (!existsSync(startup)) {
    throw new Error(`the sysroot is missing: there is no ${startup}`);
  }
  return directory;
}

/**
 * The directories of this package's sysroot, or of an SDK of Fuchsia's.
 *
 * @throws Error if they are not there
 */
export function findLibraries(sdk: string | undefined): SdkDirectories {
  if (sdk !== undefined) {
    return findLinkableSdk(sdk);
  }
  const directory = join(findSysroot(), "lib");
  return { link: [directory], run: [directory] };
}
