import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LIB = join(ROOT, "sysroot/x86_64-unknown-fuchsia/lib");

/** Compiles a C file against the sysroot. */
export function compile(source: string, program: string): void {
  const link = ["-nostdlib", "-pie", `-Wl,--dynamic-linker=ld.so.1,-rpath-link,${LIB}`];
  const libraries = ["libfdio.so", "libc.so", "libzircon.so"].map((name) => join(LIB, name));
  const options = ["-O2", "-ffreestanding", "-fno-stack-protector", "-fPIE", ...link];
  const inputs = [join(LIB, "Scrt1.o"), source, ...libraries];
  execFileSync("cc", [...options, "-o", program, ...inputs]);
}
