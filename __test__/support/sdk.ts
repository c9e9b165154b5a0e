import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import test from "ava";

import { findLinkableSdk } from "../../lib/program/sdk.js";
import { callTool, hasClang } from "./clang.js";
import { serialNativeTest } from "./native.js";

const examples = fileURLToPath(new URL("../../examples/sdk/", import.meta.url));

/** The SDKs of Fuchsia's that `FUCHSIA_SDK` names. */
export const SDKS = (process.env["FUCHSIA_SDK"] ?? "").split(delimiter).filter((sdk) => sdk !== "");

if (SDKS.length === 0) {
  console.warn(
    "FUCHSIA_SDK names no SDK: tests that compile examples/sdk with one, and run them, are SKIPPED.",
  );
}

/** A test that compiles programs with SDKs and runs them; skipped, loudly, where that cannot be. */
export const sdkTest = SDKS.length > 0 && hasClang ? serialNativeTest : test.skip;

/** How a file of examples/sdk is compiled and linked. */
export interface Build {
  /** More arguments for the compiler. */
  readonly compile?: readonly string[];
  /** Arguments for the linker, after those of Fuchsia's clang, and libraries. */
  readonly link?: readonly string[];
  /** What links it, with none of lld's own options. */
  readonly linker?: string;
}

/** What Fuchsia's clang tells lld. */
const LLD = [
  ..."-z separate-loadable-segments -z rel -z now --pack-dyn-relocs=relr".split(" "),
  ..."--hash-style=gnu --eh-frame-hdr --build-id --no-dependent-libraries".split(" "),
];

/** Compiles and links a file of examples/sdk with an SDK; a library if its name says so. */
export function buildWithSdk(
  sdk: string,
  name: string,
  output: string,
  { compile = [], link = [], linker }: Build = {},
): string {
  const { link: directories } = findLinkableSdk(sdk);
  const lib = directories.find((directory) => existsSync(join(directory, "Scrt1.o")))!;
  const isLibrary = name.startsWith("lib");
  const object = `${output}.o`;
  callTool("clang", [
    ..."--target=x86_64-unknown-fuchsia -O2 -fPIC -Wall -Wextra -Werror".split(" "),
    ...(name.endsWith(".cc") ? ["-fno-exceptions", "-fno-rtti"] : ["-D_GNU_SOURCE"]),
    "-Wno-unused-result",
    `--sysroot=${dirname(lib)}`,
    "-I",
    join(sdk, "pkg/fdio/include"),
    ...compile,
    "-c",
    join(examples, name),
    "-o",
    object,
  ]);
  const args = [
    ...(isLibrary ? ["-shared", `-soname=${basename(output)}`] : ["-pie", join(lib, "Scrt1.o")]),
    "--dynamic-linker=ld.so.1",
    object,
    "-o",
    output,
    ...link,
    ...directories.flatMap((directory) => ["-L", directory]),
    "-lfdio",
    "-lzircon",
    "-lc",
  ];
  if (linker === undefined) callTool("ld.lld", [...LLD, ...args]);
  else execFileSync(linker, args, { stdio: ["ignore", "inherit", "pipe"] });
  return output;
}

/** Compiles and links a file of examples/sdk for this computer. */
export function buildForHost(name: string, output: string, ...args: string[]): string {
  const isLibrary = name.startsWith("lib");
  execFileSync(
    "cc",
    [
      "-O2",
      "-w",
      "-D_GNU_SOURCE",
      join(examples, name),
      "-o",
      output,
      "-pthread",
      ...(isLibrary ? ["-shared", "-fPIC"] : ["-rdynamic"]),
      ...(name.endsWith(".cc") ? ["-fno-exceptions", "-fno-rtti"] : []),
      ...args,
      "-lm",
      "-ldl",
    ],
    { stdio: ["ignore", "inherit", "pipe"] },
  );
  return output;
}
