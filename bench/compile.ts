import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { findLinkableSdk } from "../lib/program/sdk.js";
import { root } from "./paths.js";

/** What compiles. */
export const COMPILER = "cc";

/** The SDKs of Fuchsia's that `FUCHSIA_SDK` names. */
export const SDKS = (process.env["FUCHSIA_SDK"] ?? "").split(delimiter).filter((sdk) => sdk !== "");

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

/** As {@link compileForFuchsia}, against an SDK, by the clang and lld of `scripts/clang.sh`. */
export function compileWithSdk(sdk: string, source: string, program: string): string {
  const { link } = findLinkableSdk(sdk);
  const startup = link.map((directory) => join(directory, "Scrt1.o")).find(existsSync)!;
  const object = `${program}.o`;
  const options = ["--target=x86_64-unknown-fuchsia", "-O2", "-DFUCHSIA", "-fno-builtin", "-fPIC"];
  execFileSync("clang", [...options, "-c", source, "-o", object]);
  const directories = link.flatMap((directory) => ["-L", directory]);
  const linked = ["-pie", "--dynamic-linker=ld.so.1", "--no-dependent-libraries", startup, object];
  const libraries = [...directories, "-lfdio", "-lzircon", "-lc"];
  execFileSync("ld.lld", [...linked, ...libraries, "-o", program]);
  return program;
}
