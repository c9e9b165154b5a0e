// Programs of tests: how they are asked for their tests, and what they tell.
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import test from "ava";

import { bazelTest } from "../lib/testing/bazel.js";
import { gtest } from "../lib/testing/gtest.js";
import { junit } from "../lib/testing/junit.js";
import { libtest } from "../lib/testing/libtest.js";
import type { Shard } from "../lib/testing/run-tests.js";
import { runfiles } from "../lib/testing/runfiles.js";
import { zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { guest, nativeTest } from "./support/native.js";
import { linuxTest } from "./support/platform.js";

const LIBTEST = [
  '{ "type": "suite", "event": "started", "test_count": 5 }',
  '{ "type": "test", "event": "started", "name": "a::passes" }',
  '{ "type": "test", "event": "started", "name": "a::fails" }',
  '{ "type": "test", "name": "a::passes", "event": "ok", "exec_time": 0.0015 }',
  "a line of nobody's",
  'without an end{ "type": "test", "name": "a::fails", "event": "failed", "stdout": "why\\n" }',
  '{ "type": "test", "name": "a::later", "event": "ignored", "message": "not now" }',
  '{ "type": "test", "event": "started", "name": "a::hangs" }',
  '{ "type": "test", "event": "timeout", "name": "a::hangs" }',
  '{ "type": "nonsense", "event": "ok", "name": "x" }',
  "",
].join("\n");

test("libtest's documents are tests, and all between them is output", (t) => {
  const { cases, unfinished, output, isComplete } = libtest.read(LIBTEST);
  t.deepEqual(cases, [
    { name: "a::passes", outcome: "passed", durationMs: 1.5, output: "", message: undefined },
    {
      name: "a::fails",
      outcome: "failed",
      durationMs: undefined,
      output: "why\n",
      message: undefined,
    },
    { name: "a::later", outcome: "skipped", durationMs: undefined, output: "", message: "not now" },
  ]);
  t.deepEqual(unfinished, [{ name: "a::hangs", output: "" }]);
  t.is(
    output,
    'a line of nobody\'s\nwithout an end{ "type": "nonsense", "event": "ok", "name": "x" }\n',
  );
  t.false(isComplete);
  const end = '{ "type": "suite", "event": "ok", "passed": 1 }\n';
  t.true(libtest.read(LIBTEST + end).isComplete);
});

test("libtest's lists have tests and benchmarks", (t) => {
  const list =
    "a::b: test\nc with spaces - should panic: test\nd: benchmark\n\n3 tests, 1 benchmark\n";
  t.deepEqual(libtest.listed(list), ["a::b", "c with spaces - should panic", "d"]);
});

const GTEST = [
  "[==========] Running 4 tests from 2 test suites.",
  "[----------] 2 tests from One",
  "[ RUN      ] One.Passes",
  "[       OK ] One.Passes (3 ms)",
  "[ RUN      ] One.Fails",
  "one.cc:3: Failure",
  "no line[  FAILED  ] One.Fails, where GetParam() = 2 (0 ms)",
  "[ RUN      ] Two.Skips",
  "[  SKIPPED ] Two.Skips (1 ms)",
  "[ RUN      ] Two.Dies",
  "last words",
  "",
].join("\n");

test("gtest's marks are tests, and what is between them is theirs", (t) => {
  const { cases, unfinished, output, isComplete } = gtest.read(GTEST);
  t.deepEqual(
    cases.map(({ name, outcome, durationMs, output }) => [name, outcome, durationMs, output]),
    [
      ["One.Passes", "passed", 3, ""],
      ["One.Fails", "failed", 0, "one.cc:3: Failure\nno line"],
      ["Two.Skips", "skipped", 1, ""],
    ],
  );
  t.deepEqual(unfinished, [{ name: "Two.Dies", output: "last words\n\n" }]);
  t.regex(output, /^\[=+\] Running 4 tests/);
  t.false(isComplete);
  t.true(gtest.read("[==========] 4 tests from 2 test suites ran. (7 ms total)\n").isComplete);
  // zxtest's word.
  t.is(gtest.read("[ RUN      ] A.B\n[  PASSED  ] A.B (0 ms)\n").cases[0]?.outcome, "passed");
});

test("gtest's lists have suites, and parameters in comments", (t) => {
  const list =
    "Running main() from here\nOne.\n  A\n  B/0  # GetParam() = 1\nTyped/0.  # TypeParam = int\n  C\n";
  t.deepEqual(gtest.listed(list), ["One.A", "One.B/0", "Typed/0.C"]);
});

test("JUnit's XML has only characters that XML has", (t) => {
  const name = 'a<b>&"c"\u0000\ud800\n\u{1f600}';
  const one = {
    name,
    outcome: "failed",
    durationMs: 1,
    output: "]]>\u001b[1m\r\n",
    message: name,
  } as const;
  const xml = junit([{ file: "f", cases: [one], durationMs: 1, output: "" }]);
  t.true(xml.includes('name="a&lt;b&gt;&amp;&quot;c&quot;\\u{0}\\u{d800}&#10;\u{1f600}"'));
  t.true(xml.includes("<system-out>]]&gt;\\u{1b}[1m&#13;\n</system-out>"));
});

nativeTest(
  "programs without a harness are a test each, and failures come last and whole",
  async (t) => {
    const directory = directoryWith(t, {});
    const xml = join(directory, "results.xml");
    const files = [guest("hello"), guest("fault"), join(directory, "missing")];
    const { code, stdout, stderr } = await zirconia(["test", "--junit", xml, ...files]);
    t.is(code, 1);
    t.is(stderr, "");
    const [first, second, third, ...rest] = stdout.split("\n");
    t.regex(first!, /^PASS .*hello: 1 passed, 0 failed, 0 skipped \(/);
    t.regex(second!, /^FAIL .*fault: 0 passed, 1 failed, 0 skipped \(/);
    t.regex(third!, /^FAIL .*missing: 0 passed, 1 failed/);
    const text = rest.join("\n");
    t.regex(
      text,
      /---- .*fault ----\nfault: crashed: FATAL_PAGE_FAULT .*\n\n---- .*fault wrote ----\nfault: null-read\n/,
    );
    t.regex(text, /---- .*missing ----\nENOENT: /);
    t.true(text.endsWith("\n3 programs: 1 passed, 2 failed, 0 skipped\n"));
    t.regex(
      readFileSync(xml, "utf8"),
      /^<testsuites tests="3" failures="2" errors="0" skipped="0"/m,
    );
  },
);

nativeTest("shards have all tests between them, each once", async (t) => {
  const files = [guest("hello"), guest("hello_dynamic"), guest("hello")];
  const runs = await Promise.all(
    [1, 2].map((index) => zirconia(["test", "--shard", `${index}/2`, ...files])),
  );
  t.deepEqual(
    runs.map(({ code, stdout }) => [code, stdout.split("\n").at(-2)]),
    [
      [0, "2 programs: 2 passed, 0 failed, 0 skipped"],
      [0, "1 program: 1 passed, 0 failed, 0 skipped"],
    ],
  );
  for (const shard of ["0/2", "3/2", "1", "a/b"]) {
    const { code, stderr } = await zirconia(["test", "--shard", shard, ...files]);
    t.is(code, 2);
    t.regex(stderr, /It is I\/N, and I counts from 1 to N/);
  }
});

nativeTest("a program that takes too long has failed", async (t) => {
  const options = ["--timeout", "50ms", "--arg=--sleep-forever"];
  const { code, stdout } = await zirconia(["test", ...options, guest("probe")]);
  t.is(code, 1);
  t.regex(stdout, /^probe --sleep-forever: timed out$/m);
});

linuxTest("a device has no end, and is no program", async (t) => {
  const { code, stdout } = await zirconia(["test", "/dev/zero"]);
  t.is(code, 1);
  t.regex(stdout, /^EINVAL: /m);
});

nativeTest("what Bazel asks by its variables is done", async (t) => {
  const base = directoryWith(t, { "src/main/data": "content", "tmp/x": "", "out/y": "" });
  const env = {
    TEST_SRCDIR: join(base, "src"),
    TEST_WORKSPACE: "main",
    TEST_TMPDIR: join(base, "tmp"),
    TEST_TOTAL_SHARDS: "2",
    TEST_SHARD_INDEX: "1",
    TEST_SHARD_STATUS_FILE: join(base, "shards"),
    XML_OUTPUT_FILE: join(base, "test.xml"),
  };
  const files = [guest("fault"), guest("hello")];
  const { code } = await zirconia(["test", "--bazel", ...files], { env });
  t.is(code, 0);
  const xml = readFileSync(join(base, "test.xml"), "utf8");
  t.regex(xml, /tests="1" failures="0"/);
  t.regex(xml, /env: PWD=\/pkg\/main/);
  t.regex(xml, /env: TEST_TMPDIR=\/tmp/);
  t.is(readFileSync(join(base, "shards"), "utf8"), "");
});

/** What Bazel's variables ask for. */
function shardOf(index?: string, total?: string): Shard | undefined {
  return bazelTest({ TEST_SHARD_INDEX: index, TEST_TOTAL_SHARDS: total }).shard;
}

test("Bazel's shards are all tests, a part of them, or a mistake", (t) => {
  t.is(shardOf(), undefined);
  t.is(shardOf("0", "0"), undefined);
  t.is(shardOf("", ""), undefined);
  t.deepEqual(shardOf("0", "1"), { index: 1, total: 1 });
  t.deepEqual(shardOf("6", "7"), { index: 7, total: 7 });
  for (const [index, total] of [
    ["7", "7"],
    ["-1", "7"],
    ["1.5", "7"],
    ["0", "1.5"],
    ["0", "-1"],
    ["x", "7"],
    ["", "7"],
  ]) {
    const message = `TEST_SHARD_INDEX is ${index}, and TEST_TOTAL_SHARDS ${total}`;
    t.throws(() => shardOf(index, total), { instanceOf: RangeError, message });
  }
});

nativeTest("failures are told where there can be no file of them", async (t) => {
  const xml = join(directoryWith(t, {}), "missing", "results.xml");
  const { code, stdout, stderr } = await zirconia(["test", "--junit", xml, guest("fault")]);
  t.is(code, 1);
  t.regex(stdout, /fault: crashed: FATAL_PAGE_FAULT .*\n[^]*\n1 program: 0 passed, 1 failed/);
  t.regex(stderr, /^zirconia: ENOENT: /);
});

test("runfiles that lead nowhere, or to themselves, are not there", (t) => {
  const base = directoryWith(t, { "src/main/data": "content" });
  symlinkSync("circle", join(base, "src/main/circle"));
  symlinkSync("missing", join(base, "src/main/nowhere"));
  symlinkSync("data", join(base, "src/main/link"));
  const names = runfiles(join(base, "src/main"))
    .entries()
    .map(({ name }) => name);
  t.deepEqual(names.sort(), ["data", "link"]);
});
