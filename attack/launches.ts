/**
 * Launches, good ones and such as fail at each step in turn: `npm run test:launches -- [COUNT]`,
 * 20,000 by default. Descriptors, threads, processes and objects must be what they were before, and
 * memory must not grow.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { holdings, untilHolding } from "../__test__/support/holdings.js";
import { dynamicPie } from "../__test__/support/elf-file.js";
import { guest } from "../bench/paths.js";
import {
  Kernel,
  LoaderService,
  ProcessBuilder,
  ProcessBuilderError,
  run,
  type Vmo,
} from "../index.js";

const COUNT = Number(process.argv[2] ?? 20_000);
const MEBIBYTE = 1 << 20;
/** Mebibytes by which memory may be more at the end than after the first quarter. */
const SLACK = 24;

const kernel = new Kernel();
const [hello, fault] = await Promise.all(
  ["hello", "fault"].map((name) => kernel.vmoFromFile(guest(name))),
);
const libraries = new LoaderService(kernel, {
  objects: { "broken.so": new Uint8Array(100) },
  directories: [guest("lib")],
});

/** Something that is launched, and how it ends. */
type Step = [name: string, launch: () => Promise<unknown>];

/** The code of the return, or the error that keeps a program from starting. */
async function ending(promise: Promise<{ returnCode: bigint }>): Promise<unknown> {
  try {
    return (await promise).returnCode;
  } catch (error) {
    return error instanceof ProcessBuilderError ? error.code : (error as Error).name;
  }
}

function builder(executable: Vmo): ProcessBuilder {
  return new ProcessBuilder({ name: "launch", job: kernel.rootJob, executable });
}

async function build(executable: Vmo, loader = false): Promise<unknown> {
  using building = builder(executable);
  if (loader) building.setLoaderService(libraries.connect());
  try {
    (await building.build()).dispose();
    return "built";
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

const bytes = readFileSync(guest("hello"));
const options = { kernel, reject: false } as const;
const STEPS: readonly Step[] = [
  ["static", () => ending(run(hello!, [], options))],
  ["dynamic", () => ending(run(guest("hello_dynamic"), [], options))],
  ["its return code", () => ending(run(guest("probe"), ["--exit=7"], options))],
  ["no ELF file", () => build(kernel.vmoFromBytes(new Uint8Array(100)))],
  ["half a file", () => build(kernel.vmoFromBytes(bytes.subarray(0, 100)))],
  ["no loader service", () => build(kernel.vmoFromBytes(dynamicPie("ld.so.1\0")))],
  ["no linker", () => build(kernel.vmoFromBytes(dynamicPie("none.so\0")), true)],
  ["a broken linker", () => build(kernel.vmoFromBytes(dynamicPie("broken.so\0")), true)],
  ["too large a stack", () => ending(run(hello!, [], { ...options, minStackSize: 1n << 50n }))],
  ["built, not started", () => build(hello!.duplicate())],
  ["aborted before", () => ending(run(hello!, [], { ...options, signal: AbortSignal.abort() }))],
  ["timed out", () => ending(run(guest("probe"), ["--spin"], { ...options, timeout: 1 }))],
  ["a fault", () => ending(run(fault!, [], options))],
];

/** What each step ends in, by the first round; each later one must end so too. */
const endings = new Map<string, unknown>();
async function round(): Promise<void> {
  for (const [name, launch] of STEPS) {
    const end = await launch();
    if (!endings.has(name)) {
      endings.set(name, end);
      console.log(`${name}: ${String(end)}`);
    }
    assert.equal(end, endings.get(name), name);
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
await untilHolding(before);
const grown = quarters[3]! - quarters[0]!;
assert.ok(grown <= SLACK, `memory has grown by ${grown} MiB`);
console.log(
  `${rounds * STEPS.length} launches: ${JSON.stringify(before)} before and after, memory ${grown >= 0 ? "+" : ""}${grown} MiB`,
);
libraries.dispose();
for (const vmo of [hello, fault]) vmo!.close();
kernel.dispose();
