import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, watch } from "node:fs";
import { join } from "node:path";

import test from "ava";

import { Kernel, type KernelOptions, ProcessBuilder, run, type RunOptions } from "../index.js";
import {
  type ChromeTrace,
  chromeTrace,
  formatTrace,
  type TraceRecord,
} from "../lib/trace/index.js";
import { MAIN, shell, zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { ENVIRONMENT } from "./support/node.js";
import { guest, nativeTest } from "./support/native.js";
import { at } from "./support/trace.js";

/** More calls than a program makes before it is killed. */
const ENDLESS = ["65536"];

/** What a kernel tells of many changes of signals, none of which lets the event loop go on. */
function traceOfSignals(traceBuffer: KernelOptions["traceBuffer"]): TraceRecord[] {
  const records: TraceRecord[] = [];
  const trace = (batch: TraceRecord[]) => void records.push(...batch);
  const kernel = new Kernel({
    machine: "null",
    clock: "virtual",
    seed: 1,
    trace,
    ...(traceBuffer && { traceBuffer }),
  });
  const event = kernel.createEvent();
  for (let change = 0; change < 1000; change++) {
    event.signal(8, change % 2 === 0 ? 8 : 0);
  }
  kernel.dispose();
  return records;
}

/** A document that a command has written, whatever has become of the command. */
function written(file: string): ChromeTrace {
  return JSON.parse(readFileSync(file, "utf8")) as ChromeTrace;
}

test("a trace buffer has a size and an action", (t) => {
  for (const [traceBuffer, code] of [
    [{ capacity: 4095 }, "ERR_OUT_OF_RANGE"],
    [{ capacity: 2 ** 31 }, "ERR_OUT_OF_RANGE"],
    [{ capacity: 1.5 }, "ERR_OUT_OF_RANGE"],
    [{ overflow: "block" }, "ERR_INVALID_ARG_VALUE"],
    [{ size: 1 }, "ERR_INVALID_ARG_VALUE"],
  ] as const) {
    const options = { machine: "null", traceBuffer } as unknown as KernelOptions;
    t.throws(() => new Kernel(options), { code }, JSON.stringify(traceBuffer));
  }
  for (const capacity of [4096, 2 ** 31 - 1]) {
    new Kernel({ machine: "null", traceBuffer: { capacity } }).dispose();
  }
});

test("what does not fit is dropped, and counted in its place", (t) => {
  const all = traceOfSignals(undefined);
  t.true(all.length > 1000);
  const lengths = (["drop", "wait"] as const).map((overflow) => {
    const records = traceOfSignals({ capacity: 8192, overflow });
    const [last, ...others] = [records.at(-1)!, ...records.slice(0, -1)];
    t.deepEqual(others, all.slice(0, others.length));
    t.like(last, { type: "dropped", count: all.length - others.length });
    return others.length;
  });
  // Nobody is held back here: there is room for as much again.
  t.true(lengths[1]! > 1.9 * lengths[0]!);
});

test("a trace goes on after what was dropped", (t) => {
  const records: TraceRecord[] = [];
  const trace = (batch: TraceRecord[]) => void records.push(...batch);
  const traceBuffer = { capacity: 4096, overflow: "drop" } as const;
  const kernel = new Kernel({ machine: "null", trace, traceBuffer });
  const event = kernel.createEvent();
  const change = () => {
    event.signal(0, 8);
    event.signal(8, 0);
  };
  for (let round = 0; round < 100; round++) change();
  kernel.flushTrace();
  t.is(records.at(-1)!.type, "dropped");
  change();
  kernel.dispose();
  t.deepEqual(
    records.slice(-3).map(({ type }) => type),
    ["dropped", "signal", "signal"],
  );
});

test("what has gathered is handed over at once where that is asked for", (t) => {
  const batches: TraceRecord[][] = [];
  const trace = (batch: TraceRecord[]) => void batches.push(batch);
  const kernel = new Kernel({ machine: "null", trace });
  const event = kernel.createEvent();
  for (let change = 0; change < 1000; change++) event.signal(8, change % 2 === 0 ? 8 : 0);
  kernel.flushTrace();
  t.is(batches.length, 1);
  t.true(batches[0]!.length > 1000);
  kernel.dispose();
});

nativeTest("guests that are held back together lose nothing of their trace", async (t) => {
  const records: TraceRecord[] = [];
  const trace = (batch: TraceRecord[]) => void records.push(...batch);
  await using kernel = new Kernel({ trace, traceBuffer: { capacity: 4096 } });
  const executable = await kernel.vmoFromFile(guest("syscall_bench"));
  const guests = [];
  for (let count = 0; count < 40; count++) {
    const builder = new ProcessBuilder({
      name: "syscall_bench",
      job: kernel.rootJob,
      executable: executable.duplicate(),
    });
    builder.addArguments(["syscall_bench", "300"]);
    const process = (await builder.build()).start();
    guests.push({ process, suspended: process.suspend() });
    kernel.flushTrace();
  }
  const before = records.length;
  for (const { suspended } of guests) suspended.close();
  await Promise.all(guests.map(({ process }) => process.exited()));
  kernel.flushTrace();
  const types = records.slice(before).map(({ type }) => type);
  // Ends are not held back.
  const calls = types.slice(0, types.indexOf("processExit"));
  t.true(calls.length > 300);
  t.false(calls.includes("dropped"));
});

test("text and events say that records are missing, and end the calls before them", (t) => {
  const call = { process: 1n, thread: 2n, number: 0n, name: "nanosleep" };
  const args = Array.from({ length: 8 }, () => 0n);
  const records: TraceRecord[] = [
    at(1n, { type: "processCreate", process: 1n, name: "hello", job: 0n }),
    at(2n, { type: "syscallEnter", ...call, args, known: [] }),
    at(3n, { type: "dropped", count: 7 }),
    at(4n, { type: "syscallExit", process: 1n, thread: 2n, value: 0n, known: [] }),
  ];
  const lines = formatTrace(records);
  t.is(lines.at(-1), "-- 7 records are missing");
  t.true(lines.at(-2)!.startsWith("zx_nanosleep("));
  const { traceEvents } = chromeTrace(records);
  t.deepEqual(traceEvents.map(({ ph, name }) => `${ph} ${name}`).slice(2), [
    "B zx_nanosleep",
    "E zx_nanosleep",
    "i dropped",
  ]);
});

nativeTest("a program that is held back loses nothing of its trace", async (t) => {
  const records: TraceRecord[] = [];
  const trace = (batch: TraceRecord[]) => void records.push(...batch);
  const traceBuffer = { capacity: 16 * 1024 };
  const options: RunOptions = { trace, traceBuffer };
  const { stdout } = await run(guest("syscall_bench"), ["5000"], options);
  t.true(stdout.startsWith("calls=5000 "));
  t.false(records.some(({ type }) => type === "dropped"));
  const of = (wanted: string) =>
    records.filter((record) => record.type === wanted && "process" in record).length;
  t.true(of("syscallEnter") >= 5000);
  // The last one does not return.
  t.is(of("syscallExit"), of("syscallEnter") - 1);
});

nativeTest("a slow trace stops neither timers nor a time-out", async (t) => {
  let [turns, ticks] = [0, 0];
  /** The timer's turns before each batch that takes long enough for more. */
  const before: number[] = [];
  const trace = (batch: TraceRecord[]) => {
    if (batch.length > 20) before.push(ticks);
    // So slow that the program is never done.
    const end = performance.now() + 0.2 * batch.length;
    while (performance.now() < end) turns++;
  };
  const timer = setInterval(() => ticks++, 1);
  const result = await run(guest("syscall_bench"), ENDLESS, {
    trace,
    traceBuffer: { capacity: 16 * 1024 },
    timeout: 2000,
    reject: false,
  });
  clearInterval(timer);
  t.true(result.timedOut);
  t.true(turns > 0 && before.length >= 3, String(before));
  // A turn of the event loop has two at most: one as a guest tells of it, one right before the next.
  t.true(new Set(before).size >= Math.floor(before.length / 2), String(before));
});

nativeTest("a trace file is whole after a time-out, a crash and an error", async (t) => {
  const file = join(directoryWith(t, {}), "trace.json");
  for (const [args, last] of [
    [["--timeout", "1500", guest("probe"), "--sleep-forever"], "exit"],
    [["--timeout", "500", guest("syscall_bench"), ...ENDLESS], "exit"],
    [[guest("fault"), "null-read"], "exit"],
    [[guest("probe"), "--exit=3"], "exit"],
  ] as const) {
    const { code } = await zirconia(["run", `--trace=${file}`, ...args]);
    t.not(code, 0);
    const { traceEvents } = written(file);
    t.true(
      traceEvents.some(({ name }) => name === last),
      args.join(" "),
    );
    const begun = traceEvents.filter(({ ph }) => ph === "B").length;
    t.is(traceEvents.filter(({ ph }) => ph === "E").length, begun);
  }
});

/** Resolves once a file has some text. */
async function whenIn(file: string, text: string): Promise<void> {
  const watcher = watch(file);
  try {
    while (!readFileSync(file, "utf8").includes(text)) await once(watcher, "change");
  } finally {
    watcher.close();
  }
}

for (const [signal, isKilled] of [
  ["SIGINT", false],
  ["SIGTERM", false],
  ["SIGKILL", true],
] as const) {
  nativeTest(`a trace file is whole after ${signal}`, async (t) => {
    const file = join(directoryWith(t, {}), "trace.json");
    const args = [
      MAIN,
      "run",
      `--trace=${file}`,
      guest("probe"),
      "--stdout=here",
      "--sleep-forever",
    ];
    const child = spawn(process.execPath, [`--import=${import.meta.resolve("tsx")}`, ...args], {
      stdio: ["ignore", "pipe", "ignore"],
      env: ENVIRONMENT,
    });
    // Output that is there at once comes before the trace of it is handed over.
    child.stdout.once("data", () => {
      void whenIn(file, "zx_socket_write").then(() => child.kill(signal));
    });
    const [code, by] = await new Promise<[number | null, string | null]>((resolve) =>
      child.once("close", (...how) => resolve(how)),
    );
    t.deepEqual([code === null, by], isKilled ? [true, signal] : [false, null]);
    const names = new Set(written(file).traceEvents.map(({ name }) => name));
    t.true(names.has("start"));
    t.true(names.has("zx_socket_write"));
    t.is(names.has("exit"), !isKilled);
  });
}

nativeTest("a trace can be written to a pipe", async (t) => {
  const { stdout } = await shell('zirconia run --trace=/dev/stdout "$PROBE" | cat', {
    env: { PROBE: guest("probe") },
  });
  t.true((JSON.parse(stdout) as ChromeTrace).traceEvents.length > 0);
});

test("the command line says how much of a trace is kept", async (t) => {
  const { code, stderr } = await zirconia(["run", "--trace-capacity", "2G", guest("probe")]);
  t.is(code, 125);
  t.regex(stderr, /at least 4K, and less than 2G/);
  const other = await zirconia(["run", "--trace-overflow", "block", guest("probe")]);
  t.is(other.code, 125);
});
