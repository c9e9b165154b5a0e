import type { Harness, Selection } from "./harness.js";
import type { TestCase, Told } from "./test-case.js";

const BEGIN = /^\[ RUN {6}\] (\S+)$/;
/**
 * zxtest, which speaks as gtest does, has `PASSED` where that has `OK`. What a test writes may end
 * without a line of its own.
 */
const END = /^(.*)\[ +(OK|PASSED|FAILED|SKIPPED|DISABLED) +\] (\S+?),?(?: where .*)? \((\d+) ms\)$/;
const OVER = /^\[=+\] \d+ tests? from \d+ test (?:case|suite)s? ran/;

const OUTCOMES: Readonly<Record<string, TestCase["outcome"]>> = {
  OK: "passed",
  PASSED: "passed",
  FAILED: "failed",
};

/** C++'s GoogleTest, and Fuchsia's zxtest. */
export const gtest: Harness = {
  marker: "gtest_list_tests",
  env: {},

  list: (filter) => ["--gtest_list_tests", ...filtered(filter)],

  listed(stdout: string): string[] {
    const names: string[] = [];
    let suite = "";
    for (const line of stdout.split("\n")) {
      const [, indent, name] = /^( *)([^\s#]+)/.exec(line) ?? [];
      if (name === undefined) continue;
      if (indent === "") suite = name.endsWith(".") ? name : "";
      else if (suite !== "") names.push(suite + name);
    }
    return names;
  },

  run: ({ filter, names }: Selection) => filtered(names?.join(":") ?? filter),

  read(stdout: string): Told {
    const cases: TestCase[] = [];
    const unfinished: { name: string; output: string }[] = [];
    let current: { name: string; output: string } | undefined;
    let output = "";
    let isComplete = false;
    for (const line of stdout.split("\n")) {
      const begun = BEGIN.exec(line)?.[1];
      const [, last = "", result = "", name, ms] = END.exec(line) ?? [];
      if (begun !== undefined) {
        if (current !== undefined) unfinished.push(current);
        current = { name: begun, output: "" };
      } else if (current !== undefined && name === current.name) {
        const outcome = OUTCOMES[result] ?? "skipped";
        const output = current.output + last;
        cases.push({ name, outcome, durationMs: Number(ms), output, message: undefined });
        current = undefined;
      } else if (current !== undefined) {
        current.output += `${line}\n`;
      } else {
        isComplete ||= OVER.test(line);
        if (line !== "") output += `${line}\n`;
      }
    }
    if (current !== undefined) unfinished.push(current);
    return { cases, unfinished, output, isComplete };
  },
};

function filtered(filter: string | undefined): string[] {
  return filter === undefined ? [] : [`--gtest_filter=${filter}`];
}
