import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { root } from "./paths.js";

/** What compiles. */
export const COMPILER = "cc";

/** The libraries of the sysroot. */
export const SYSROOT = join(root, "sysroot/x86_64-unknown-fuchsia/lib");

/** Compiles a program of this directory for Linux, and returns its path. */
export function compileForLinux(source: string, program: string, options: string[]): string {
  const cwd = join(root, "bench");
  execFileSync(COMPILER, ["-O2", ...options, "-o", program, source], { cwd });
  return program;
}

/** Compiles a C file against the sysroot, with FUCHSIA defined, and returns the program's path. */
export function compileForFuchsia(source: string, program: string): string {
  const linker = "-Wl,--no-as-needed,--dynamic-linker=ld.so.1,-rpath-link";
  const link = ["-nostdlib", "-pie", `${linker},${SYSROOT}`];
  const libraries = ["libfdio.so", "libc.so", "libzircon.so"].map((name) => join(SYSROOT, name));
  const options = ["-O2", "-DFUCHSIA", "-ffreestanding", "-fno-stack-protector", "-fPIE", ...link];
  const inputs = [join(SYSROOT, "Scrt1.o"), source, ...libraries];
  execFileSync(COMPILER, [...options, "-o", program, ...inputs]);
  return program;
}
