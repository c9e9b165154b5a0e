import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";

import { assert, asyncProperty, constantFrom, nat, record } from "fast-check";

import { Kernel, run, ZirconiaError } from "../index.js";
import { Bystander } from "./support/bystander.js";
import { children, holdings, untilHolding, untilRunning } from "./support/holdings.js";
import { guest, serialNativeTest } from "./support/native.js";

const ROUNDS = 25;

/** What runs when something is killed. */
const PROGRAMS = [
  ["probe", "--spin"],
  ["probe", "--sleep-forever"],
  ["probe", "--memory"],
  ["threads", "mutex", "100"],
  ["hello"],
] as const;

const round = record({
  victim: constantFrom("helper", "helper", "guest", "guest", "worker"),
  /** Which guest. */
  which: nat(),
  /** Turns of the event loop before the kill, and before whoever is left is ended. */
  before: nat(40),
  after: nat(40),
});

/** What a program came to: a result, or an error of the library's. */
async function end(kernel: Kernel, [name, ...args]: readonly string[], signal?: AbortSignal) {
  const options = { kernel, reject: false, ...(signal && { signal }) } as const;
  try {
    return await run(guest(name!), args, options);
  } catch (error) {
    if (error instanceof ZirconiaError) return error;
    throw error;
  }
}

async function turn(times: number): Promise<void> {
  for (let turns = 0; turns < times; turns++) await setImmediate();
}

/** A worker of Node's in which programs run. What lets Node load TypeScript is not its own. */
async function startWorker(): Promise<Worker> {
  const tsx = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const script = JSON.stringify(import.meta.resolve("./support/killed-worker.ts"));
  const code = `import(${tsx}).then(({ tsImport }) => tsImport(${script}, ${script}));`;
  const worker = new Worker(code, { eval: true, stdout: true });
  await once(worker.stdout, "data");
  return worker;
}

serialNativeTest("whoever is killed is told of, others go on, and nothing is left", async (t) => {
  await using other = new Kernel();
  const bystander = new Bystander(other);
  await bystander.answer();
  const others = children("self");
  await using kernel = new Kernel();
  const helper = () => children("self").filter((pid) => !others.includes(pid));
  // A worker of Node's leaves what Node makes once for all of them.
  await (await startWorker()).terminate();
  const hello = async () => {
    // The first may get the spare in its last moment.
    for (let tries = 0; tries < 2; tries++) {
      const result = await end(kernel, ["hello"]);
      if (!(result instanceof Error)) return result.returnCode;
    }
    return undefined;
  };
  await hello();
  await hello();
  // Two helpers, the bystander, and what is kept ready from the second launch on.
  await untilRunning(4);
  const host = holdings();
  const objects = kernel.stats();
  const ends = new Map<string, number>();
  const kill = asyncProperty(round, async ({ victim, which, before, after }) => {
    const worker = victim === "worker" ? await startWorker() : undefined;
    const abort = new AbortController();
    const all = PROGRAMS.map((program) => end(kernel, program, abort.signal));
    await turn(before);
    const [pid] = helper();
    const guests = children(pid!);
    if (worker !== undefined) await worker.terminate();
    else process.kill(victim === "helper" ? pid! : guests[which % guests.length]!, "SIGKILL");
    await bystander.answer();
    await turn(after);
    abort.abort();
    for (const { message } of await Promise.all(all)) {
      ends.set(message, (ends.get(message) ?? 0) + 1);
    }
    t.is(await hello(), 0n);
    await bystander.answer();
    await untilHolding(host);
    t.deepEqual(kernel.stats(), objects);
  });
  await assert(kill, { seed: 1, numRuns: ROUNDS, endOnFailure: true });
  for (const [message, count] of ends) t.log(`${count} times ${message}`);
  await bystander.end();
});
