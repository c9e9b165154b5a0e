import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { ExecutionContext } from "ava";
import test from "ava";

import { nativeTest } from "./native.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const libraries = join(root, "sysroot/x86_64-unknown-fuchsia/lib");

/** What `scripts/clang.sh` unpacks. */
const unpacked = join(root, "target/clang");
const llvm = join(unpacked, "usr/lib/llvm-19");

export const hasClang = existsSync(join(unpacked, "complete"));

if (!hasClang) {
  console.warn("There is no target/clang: tests that compile C are SKIPPED. Try scripts/clang.sh");
}

/** A test that compiles C for Fuchsia; skipped, loudly, where that cannot be or cannot run. */
export const clangTest = hasClang ? nativeTest : test.skip;

/** LLVM's unwinder, as an archive. It is made for Linux. */
export const LIBUNWIND = join(llvm, "lib/libunwind.a");

/** The environment of a shell that finds it, as far as it differs. */
export const CLANG: Readonly<Record<string, string>> = hasClang
  ? {
      PATH: `${join(llvm, "bin")}:${process.env["PATH"]}`,
      LD_LIBRARY_PATH: `${join(llvm, "lib")}:${join(unpacked, "usr/lib/x86_64-linux-gnu")}`,
    }
  : {};

/** Runs one of these tools. */
export function callTool(tool: string, args: readonly string[]): void {
  const env = { ...process.env, ...CLANG };
  execFileSync(join(llvm, "bin", tool), args, { env, stdio: ["ignore", "inherit", "pipe"] });
}

/** A directory for what a test makes. */
export function directoryFor(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), "clang-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Compiles a file of `__test__/c` as clang does by itself for Fuchsia, and returns the object's path. */
export function compile(directory: string, name: string, ...args: string[]): string {
  const object = join(directory, name.replace(/c$/, "o"));
  const source = join(root, "__test__/c", name);
  // Files declare what they use of the C library themselves.
  const warnings = ["-Wall", "-Wextra", "-Werror", "-Wno-builtin-requires-header"];
  callTool("clang", [
    "--target=x86_64-unknown-fuchsia",
    ...warnings,
    ...args,
    "-c",
    source,
    "-o",
    object,
  ]);
  return object;
}

/** What lld says of a link that fails. */
export class LinkError extends Error {}

/**
 * Links a program, or a library, against the sysroot.
 *
 * @throws {@link LinkError}
 */
export function link(output: string, objects: readonly string[], ...args: string[]): string {
  const isLibrary = args.includes("-shared");
  const startup = isLibrary ? [] : ["-pie", join(libraries, "Scrt1.o")];
  try {
    callTool("ld.lld", [
      ..."-z separate-loadable-segments -z rel -z now -z defs --pack-dyn-relocs=relr".split(" "),
      ..."--hash-style=gnu --eh-frame-hdr --build-id --dynamic-linker=ld.so.1".split(" "),
      // The archive of the unwinder names libraries of Linux.
      "--no-dependent-libraries",
      "-L",
      libraries,
      ...startup,
      ...objects,
      ...args,
      "-lfdio",
      "-lc",
      "-lzircon",
      "-o",
      output,
    ]);
  } catch (error) {
    throw new LinkError(String((error as { stderr: unknown }).stderr), { cause: error });
  }
  return output;
}
