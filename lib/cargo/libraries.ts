import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The target of all of this, by rustc's name. */
export const TARGET = "x86_64-unknown-fuchsia";

/** Directories with what programs are made of. */
export interface Libraries {
  /** Where the linker looks for libraries, and for what executables begin with. */
  readonly link: readonly string[];
  /** Where the dynamic linker and libraries are looked for when a program runs. */
  readonly run: readonly string[];
}

/** What executables begin with. */
const STARTUP = "Scrt1.o";

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
 * Those of this package's sysroot, or of an SDK of Fuchsia's.
 *
 * @throws Error if they are not there
 */
export function findLibraries(sdk: string | undefined): Libraries {
  if (sdk === undefined) {
    const directory = join(findSysroot(), "lib");
    return { link: [directory], run: [directory] };
  }
  const arch = resolve(sdk, "arch/x64");
  const lib = join(arch, "sysroot/lib");
  if (!existsSync(join(lib, STARTUP))) {
    throw new Error(`${sdk} is no SDK of Fuchsia's: there is no ${join(lib, STARTUP)}`);
  }
  return {
    link: [lib, join(arch, "lib")],
    run: [join(arch, "sysroot/dist/lib"), join(arch, "dist")],
  };
}
