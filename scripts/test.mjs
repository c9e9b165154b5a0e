// Runs every test, Rust's and TypeScript's, and ends with the sum of both on a line of its own.
import { fileURLToPath } from "node:url";

import { run } from "./run.mjs";

const AVA = fileURLToPath(new URL("../node_modules/ava/entrypoints/cli.mjs", import.meta.url));

const GUESTS = [
  "--config",
  "guest/.cargo/config.toml",
  "test",
  "--manifest-path",
  "guest/Cargo.toml",
];
const buildsGuests = process.platform === "linux" && process.arch === "x64";

const suites = [
  await runSuite("Rust", "cargo", ["test", "--workspace", "--no-fail-fast"], countCargo),
  ...(buildsGuests
    ? [await runSuite("Guests", "cargo", [...GUESTS, "--workspace", "--no-fail-fast"], countCargo)]
    : []),
  await runSuite("TypeScript", process.execPath, [AVA], countAva),
];

const [passed, failed, skipped] = ["passed", "failed", "skipped"].map((outcome) =>
  suites.reduce((sum, counts) => sum + counts[outcome], 0),
);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`);

/** A suite that breaks outside any test, or runs none, counts as one failure. */
async function runSuite(name, command, args, count) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const code = await run(command, args, (line) => count(line, counts));
  if (code !== 0 && counts.failed === 0) {
    console.log(`${name}: the test runner itself failed with exit code ${code}`);
    counts.failed = 1;
  } else if (counts.passed + counts.failed === 0) {
    console.log(`${name}: no test ran`);
    counts.failed = 1;
  }
  return counts;
}

function countCargo(line, counts) {
  const result = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/.exec(line);
  if (result !== null) {
    counts.passed += Number(result[1]);
    counts.failed += Number(result[2]);
    counts.skipped += Number(result[3]);
  }
}

/** AVA's own reporter: the one for TAP breaks where tests hang, and does not tell which. */
function countAva(line, counts) {
  const mark = /^ {2}(✔|✘ \[fail\]:|- \[skip\]|◌) /.exec(line)?.[1];
  if (mark !== undefined) {
    counts[mark === "✔" ? "passed" : mark === "- [skip]" ? "skipped" : "failed"] += 1;
  }
}
