import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "../bench/paths.js";

/** What compiles. */
export const COMPILER = "cc";

const LIB = join(root, "sysroot/x86_64-unknown-fuchsia/lib");

/** Compiles programs of this directory when they are first asked for, and keeps them as long as Node. */
export function compiler(): (name: string) => string {
  const directory = mkdtempSync(join(tmpdir(), "zirconia-attack-"));
  process.on("exit", () => rmSync(directory, { recursive: true }));
  const compiled = new Map<string, string>();
  return (name) => {
    const known = compiled.get(name);
    if (known !== undefined) return known;
    const path = join(directory, name);
    compile(join(root, "attack", `${name}.c`), path);
    compiled.set(name, path);
    return path;
  };
}

/** Compiles a C file against the sysroot. */
function compile(source: string, program: string): void {
  const link = ["-nostdlib", "-pie", `-Wl,--dynamic-linker=ld.so.1,-rpath-link,${LIB}`];
  const libraries = ["libfdio.so", "libc.so", "libzircon.so"].map((name) => join(LIB, name));
  const options = ["-O2", "-ffreestanding", "-fno-stack-protector", "-fPIE", ...link];
  const inputs = [join(LIB, "Scrt1.o"), source, ...libraries];
  execFileSync(COMPILER, [...options, "-o", program, ...inputs]);
}
