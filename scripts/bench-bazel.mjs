// Measures checks of as many programs: directly, by the worker and one process for each, without Bazel
// and with Debian's Bazel 4.2, and on bots of BuildGrid. Prints a table for docs/bazel.md. Everything
// must have been built; for x86-64 Linux. Ends with 69 where there is no Bazel or no BuildGrid.
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { requireBuildGrid, startBuildGrid } from "./bazel/buildgrid.mjs";
import { layWorkspace } from "./bazel/workspace.mjs";
import { root } from "./local-packages.mjs";
import { capture, expect, interruption } from "./run.mjs";

const checks = Number(process.argv[2] ?? 1_000);

const ZIRCONIA = [process.execPath, join(root, "dist/lib/cli/start.js")];
/** How often what is compared is measured, in turns; the least counts. */
const ROUNDS = 5;
/** How many requests Bazel gives a worker at a time. */
const REQUESTS = 8;

requireBuildGrid();
const signal = interruption();
const workspace = layWorkspace({ checks, tests: 1 }, signal);
const { bazel, place, programs } = workspace;
let grid;
try {
  console.log(`${checks} checks on ${availableParallelism()} processors: ${cpus()[0].model}`);
  await measureCommands();
  await measureBazel();
} finally {
  workspace.remove();
  await grid?.stop();
}

async function measureCommands() {
  const documents = programs.map((name) => join(place, `${name}.json`));
  const ways = { directly, byWorker, inOne };
  const least = { directly: Infinity, byWorker: Infinity, inOne: Infinity };
  let memory;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) {
      // As Bazel does it before an action: it takes longer to write a file that is there.
      for (const document of documents) rmSync(document, { force: true });
      const begin = performance.now();
      memory = (await way()) ?? memory;
      least[name] = Math.min(least[name], (performance.now() - begin) / 1_000);
    }
  }
  print("checkFiles, and a document of each", least.directly);
  print("zirconia worker, a request for each", least.byWorker);
  const ratio = (least.byWorker / least.directly).toFixed(2);
  console.log(`  ${ratio} times as long as directly; at most ${memory} of memory`);
  print("zirconia check, all in one document", least.inOne);
  const begin = performance.now();
  await oneByOne();
  print("zirconia check, a process for each", (performance.now() - begin) / 1_000);
}

async function measureBazel() {
  for (const [name, strategy] of [
    ["a process for each", "local"],
    ["worker", "worker"],
  ]) {
    await bazel(["clean"]);
    const flag = `--strategy=ZirconiaCheck=${strategy}`;
    const { output, seconds } = await bazel(["build", ":checks", flag]);
    expect(name, output, `${checks} ${strategy}`);
    print(`Bazel, ${name}`, seconds);
  }
  grid = await startBuildGrid();
  for (const [index, count] of ["one bot", "two bots"].entries()) {
    await grid.startBot(`bot${index}`);
    await bazel(["clean"]);
    const flags = [...grid.flags, "--noremote_accept_cached"];
    const { output, seconds } = await bazel(["build", ":checks", ...flags]);
    expect(count, output, `${checks} remote`);
    print(`Bazel, ${count}`, seconds);
  }
  await bazel(["clean"]);
  const { output, seconds } = await bazel(["build", ":checks", ...grid.flags]);
  expect("again", output, `${checks} remote cache hit`);
  print("Bazel, from the remote cache", seconds);
  const { stdout } = await capture(grid.place, ["du", "-sh", "--apparent-size", "storage"], {
    PATH: process.env.PATH,
  });
  console.log(`  the cache has ${stdout.split("\t")[0]}`);
}

async function directly() {
  const script = join(root, "scripts/bazel/check-directly.mjs");
  await capture(place, [process.execPath, script, ...programs], process.env);
}

async function inOne() {
  await capture(place, [...ZIRCONIA, "check", "--output", "all.json", ...programs], process.env);
}

/** Returns the most memory that it has had. */
async function byWorker() {
  const [program, ...args] = [...ZIRCONIA, "worker", "--persistent_worker"];
  const worker = spawn(program, args, { cwd: place, signal, stdio: ["pipe", "pipe", "inherit"] });
  let next = 0;
  const ask = () => {
    const file = programs[next++];
    if (file === undefined) return;
    const request = { requestId: next, arguments: ["check", "--output", `${file}.json`, file] };
    worker.stdin.write(`${JSON.stringify(request)}\n`);
  };
  for (let index = 0; index < REQUESTS; index++) ask();
  let [answers, memory] = [0, ""];
  for await (const line of createInterface({ input: worker.stdout })) {
    const { exitCode, output } = JSON.parse(line);
    if (exitCode !== 0) throw new Error(output);
    answers++;
    ask();
    if (answers < checks) continue;
    [, memory] = /^VmHWM:\s*(.*)$/m.exec(readFileSync(`/proc/${worker.pid}/status`, "utf8"));
    worker.stdin.end();
  }
  return memory;
}

/** As many processes at a time as there are processors. */
async function oneByOne() {
  const files = programs.values();
  const work = async () => {
    for (const file of files) {
      const command = [...ZIRCONIA, "check", "--output", `${file}.json`, file];
      await capture(place, command, process.env);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

function print(what, seconds) {
  const each = ((seconds / checks) * 1_000).toFixed(1);
  console.log(`${what.padEnd(42)}${seconds.toFixed(1).padStart(8)} s${each.padStart(8)} ms each`);
}
