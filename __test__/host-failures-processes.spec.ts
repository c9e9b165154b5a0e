import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import test, { type ExecutionContext } from "ava";

import { nativeTest } from "./support/native.js";

/** A user of its own, whose processes nobody else's add to. */
const USER = String(1_000_000 + process.pid);
const AS_USER = ["--reuid", USER, "--clear-groups"];
/** It may read the project's files, wherever they are. */
const READS = ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"];

const ATTEMPTS = fileURLToPath(new URL("support/attempts.ts", import.meta.url));
const TSX = `--import=${import.meta.resolve("tsx")}`;

/** More than a run needs. */
const ENOUGH = 100;

const limitedTest = canBeAnother() ? nativeTest : test.skip;

function canBeAnother(): boolean {
  if (spawnSync("setpriv", [...AS_USER, ...READS, "prlimit", "--nproc"]).status === 0) return true;
  console.warn("setpriv or prlimit is not allowed: the test of RLIMIT_NPROC is SKIPPED.");
  return false;
}

/** Lets the user of a process have no more than so many threads. */
function limit(t: ExecutionContext, process: number, threads: number): void {
  const args = [...AS_USER, "prlimit", "--pid", String(process), `--nproc=${threads}:`];
  t.is(spawnSync("setpriv", args).status, 0);
}

limitedTest(
  "with however few threads, a run works or says what there were too few for",
  async (t) => {
    const args = [...AS_USER, ...READS, process.execPath, TSX, ATTEMPTS];
    const child = spawn("setpriv", args, { stdio: ["pipe", "pipe", "inherit"] });
    t.teardown(() => child.kill());
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    t.is((await lines.next()).value, "0");
    const ends = new Set<string>();
    let end: string | undefined;
    for (let threads = 1; threads < ENOUGH && end !== "0"; threads++) {
      limit(t, child.pid!, threads);
      child.stdin.write("\n");
      end = (await lines.next()).value as string;
      ends.add(end);
    }
    child.stdin.end();
    const steps = ["thread of the host", "helper process", "guest process", "thread of a guest"];
    const failures = [...ends].filter((end) => end !== "0");
    t.is(end, "0");
    t.true(failures.length > 1);
    for (const failure of failures) {
      t.true(
        steps.some((step) =>
          failure.startsWith(`HostError: ${step}: Resource temporarily unavailable`),
        ),
        failure,
      );
    }
  },
);
