import { explain } from "../base/errors.js";
import { inOrder } from "../check/in-order.js";
import type { RunResult } from "../run/result.js";
import type { RunOptions } from "../run/options.js";
import { run } from "../run/run.js";
import { type Harness, type HarnessName, harnessOf, type Selection } from "./harness.js";
import type { TestCase, Told } from "./test-case.js";

/** Which part of all tests is run: every `total`th from the `index`th on. */
export interface Shard {
  /** From 1 to `total`. */
  readonly index: number;
  readonly total: number;
}

/** How programs of tests are run. */
export interface TestOptions {
  /** By default what each program holds tells which. */
  readonly harness?: HarnessName | undefined;
  /** Of the harness: libtest looks for it in names, gtest has patterns. Programs without one run whole. */
  readonly filter?: string | undefined;
  readonly shard?: Shard | undefined;
  /** How many programs run at a time. */
  readonly jobs: number;
  /** What each program gets besides what its harness needs. */
  readonly args: readonly string[];
  /** How each program is run, from its namespace to its limits. */
  readonly launch: RunOptions & { readonly env: readonly string[] };
  readonly signal: AbortSignal;
}

/** A program, and what has become of its tests. */
export interface TestSuite {
  readonly file: string;
  readonly cases: readonly TestCase[];
  readonly durationMs: number;
  /** What was written that belongs to no test. */
  readonly output: string;
}

/** A program that is to run. */
interface Planned {
  readonly file: string;
  readonly harness: Harness | undefined;
  readonly selection: Selection;
  /** Why it cannot be asked for its tests. */
  readonly failure?: TestSuite;
}

/** What the names of the tests of one run take up at most; a program's first message has 64 KiB. */
const MAX_NAMES = 16_384;

/**
 * Runs programs of tests, several at a time; they come in the order of the files.
 *
 * None fails this: a program that cannot be read, built or started is a test that has failed. Once
 * `signal` is aborted programs that run are ended, and no more begin.
 */
export async function* runTests(
  files: readonly string[],
  options: TestOptions,
): AsyncGenerator<TestSuite, void, undefined> {
  const { jobs, shard, signal } = options;
  const planned: AsyncIterable<Planned> = inOrder(files, jobs, (file) => plan(file, options));
  const dealt = shard === undefined ? planned : deal(planned, shard);
  const running = inOrder(unlessAborted(dealt, signal), jobs, (one) => runSuite(one, options));
  for await (const suite of running) {
    if (suite !== undefined) yield suite;
  }
}

async function* unlessAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  for await (const item of items) {
    if (signal.aborted) return;
    yield item;
  }
}

/** Finds out how a program is asked, and what tests it has if that has to be known before. */
async function plan(file: string, options: TestOptions): Promise<Planned> {
  const { filter, shard, harness: name } = options;
  const whole = { file, harness: undefined, selection: {} };
  try {
    const harness = await harnessOf(file, name, options.signal);
    if (harness === undefined) return whole;
    if (shard === undefined) return { file, harness, selection: { filter } };
    const result = await runOnce(file, harness, harness.list(filter), options);
    if (result.failed) return { ...whole, failure: conclude(file, undefined, [result]) };
    return { file, harness, selection: { names: harness.listed(result.stdout) } };
  } catch (error) {
    return { ...whole, failure: unrun(file, error) };
  }
}

/** Deals all tests out to as many as there are shards, in turn: what one of them gets. */
async function* deal(
  planned: AsyncIterable<Planned>,
  { index, total }: Shard,
): AsyncGenerator<Planned, void, undefined> {
  let next = 0;
  const isOurs = () => next++ % total === index - 1;
  for await (const one of planned) {
    const { names } = one.selection;
    if (names === undefined) {
      if (isOurs()) yield one;
      continue;
    }
    const selected = names.filter(isOurs);
    if (selected.length > 0) yield { ...one, selection: { names: selected } };
  }
}

async function runSuite(
  { file, harness, selection, failure }: Planned,
  options: TestOptions,
): Promise<TestSuite | undefined> {
  if (failure !== undefined) return failure;
  const results: RunResult[] = [];
  try {
    for (const some of portions(selection)) {
      results.push(await runOnce(file, harness, harness?.run(some) ?? [], options));
    }
  } catch (error) {
    return unrun(file, error);
  }
  return conclude(file, harness, results);
}

/** A selection in as many runs as the length of the names asks for. */
function portions({ names, ...rest }: Selection): Selection[] {
  if (names === undefined) return [rest];
  const some: string[][] = [];
  let left = 0;
  for (const name of names) {
    const length = Buffer.byteLength(name) + 1;
    if (length > left) {
      some.push([]);
      left = MAX_NAMES;
    }
    some.at(-1)!.push(name);
    left -= length;
  }
  return some.map((names) => ({ names }));
}

function runOnce(
  file: string,
  harness: Harness | undefined,
  args: readonly string[],
  { args: own, launch, signal }: TestOptions,
): Promise<RunResult> {
  const variables = Object.entries(harness?.env ?? {}).map(([key, value]) => `${key}=${value}`);
  const env = [...variables, ...launch.env];
  return run(file, [...args, ...own], { ...launch, env, signal, reject: false });
}

/** What comes of the runs of a program. */
function conclude(
  file: string,
  harness: Harness | undefined,
  results: readonly RunResult[],
): TestSuite {
  const parts = results.map((result) => conclusion(file, harness, result));
  return {
    file,
    cases: parts.flatMap(({ cases }) => cases),
    durationMs: results.reduce((sum, { durationMs }) => sum + durationMs, 0),
    output: parts.map(({ output }) => output).join(""),
  };
}

/** What comes of one. A program that fails, and no test of it, is a test that has failed. */
function conclusion(
  file: string,
  harness: Harness | undefined,
  result: RunResult,
): Pick<TestSuite, "cases" | "output"> {
  const { failed, stdout, stderr, log, crashReport, durationMs } = result;
  const told = harness?.read(stdout) ?? { ...NOTHING, output: stdout };
  const message = failed ? result.message : "ended before its tests";
  const cut = told.unfinished.map((one) => failedCase({ ...one, message }));
  const cases = [...told.cases, ...cut];
  const isTold = cases.some(({ outcome }) => outcome === "failed");
  if ((failed || !told.isComplete) && !isTold) {
    cases.push(failedCase({ name: file, message, durationMs }));
  } else if (harness === undefined) {
    cases.push({ name: file, outcome: "passed", durationMs, output: "", message: undefined });
  }
  const why = crashReport === undefined ? "" : log;
  return { cases, output: told.output + stderr + why };
}

/** What a program tells that has no harness. */
const NOTHING: Told = { cases: [], unfinished: [], output: "", isComplete: true };

/** A program that was not run. */
function unrun(file: string, error: unknown): TestSuite {
  const message = explain(error).join("\n");
  return { file, cases: [failedCase({ name: file, message })], durationMs: 0, output: "" };
}

function failedCase({
  name,
  message,
  output = "",
  durationMs,
}: Pick<TestCase, "name" | "message"> & Partial<TestCase>): TestCase {
  return { name, outcome: "failed", durationMs, output, message };
}
