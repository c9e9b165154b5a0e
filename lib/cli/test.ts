import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";

import { Command, InvalidArgumentError, Option } from "commander";

import { printable } from "../base/text.js";
import { signalCode } from "../run/exit-code.js";
import { HARNESS_NAMES, type HarnessName } from "../testing/harness.js";
import type { Shard, TestSuite } from "../testing/run-tests.js";
import type { TestCase } from "../testing/test-case.js";
import { time } from "./amounts.js";
import { addLaunchOptions, type LaunchOptions, variablesOf } from "./launch-options.js";
import { addLimitOptions, type LimitOptions, takeLimits } from "./limit-options.js";
import { ExitCode, write } from "./process.js";
import { Progress } from "./progress.js";
import { styled } from "./standard-output.js";
import { collect, jobs } from "./values.js";

interface TestCommandOptions extends LaunchOptions, LimitOptions {
  arg: string[];
  bazel?: true;
  filter?: string;
  harness?: HarnessName;
  jobs: number;
  junit?: string;
  requireSandbox?: true;
  shard?: Shard;
  timeout?: number;
}

/** `I/N`: which of how many parts. */
function shard(value: string): Shard {
  const [, index = NaN, total = NaN] = /^(\d{1,6})\/(\d{1,6})$/.exec(value)?.map(Number) ?? [];
  if (!(index >= 1 && index <= total)) {
    throw new InvalidArgumentError("It is I/N, and I counts from 1 to N.");
  }
  return { index, total };
}

/** What ends all tests, and what is exited with then. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** `zirconia test`: programs of tests, many at a time. */
export const test = addLimitOptions(
  addLaunchOptions(
    new Command("test")
      .description("Run programs of tests for Fuchsia, and tell what has become of each test.")
      .argument("<files...>", "programs of libtest, gtest or zxtest, or of one test each"),
  ),
)
  .addOption(
    new Option(
      "--harness <name>",
      "how they are asked for their tests; by default they tell",
    ).choices(HARNESS_NAMES),
  )
  .option("--filter <text>", "which of their tests: a part of a name, for gtest a pattern")
  .option("--shard <i/n>", "only the i-th of n parts of all tests", shard)
  .option("--jobs <n>", "how many programs at a time", jobs, availableParallelism())
  .option("--timeout <time>", "kill a program after so long: 5000 (milliseconds), 1.5s, 2m", time)
  .option("--junit <file>", "also write JUnit's XML to this file")
  .option("--arg <argument>", "one more for each program; may be given again", collect, [])
  .option("--bazel", "do what Bazel asks of tests by its variables")
  .option("--require-sandbox", "run them only behind every wall that `zirconia doctor` names")
  .addHelpText(
    "before",
    [
      "Examples:",
      "  zirconia test target/x86_64-unknown-fuchsia/debug/deps/*-????????????????",
      "  zirconia test --junit results.xml --timeout 60s --memory 512M out/tests/*",
      "  zirconia test --shard 2/5 out/tests/*      the second of five parts, the same each time",
      "",
    ].join("\n"),
  )
  .addHelpText("after", "\nExits with 1 if a test has failed, with 128 and more after a signal.")
  .action(async (files: string[], options: TestCommandOptions) => {
    const { runTests } = await import("../testing/run-tests.js");
    const { hostNamespace } = await import("../program/host-namespace.js");
    const interrupt = new AbortController();
    for (const signal of SIGNALS) process.once(signal, () => interrupt.abort(signal));
    const asked = options.bazel
      ? (await import("../testing/bazel.js")).bazelTest(process.env)
      : undefined;
    const [limits, others] = takeLimits(options);
    const { lib, env, envFile, ns, arg, harness, jobs, bazel: _, ...rest } = others;
    const { filter, shard, junit, ...launch } = { ...asked, ...rest };
    const running = runTests(files, {
      harness,
      filter,
      shard,
      jobs,
      args: arg,
      signal: interrupt.signal,
      launch: {
        ...launch,
        limits,
        libraryPath: lib,
        env: [...(asked?.env ?? []), ...variablesOf({ env, envFile })],
        namespace: { ...asked?.namespace, ...hostNamespace(ns) },
      },
    });
    const suites: TestSuite[] = [];
    const progress = new Progress("programs have run");
    for await (const suite of running) {
      suites.push(suite);
      progress.clear();
      await write(`${suiteLine(suite)}\n`);
      progress.step();
    }
    progress.clear();
    const cases = suites.flatMap((suite) => suite.cases);
    try {
      if (junit !== undefined) {
        writeFileSync(junit, (await import("../testing/junit.js")).junit(suites));
      }
    } finally {
      // It is told here, too, where there cannot be such a file.
      const lines = [...suites.flatMap(failureLines), summary(suites.length, cases)];
      await write(`${lines.join("\n")}\n`);
    }
    process.exitCode = exitCode(cases, interrupt.signal);
  });

const MARKS = { passed: ["green", "PASS"], failed: ["red", "FAIL"] } as const;

/** What has become of a program's tests, on one line. */
function suiteLine({ file, cases, durationMs }: TestSuite): string {
  const isFailed = cases.some(({ outcome }) => outcome === "failed");
  const [colour, mark] = MARKS[isFailed ? "failed" : "passed"];
  const time = `${(durationMs / 1_000).toFixed(2)} s`;
  return `${styled(colour, mark)} ${printable(file)}: ${countText(cases)} (${time})`;
}

/** All that is known of tests that have failed, and what their program has written besides. */
function failureLines({ file, cases, output }: TestSuite): string[] {
  const failed = cases.filter(({ outcome }) => outcome === "failed");
  if (failed.length === 0) return [];
  const lines = failed.flatMap(caseLines.bind(undefined, file));
  return output === "" ? lines : [...lines, ...section(`${file} wrote`, output)];
}

function caseLines(file: string, { name, message = "", output }: TestCase): string[] {
  const why = message.split("\n").map(printable).join("\n");
  const text = [why, output].filter((part) => part !== "").join("\n");
  return section(name === file ? file : `${file}: ${name}`, text);
}

/** Text of a test as it is: whoever runs it has asked to see it. */
function section(title: string, text: string): string[] {
  return ["", `---- ${printable(title)} ----`, ...(text === "" ? [] : [text.replace(/\n$/, "")])];
}

function summary(programs: number, cases: readonly TestCase[]): string {
  const what = programs === 1 ? "1 program" : `${programs} programs`;
  return `\n${what}: ${countText(cases)}`;
}

function countText(cases: readonly TestCase[]): string {
  const count = (wanted: TestCase["outcome"]) =>
    cases.filter(({ outcome }) => outcome === wanted).length;
  return `${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`;
}

function exitCode(cases: readonly TestCase[], { aborted, reason }: AbortSignal): number {
  if (aborted) return signalCode(reason as NodeJS.Signals);
  return cases.some(({ outcome }) => outcome === "failed") ? ExitCode.Failed : ExitCode.Fine;
}
