import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { ExecutionContext } from "ava";

import { run, ZxStatus } from "../index.js";
import { guest, nativeTest as test } from "./support/native.js";
import { runNode } from "./support/node.js";
import type { Remains } from "./support/greedy.js";
import type { Report } from "./support/short-of-memory.js";

const MIB = 2 ** 20;
const PAGE = 4096;

const SCRIPT = fileURLToPath(new URL("support/short-of-memory.ts", import.meta.url));

const GREEDY = fileURLToPath(new URL("support/greedy.ts", import.meta.url));

const PROGRAMS = [guest("hoard"), guest("hello")];

/** Runs `hoard` in a process that is short of something. */
async function shortOf(
  t: ExecutionContext,
  what: string,
  amount: number,
  args: string[],
): Promise<Report | null> {
  // V8 ends its process where it cannot have more: it has its young generation from the start. And
  // the first allocation of each thread would reserve 64 MiB of addresses.
  const { code, stdout, stderr } = await runNode(
    ["--min-semi-space-size=16", SCRIPT, ...PROGRAMS, what, String(amount), ...args],
    { env: { MALLOC_ARENA_MAX: "1" } },
  );
  t.is(code, 0, `${stdout}${stderr}`);
  return JSON.parse(stdout) as Report | null;
}

const limits = (() => {
  try {
    execFileSync("prlimit", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("There is no prlimit here: tests of limits are SKIPPED.");
    return false;
  }
})();

for (const mib of [8, 32, 64, 200, 1000]) {
  test(`with ${mib} MiB of addresses left a program runs out of memory, and Node lives`, async (t) => {
    const pages = (mib * 2 * MIB) / PAGE;
    const touched = await shortOf(t, "address-space", mib * MIB, ["touch", String(pages)]);
    t.is(touched?.hoard.synthCode, ZxStatus.NO_MEMORY >>> 0, touched?.hoard.message);
    t.regex(
      touched?.hoard.message ?? "",
      /crashed: FATAL_PAGE_FAULT .*: no memory is left for it$/,
    );
    t.regex(touched?.hello.message ?? "", /succeeded$/);
    // These pages are in Node's own memory.
    const written = await shortOf(t, "address-space", mib * MIB, ["write", String(pages)]);
    const [, count] = /^(\d+), then -4\n$/.exec(written?.hoard.stdout ?? "") ?? [];
    if (count === undefined) t.regex(written?.hoard.message ?? "", /used up its memory$/);
    else t.true(Number(count) < pages);
    t.regex(written?.hello.message ?? "", /succeeded$/);
  });
}

for (const how of ["touch", "write"]) {
  test(`a program that is to ${how} more than its control group has ends, and Node lives`, async (t) => {
    const report = await shortOf(t, "group", 128 * MIB, [how, String((256 * MIB) / PAGE)]);
    if (report === null) {
      console.warn("No memory group can be made here: a test is SKIPPED.");
      t.pass();
      return;
    }
    if (how === "touch")
      t.is(report.hoard.synthCode, ZxStatus.NO_MEMORY >>> 0, report.hoard.message);
    else t.regex(report.hoard.stdout, /^\d+, then -4\n$/);
    t.regex(report.hello.message, /succeeded$/);
    t.true(report.scores.length > 0);
    t.deepEqual(new Set(report.scores), new Set(["1000"]));
  });
}

test("what a program has filled is there to the last byte, however it became real", async (t) => {
  const pages = (64 * MIB) / PAGE;
  const { stdout } = await run(guest("hoard"), ["touch", String(pages)]);
  t.is(stdout, `${pages}, then 0\n`);
});

for (const size of [128, 256, 1024]) {
  test(`of ${size} descriptors a program leaves some to others and to Node`, async (t) => {
    if (!limits) {
      t.pass();
      return;
    }
    const { code, stdout, stderr } = await runNode([GREEDY, ...PROGRAMS, String(size)]);
    t.is(code, 0, stderr);
    const { mapped, hello, opened } = JSON.parse(stdout) as Remains;
    const [, count] = /^(\d+), then -3\n$/.exec(mapped) ?? [];
    t.true(Number(count) > 0 && Number(count) < size / 2, mapped);
    t.regex(hello, /succeeded$/);
    // The embedder's quarter, less what is its own already.
    t.true(opened >= size / 4 - 10, `${opened}`);
  });
}
