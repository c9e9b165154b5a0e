// Uses the rules in bazel/ with Debian's Bazel 4.2, or with `--bzlmod` with whatever `bazel` there is as a
// module, and prints a table of times: checks and tests, one process for each action and with the
// worker, again from the cache, with a wrong binary, and what tests ask of Bazel. Everything must have
// been built; for x86-64 Linux. Ends with 69 if there is no Bazel: `apt-get install bazel-bootstrap`.
import { proveFailure, proveTests } from "./bazel/proofs.mjs";
import { layWorkspace } from "./bazel/workspace.mjs";
import { expect, interruption } from "./run.mjs";

const [checks, tests] = (process.argv[2] ?? "500,50").split(",").map(Number);
const isModule = process.argv.includes("--bzlmod");
const workspace = layWorkspace({ checks, tests, isModule }, interruption());
const { bazel } = workspace;

try {
  await proveChecks();
  await proveFailure(workspace);
  await proveManyTests();
  await proveTests(workspace);
} finally {
  workspace.remove();
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
    documents[name] = await workspace.sums();
  }
  expect("both", documents.worker, documents.alone);
  const { output, seconds } = await bazel(["build", ":checks"]);
  // Later ones tell of their own cache, too.
  expect("again", output, /\b1 process: (?:\d+ action cache hits?, )?1 internal/);
  console.log(`${checks} checks, again: ${seconds.toFixed(1)} s, no action`);
}

async function proveManyTests() {
  const { output, seconds } = await bazel(["test", ...workspace.tests]);
  expect("tests", output, `Executed ${tests} out of ${tests} tests: ${tests} tests pass`);
  console.log(`${tests} tests: ${seconds.toFixed(1)} s`);
  const again = await bazel(["test", ...workspace.tests]);
  expect("tests again", again.output, `Executed 0 out of ${tests} tests`);
}
