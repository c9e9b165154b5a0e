// Uses the rules in bazel/ with Debian's Bazel 4.2, or with `--bzlmod` with whatever `bazel` there is as a
// module, and prints a table of times: checks and tests, one
// process for each action and with the worker, again from the cache, with a wrong binary, and what
// tests ask of Bazel. Everything must have been built; for x86-64 Linux. Ends with 69 if there is no
// Bazel: `apt-get install bazel-bootstrap`.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "./local-packages.mjs";
import { capture, expect } from "./run.mjs";

const isModule = process.argv.includes("--bzlmod");
const BAZEL = isModule ? "bazel" : "bazel-4";
/** What Bazel exits with where the build, or a test, has failed. */
const BUILD_FAILED = 1;
const TESTS_FAILED = 3;

const [checks, tests] = (process.argv[2] ?? "500,50").split(",").map(Number);

if (spawnSync(BAZEL, ["help"], { stdio: "ignore" }).error !== undefined) {
  console.warn(`There is no ${BAZEL} here: the rules for Bazel are SKIPPED.`);
  process.exit(69);
}

const workspace = mkdtempSync(join(tmpdir(), "zirconia-bazel-"));
const startup = [`--output_user_root=${join(workspace, ".bazel")}`, "--max_idle_secs=60"];
// What each action begins and ends with is asked for, and not how long this machine takes.
const common = ["--noshow_progress", "--color=no"];
// Bazel 4 asks for leave.
if (!isModule) common.push("--experimental_worker_allow_json_protocol");

/** The repositories that Bazel would fetch, and that nothing here needs. */
const OFFLINE = ["rules_cc", "rules_java", "rules_proto", "remote_coverage_tools"];

try {
  layWorkspace();
  await proveChecks();
  await proveTests();
} finally {
  spawnSync(BAZEL, [...startup, "shutdown"], { cwd: workspace, stdio: "ignore" });
  spawnSync("chmod", ["-R", "u+w", workspace]);
  rmSync(workspace, { recursive: true });
}

function layWorkspace() {
  mkdirSync(join(workspace, "node_modules"));
  symlinkSync(root, join(workspace, "node_modules/zirconia"));
  if (isModule) {
    write("MODULE.bazel", [
      'bazel_dep(name = "zirconia")',
      'local_path_override(module_name = "zirconia", path = "node_modules/zirconia/bazel")',
      'zirconia = use_extension("@zirconia//:extensions.bzl", "zirconia")',
      'zirconia.toolchain(package = "//:node_modules/zirconia/package.json")',
      'use_repo(zirconia, "zirconia_toolchain")',
      'register_toolchains("@zirconia_toolchain//:toolchain")',
    ]);
  } else {
    const repositories = OFFLINE.map((name) => {
      const path = join(root, "scripts/bazel/offline", name);
      return `local_repository(name = "${name}", path = "${path}")`;
    });
    write("WORKSPACE", [
      ...repositories,
      'local_repository(name = "zirconia", path = "node_modules/zirconia/bazel")',
      'load("@zirconia//:repositories.bzl", "zirconia_toolchains")',
      'zirconia_toolchains(package = "//:node_modules/zirconia/package.json")',
    ]);
  }
  write(".bazelignore", ["node_modules"]);
  for (const name of ["hello", "fault", "hello_dynamic", "probe"]) {
    copyFileSync(join(root, "guest/out", name), join(workspace, name));
  }
  copyFileSync(join(root, "guest/out/lib/libguest.so"), join(workspace, "libguest.so"));
  copyFileSync(process.execPath, join(workspace, "foreign"));
  write("data.txt", ["found by a test"]);
  write("BUILD.bazel", [
    'load("@zirconia//:defs.bzl", "zirconia_check", "zirconia_plan", "zirconia_test")',
    ...each(checks, (index) => `zirconia_check(name = "check${index}", srcs = ["hello"])`),
    ...each(
      tests,
      (index) => `zirconia_test(name = "test${index}", program = "hello", size = "small")`,
    ),
    `filegroup(name = "checks", srcs = [${each(checks, (index) => `":check${index}"`)}])`,
    'zirconia_check(name = "wrong", srcs = ["hello", "foreign"])',
    'zirconia_plan(name = "plan", src = "hello_dynamic", libs = ["libguest.so"], arguments = ["a b"])',
    'zirconia_test(name = "crash", program = "fault", size = "small")',
    'zirconia_test(name = "dynamic", program = "hello_dynamic", libs = ["libguest.so"],',
    '    args = ["one", "\'two words\'"], data = ["data.txt"], env = {"A": "b c"}, size = "small")',
    'zirconia_test(name = "slow", program = "probe", args = ["--sleep-forever"], timeout = "short",',
    '    tags = ["manual"])',
  ]);
}

function write(name, lines) {
  writeFileSync(join(workspace, name), `${lines.join("\n")}\n`);
}

function each(count, line) {
  return Array.from({ length: count }, (_, index) => line(index));
}

/** Runs Bazel: what it writes, and the seconds that it takes. */
async function bazel(args, codes) {
  const begin = performance.now();
  const command = [BAZEL, ...startup, args[0], ...common, ...args.slice(1)];
  const { output } = await capture(workspace, command, process.env, codes);
  return { output, seconds: (performance.now() - begin) / 1_000 };
}

async function proveChecks() {
  const strategies = { alone: "local", worker: "worker" };
  const documents = {};
  for (const [name, strategy] of Object.entries(strategies)) {
    await bazel(["clean"]);
    await bazel(["build", ":plan", `--strategy=ZirconiaPlan=${strategy}`]);
    const { output, seconds } = await bazel([
      "build",
      ":checks",
      `--strategy=ZirconiaCheck=${strategy}`,
    ]);
    expect(name, output, `${checks} ${strategy}`);
    console.log(`${checks} checks, ${name}: ${seconds.toFixed(1)} s`);
    documents[name] = await capture(
      workspace,
      ["sha256sum", "bazel-bin/check0.json", "bazel-bin/plan.json"],
      process.env,
    );
  }
  expect("both", documents.worker.stdout, documents.alone.stdout);
  const { output, seconds } = await bazel(["build", ":checks"]);
  expect("again", output, /\b1 process: 1 internal/);
  console.log(`${checks} checks, again: ${seconds.toFixed(1)} s, no action`);
  const wrong = await bazel(["build", ":wrong"], [BUILD_FAILED]);
  expect("a wrong binary", wrong.output, /foreign: x86-64.*made for another system/);
}

async function proveTests() {
  const all = each(tests, (index) => `:test${index}`);
  const { output, seconds } = await bazel(["test", ...all]);
  expect("tests", output, `Executed ${tests} out of ${tests} tests: ${tests} tests pass`);
  console.log(`${tests} tests: ${seconds.toFixed(1)} s`);
  const again = await bazel(["test", ...all]);
  expect("tests again", again.output, `Executed 0 out of ${tests} tests`);
  const dynamic = await bazel(["test", ":dynamic", "--test_output=all"]);
  expect("a test", dynamic.output, /1 passed, 0 failed/);
  const log = await capture(workspace, ["cat", "bazel-testlogs/dynamic/test.xml"], process.env);
  for (const told of [/arg 2: two words/, /env: A=b c/, /env: TEST_TMPDIR=\/tmp/]) {
    expect("a test's document", log.stdout, told);
  }
  const crash = await bazel(["test", ":crash", "--test_output=errors"], [TESTS_FAILED]);
  expect("a crash", crash.output, /crashed: FATAL_PAGE_FAULT/);
  const slow = await bazel(
    ["test", ":slow", "--test_timeout=2", "--test_output=errors"],
    [TESTS_FAILED],
  );
  expect("a test that takes too long", slow.output, /TIMEOUT/);
}
