/**
 * Launches, good ones and such as fail at each step in turn: `npm run test:launches -- [COUNT]`,
 * 20,000 by default. Of descriptors, threads, processes and objects nothing must be left, and memory
 * must not grow.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { dynamicPie } from "../__test__/support/elf-file.js";
import { holdings } from "../__test__/support/holdings.js";
import { guest } from "../bench/paths.js";
import {
  Kernel,
  LoaderService,
  ProcessBuilder,
  ProcessBuilderError,
  run,
  type RunResult,
  type Vmo,
} from "../index.js";
import { leftovers } from "./settled.js";
import { requireHost } from "./unavailable.js";

const COUNT = Number(process.argv[2] ?? 20_000);
const MEBIBYTE = 1 << 20;
/** Mebibytes by which memory may be more at the end than after the first quarter. */
const SLACK = 24;

assert.ok(COUNT > 0, "usage: test:launches [COUNT]");
requireHost("test:launches");
const kernel = new Kernel();
const [hello, fault] = await Promise.all(
  ["hello", "fault"].map((name) => kernel.vmoFromFile(guest(name))),
);
const libraries = new LoaderService(kernel, {
  objects: { "broken.so": new Uint8Array(100) },
  directories: [guest("lib")],
});

/** Something that is launched, and how that ends. */
type Step = [name: string, ending: unknown, launch: () => Promise<unknown>];

/** What the end of a run is called, or the error that keeps a program from starting. */
async function ending(promise: Promise<RunResult>): Promise<unknown> {
  try {
    const { returnCode, timedOut, isCanceled } = await promise;
    if (timedOut) return "timed out";
    return isCanceled ? "canceled" : returnCode;
  } catch (error) {
    return codeOf(error);
  }
}

async function build(executable: Vmo, loader = false): Promise<unknown> {
  using building = new ProcessBuilder({ name: "launch", job: kernel.rootJob, executable });
  if (loader) building.setLoaderService(libraries.connect());
  try {
    (await building.build()).dispose();
    return "built";
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof ProcessBuilderError) return error.code;
  throw error;
}

const bytes = readFileSync(guest("hello"));
const options = { kernel, reject: false } as const;
const NOT_FOUND = "ZX_ERR_NOT_FOUND";
/** `ZX_TASK_RETCODE_EXCEPTION_KILL` */
const EXCEPTION_KILL = -1028n;
const STEPS: readonly Step[] = [
  ["static", 0n, () => ending(run(hello!, [], options))],
  ["dynamic", 0n, () => ending(run(guest("hello_dynamic"), [], options))],
  ["its return code", 7n, () => ending(run(guest("probe"), ["--exit=7"], options))],
  ["no ELF file", NOT_FOUND, () => build(kernel.vmoFromBytes(new Uint8Array(100)))],
  ["half a file", NOT_FOUND, () => build(kernel.vmoFromBytes(bytes.subarray(0, 100)))],
  [
    "no loader service",
    "ZX_ERR_INVALID_ARGS",
    () => build(kernel.vmoFromBytes(dynamicPie("ld.so.1\0"))),
  ],
  ["no linker", NOT_FOUND, () => build(kernel.vmoFromBytes(dynamicPie("none.so\0")), true)],
  ["a broken linker", NOT_FOUND, () => build(kernel.vmoFromBytes(dynamicPie("broken.so\0")), true)],
  [
    "too large a stack",
    "ZX_ERR_INVALID_ARGS",
    () => ending(run(hello!, [], { ...options, minStackSize: 1n << 50n })),
  ],
  ["built, not started", "built", () => build(hello!.duplicate())],
  [
    "aborted before",
    "canceled",
    () => ending(run(hello!, [], { ...options, signal: AbortSignal.abort() })),
  ],
  [
    "timed out",
    "timed out",
    () => ending(run(guest("probe"), ["--spin"], { ...options, timeout: 1 })),
  ],
  ["a fault", EXCEPTION_KILL, () => ending(run(fault!, [], options))],
];

async function round(): Promise<void> {
  for (const [name, expected, launch] of STEPS) {
    assert.equal(await launch(), expected, name);
  }
}

await round();
await round();
const objects = kernel.stats();
const before = holdings();
const rounds = Math.max(4, Math.ceil(COUNT / STEPS.length));
const quarters: number[] = [];
for (let done = 1; done <= rounds; done++) {
  await round();
  if (done % Math.floor(rounds / 4) === 0 && quarters.length < 4) {
    globalThis.gc?.();
    quarters.push(Math.round(process.memoryUsage.rss() / MEBIBYTE));
    console.log(`${done * STEPS.length} launches, ${quarters.at(-1)} MiB`);
  }
}
assert.deepEqual(kernel.stats(), objects);
assert.equal(await leftovers(before), undefined);
const grown = quarters[3]! - quarters[0]!;
assert.ok(grown <= SLACK, `memory has grown by ${grown} MiB`);
console.log(
  `${rounds * STEPS.length} launches: ${JSON.stringify(before)} before, nothing more after, memory ${grown >= 0 ? "+" : ""}${grown} MiB`,
);
libraries.dispose();
for (const vmo of [hello, fault]) vmo!.close();
kernel.dispose();
