import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { root } from "../bench/paths.js";

/** What compiles. */
export const COMPILER = "cc";

const LIB = join(root, "sysroot/x86_64-unknown-fuchsia/lib");

/**
 * Compiles the programs of this directory, before any attack: to wait for a compiler holds up the event
 * loop. They are kept as long as Node.
 *
 * @returns the path of one, by its name
 */
export function compilePrograms(): (name: string) => string {
  const directory = mkdtempSync(join(tmpdir(), "zirconia-attack-"));
  process.on("exit", () => rmSync(directory, { recursive: true }));
  const sources = join(root, "attack");
  const names = readdirSync(sources).filter((name) => name.endsWith(".c"));
  for (const name of names) compile(join(sources, name), join(directory, basename(name, ".c")));
  return (name) => join(directory, name);
}

/** Compiles a C file against the sysroot. */
function compile(source: string, program: string): void {
  const link = ["-nostdlib", "-pie", `-Wl,--dynamic-linker=ld.so.1,-rpath-link,${LIB}`];
  const libraries = ["libfdio.so", "libc.so", "libzircon.so"].map((name) => join(LIB, name));
  const options = ["-O2", "-ffreestanding", "-fno-stack-protector", "-fPIE", ...link];
  const inputs = [join(LIB, "Scrt1.o"), source, ...libraries];
  execFileSync(COMPILER, [...options, "-o", program, ...inputs]);
}
