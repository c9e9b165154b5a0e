import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { ExecutionContext } from "ava";
import test from "ava";

import { COMPILER, SYSROOT } from "../../bench/compile.js";
import { MAIN } from "./cli.js";
import { directoryWith } from "./directory.js";
import type { serialNativeTest } from "./native.js";
import { Talk } from "./talk.js";

const sources = fileURLToPath(new URL("../debug/", import.meta.url));

/** Programs of `__test__/debug` with debugging information, and their library, in one directory. */
export interface Programs {
  readonly directory: string;
  readonly session: string;
  readonly freestanding: string;
}

const FLAGS = [
  ..."-g -O0 -ffreestanding -fno-stack-protector -nostdlib".split(" "),
  `-I${join(dirname(SYSROOT), "include")}`,
  `-Wl,--no-as-needed,--dynamic-linker=ld.so.1,-rpath-link,${SYSROOT}`,
];
const EXECUTABLE = ["-fPIE", "-pie"];

function library(name: string): string {
  return join(SYSROOT, `lib${name}.so`);
}

let compiled: Programs | undefined;

/** Compiles them, with any compiler for Linux, when they are first asked for; they are kept as long as Node. */
export function programs(): Programs {
  return (compiled ??= compilePrograms());
}

function compilePrograms(): Programs {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), "zirconia-debug-"));
  process.on("exit", () => rmSync(directory, { recursive: true }));
  const compile = (source: string, name: string, ...args: string[]) => {
    const output = join(directory, name);
    const inputs = [join(sources, source), ...args, library("zircon")];
    execFileSync(COMPILER, [...FLAGS, "-o", output, ...inputs]);
    return output;
  };
  compile("plugin.c", "libplugin.so", "-fPIC", "-shared", "-Wl,-soname,libplugin.so");
  const hosted = [join(SYSROOT, "Scrt1.o"), library("fdio"), library("c")];
  return {
    directory,
    session: compile("session.c", "session", ...EXECUTABLE, ...hosted),
    freestanding: compile("freestanding.c", "freestanding", ...EXECUTABLE),
  };
}

/** The number of the line of a source in which a text is, for the first time. */
export function lineOf(source: string, text: string): number {
  const lines = readFileSync(join(sources, source), "utf8").split("\n");
  return lines.findIndex((line) => line.includes(text)) + 1;
}

/** The tests of `__test__/rust/sysroot/tests/debugged.rs`, if scripts/test-rust-web.sh has built them. */
function rustTests(): string | undefined {
  const directory = fileURLToPath(
    new URL("../../target/rust-web-tests/x86_64-unknown-fuchsia/debug/deps/", import.meta.url),
  );
  if (!existsSync(directory)) return undefined;
  const built = readdirSync(directory)
    .filter((name) => /^debugged-[0-9a-f]+$/.test(name))
    .map((name) => join(directory, name));
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

const rust = rustTests();
if (rust === undefined) {
  console.warn(
    "scripts/test-rust-web.sh has not run: tests that debug Rust's programs are SKIPPED.",
  );
}

/** A test with the tests of `debugged.rs`; skipped, loudly, where they have not been built. */
export function rustTest(
  debuggerTest: typeof serialNativeTest,
  title: string,
  body: (t: ExecutionContext, tests: string) => Promise<void>,
): void {
  if (rust === undefined) test.serial.skip(title, () => {});
  else debuggerTest(title, (t) => body(t, rust));
}

/** A program that waits for a debugger. */
export interface Waiting {
  /** `zirconia run`, with what the program prints. */
  readonly command: Talk;
  readonly socket: string;
}

/** How a program waits. */
export interface WaitOptions {
  /** When a debugger may come: at its first instruction, by default. */
  readonly when?: "on-crash" | "on-demand";
  /** More options of `zirconia run`. */
  readonly options?: readonly string[];
}

/** Runs a program under `zirconia run --gdb`, and waits until a debugger can connect. */
export async function waitForDebugger(
  t: ExecutionContext,
  program: string,
  args: readonly string[] = [],
  { when, options = [] }: WaitOptions = {},
): Promise<Waiting> {
  const socket = join(directoryWith(t, {}), "gdb");
  const place = [...(when === undefined ? [] : [when]), `unix:${socket}`].join(",");
  const start = [`--import=${import.meta.resolve("tsx")}`, MAIN, "run", `--gdb=${place}`];
  const command = new Talk(t, process.execPath, [...start, ...options, program, ...args]);
  await command.until(new RegExp(`${socket}.*\n`));
  return { command, socket };
}
