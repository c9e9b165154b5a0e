import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import test from "ava";

import type { Check } from "../../lib/native/probe.js";
import { MAIN } from "./cli.js";
import { nativeTest } from "./native.js";
import { type NodeResult, runProcess } from "./node.js";
import type { Ends } from "./refused-once.js";

/** What `run-here.ts` tells. */
export interface Outcome {
  /** The return code of a program that ran. */
  readonly returnCode?: string;
  readonly error?: {
    readonly name: string;
    readonly code: string;
    readonly step?: string;
    readonly errno?: number;
    readonly remedy?: string;
  };
  readonly checks: readonly Check[];
  /** Zombies that are children of the process's. */
  readonly zombies: number;
}

const RUN_HERE = fileURLToPath(new URL("run-here.ts", import.meta.url));
const REFUSED_ONCE = fileURLToPath(new URL("refused-once.ts", import.meta.url));
const TSX = `--import=${import.meta.resolve("tsx")}`;

/** Settles once {@link RUN_HERE} has been compiled. */
let compiled: Promise<unknown> | undefined;

/** The program that refuses system calls (deny.c); `undefined` without a C compiler. */
const deny = compileDeny();

function compileDeny(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "zirconia-deny-"));
  process.on("exit", () => rmSync(directory, { recursive: true }));
  const program = join(directory, "deny");
  const source = fileURLToPath(new URL("deny.c", import.meta.url));
  try {
    execFileSync("cc", ["-O2", "-o", program, source], { stdio: "pipe" });
    return program;
  } catch {
    console.warn("Nothing compiles deny.c: the tests that refuse system calls are SKIPPED.");
    return undefined;
  }
}

/** A test in which Linux refuses system calls; skipped, loudly, where nothing can do that. */
export const deniedTest = deny === undefined ? test.skip : nativeTest;

/** A test behind `unshare` of these options; skipped, loudly, where that is not allowed. */
export function unsharedTest(...options: string[]): typeof test | typeof test.skip {
  if (spawnSync("unshare", [...options, "true"]).status === 0) return deniedTest;
  console.warn(`unshare ${options.join(" ")} is not allowed: its tests are SKIPPED.`);
  return test.skip;
}

/** A test in which Linux refuses one system call; skipped, loudly, where nobody may count them. */
export const refusedOnceTest = countsCalls() ? deniedTest : test.skip;

function countsCalls(): boolean {
  if (deny === undefined || spawnSync(deny, ["--once", "--", "true"]).status === 0) return true;
  console.warn("ptrace is not allowed: the tests that refuse one system call are SKIPPED.");
  return false;
}

/** Refuses each call for which there are rules in turn: what programs ended in then. */
export async function refuseEachOnce(rules: readonly string[]): Promise<Ends[]> {
  return JSON.parse(await output(command([], ["--once", ...rules], [REFUSED_ONCE]))) as Ends[];
}

/** Runs a program in a Node process that system calls are refused to: rules as in deny.c. */
export function runDenied(rules: readonly string[], ...args: string[]): Promise<Outcome> {
  return runBehind([], rules, ...args);
}

/** The same, behind another program. */
export async function runBehind(
  before: readonly string[],
  rules: readonly string[],
  ...args: string[]
): Promise<Outcome> {
  // tsx starts a compiler for what it has not compiled yet, which is not to meet the rules.
  await (compiled ??= runProcess(process.execPath, [TSX, RUN_HERE]));
  return JSON.parse(await output(command(before, rules, [RUN_HERE, ...args]))) as Outcome;
}

async function output([program, ...args]: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProcess(program!, args);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${code}\n${stderr}`);
  return stdout;
}

/** Runs the command line where system calls are refused to it. */
export function zirconiaDenied(rules: readonly string[], ...args: string[]): Promise<NodeResult> {
  const [program, ...rest] = command([], rules, [MAIN, ...args]);
  return runProcess(program!, rest);
}

function command(before: readonly string[], rules: readonly string[], script: readonly string[]) {
  return [...before, deny!, ...rules, "--", process.execPath, TSX, ...script];
}
