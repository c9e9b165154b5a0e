// What holds wherever Bazel has actions run.
import { capture, expect } from "../run.mjs";

/** What Bazel exits with where the build, or a test, has failed. */
const BUILD_FAILED = 1;
const TESTS_FAILED = 3;

/** A wrong binary fails the build, and says why. */
export async function proveFailure(workspace, flags = []) {
  const { output } = await workspace.bazel(["build", ":wrong", ...flags], [BUILD_FAILED]);
  expect("a wrong binary", output, /foreign: x86-64.*made for another system/);
}

/** Tests get what Bazel has for them, and are told of as Bazel does it. */
export async function proveTests(workspace, flags = []) {
  const test = (target, more, codes) => workspace.bazel(["test", target, ...flags, ...more], codes);
  const dynamic = await test(":dynamic", ["--test_output=all"]);
  expect("a test", dynamic.output, /1 passed, 0 failed/);
  const log = ["cat", "bazel-testlogs/dynamic/test.xml"];
  const { stdout } = await capture(workspace.place, log, process.env);
  for (const told of [/arg 2: two words/, /env: A=b c/, /env: TEST_TMPDIR=\/tmp/]) {
    expect("a test's document", stdout, told);
  }
  const crash = await test(":crash", ["--test_output=errors"], [TESTS_FAILED]);
  expect("a crash", crash.output, /crashed: FATAL_PAGE_FAULT/);
  const slow = await test(":slow", ["--test_timeout=2", "--test_output=errors"], [TESTS_FAILED]);
  expect("a test that takes too long", slow.output, /TIMEOUT/);
}
