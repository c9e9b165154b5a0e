import type { Harness, Selection } from "./harness.js";
import type { TestCase, Told } from "./test-case.js";

/** What libtest writes of a test or of all, as its JSON format has it. */
interface Line {
  readonly type: "suite" | "test" | "bench";
  readonly event: "started" | "ok" | "failed" | "ignored" | "allowed_failure" | "timeout";
  readonly name: string;
  /** Seconds. */
  readonly exec_time?: number;
  readonly stdout?: string;
  readonly message?: string;
}

/** What every such line begins with. */
const START = '{ "type": ';

const OUTCOMES = {
  ok: "passed",
  failed: "failed",
  ignored: "skipped",
  allowed_failure: "passed",
} as const;

/**
 * Rust's libtest. Its JSON format tells each test's output and time; it counts as unstable, which a
 * stable toolchain's programs speak all the same when they are asked by `RUSTC_BOOTSTRAP`.
 */
export const libtest: Harness = {
  marker: "RUST_TEST_THREADS",
  env: { RUSTC_BOOTSTRAP: "1" },

  list: (filter) => [...filtered(filter), "--list", "--format", "terse"],

  listed(stdout: string): string[] {
    // Benchmarks are listed too, and run as tests.
    return Array.from(stdout.matchAll(/^(.+): (?:test|benchmark)$/gm), ([, name]) => name!);
  },

  run({ filter, names }: Selection): string[] {
    const selected = names === undefined ? filtered(filter) : ["--exact", ...names];
    return [...selected, "-Zunstable-options", "--format", "json", "--report-time"];
  },

  read(stdout: string): Told {
    const cases: TestCase[] = [];
    const begun = new Set<string>();
    let output = "";
    let isComplete = false;
    for (const text of stdout.split(/(?<=\n)/)) {
      // What tests write past libtest may end without a line of its own.
      const start = text.indexOf(START);
      const line = start < 0 ? undefined : parse(text.slice(start));
      output += line === undefined ? text : text.slice(0, start);
      if (line === undefined) continue;
      if (line.type === "suite") {
        isComplete = line.event !== "started";
      } else if (line.event === "started") {
        begun.add(line.name);
      } else if (line.event !== "timeout") {
        begun.delete(line.name);
        cases.push(caseOf(line, line.event));
      }
    }
    const unfinished = Array.from(begun, (name) => ({ name, output: "" }));
    return { cases, unfinished, output, isComplete };
  },
};

function filtered(filter: string | undefined): string[] {
  return filter === undefined ? [] : [filter];
}

function caseOf(
  { name, exec_time: seconds, stdout = "", message }: Line,
  event: keyof typeof OUTCOMES,
): TestCase {
  const durationMs = seconds === undefined ? undefined : seconds * 1_000;
  return { name, outcome: OUTCOMES[event], durationMs, output: stdout, message };
}

/** A line of libtest's own; anything else is what tests write. */
function parse(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Partial<Line>;
    const { event = "" } = line;
    const isTest = line.type === "test" || line.type === "bench";
    const isKnown = event === "started" || event === "timeout" || event in OUTCOMES;
    const isOurs = line.type === "suite" || (isTest && typeof line.name === "string");
    return isOurs && isKnown ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
}
