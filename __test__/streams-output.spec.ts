import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";

import test, { type ExecutionContext } from "ava";

import type { Kernel } from "../index.js";
import { byNode, byRun, bySpawn, type Consumer, known } from "./support/consumers.js";
import { until } from "./support/holdings.js";
import { host } from "./support/host.js";
import { serialNativeTest } from "./support/native.js";
import { type Drain, type MakeDrain, SINKS } from "./support/stream-sinks.js";
import { FAILURE } from "./support/stream-sources.js";

// Every kind of output, and what can become of it, and when. Each cell says what is to come of it by
// run() and by spawn(), and that the same comes of it by node:child_process.

let kernel: Kernel;
test.before(() => (kernel = host()));
test.after.always(() => kernel[Symbol.asyncDispose]());

const CONSUMERS: Readonly<Record<string, () => Consumer>> = {
  run: () => byRun,
  spawn: () => bySpawn(kernel),
  "node:child_process": () => byNode,
};

/** It keeps nothing at all, and Node does not know such streams. */
const OLD = "an old stream";
const REQUEST = "a request";
/** They do not keep what they have broken with. */
const FORGETFUL = new Set(["a Writable of readable-stream 3", REQUEST]);

const TIMES = [
  "before the call",
  "in the tick of the call",
  "soon after",
  "while it runs",
] as const;
type Time = (typeof TIMES)[number];

const WORDS = { fail: "breaks", destroy: "goes without a word" } as const;
type Happening = keyof typeof WORDS;

/** Lets it happen to the output of a program that says something, waits, and says more. */
async function happen(
  t: ExecutionContext,
  make: MakeDrain,
  happening: Happening | "nothing",
  time: Time,
  { say }: Consumer,
): Promise<object> {
  const drain = await make(t);
  const act = () => void (happening !== "nothing" && drain[happening]?.());
  if (time === "before the call") {
    const over = settled(drain, happening);
    act();
    await over;
  }
  const more = new PassThrough();
  const said = say(drain.output, more);
  if (time === "in the tick of the call") act();
  if (time === "soon after") {
    await setImmediate();
    act();
  }
  if (time === "while it runs") {
    await until(() => drain.text() === "first\n");
    act();
  }
  more.end("more");
  const outcome = await said;
  if (happening === "nothing") await until(() => drain.text() === "first\nmore");
  return outcome;
}

/** Resolves when a stream of Node's has broken; another one does so at once. */
async function settled({ output }: Drain, happening: string): Promise<void> {
  if (happening === "nothing" || !(output instanceof EventEmitter)) return;
  let isOver = false;
  output.on("error", () => (isOver = true)).on("close", () => (isOver = true));
  await until(() => isOver);
}

/** What is to come of it. */
function expected(kind: string, happening: Happening, time: Time): object {
  const isOver = time === "before the call";
  if (happening === "fail" && !(isOver && FORGETFUL.has(kind))) {
    return { error: known(FAILURE) };
  }
  // A request breaks if it is destroyed, whatever with, and tells of it once.
  const breaks = kind === REQUEST && !isOver;
  return { error: breaks ? "ECONNRESET" : "ERR_STREAM_PREMATURE_CLOSE" };
}

/**
 * What Node cannot tell: what has gone before it waits for it, what a response was destroyed with,
 * and, of a file, whether something was still to be written.
 */
function isNews(kind: string, happening: Happening, time: Time): boolean {
  return (
    kind === OLD ||
    (time === "before the call" && FORGETFUL.has(kind)) ||
    (kind === "a response" && happening === "fail") ||
    (kind === "a file" && happening === "destroy" && time === "while it runs")
  );
}

for (const [kind, make] of Object.entries(SINKS)) {
  serialNativeTest(`${kind} gets everything, and is not ended`, async (t) => {
    for (const [name, consumer] of Object.entries(CONSUMERS)) {
      if (name === "node:child_process" && kind === OLD) continue;
      const outcome = await happen(t, make, "nothing", "while it runs", consumer());
      t.deepEqual(outcome, { text: "" }, name);
    }
  });
  for (const happening of Object.keys(WORDS) as Happening[]) {
    for (const time of TIMES) {
      serialNativeTest(`${kind} ${WORDS[happening]} ${time}`, async (t) => {
        const isOver = time === "before the call";
        if ((await make(t))[happening] === undefined || (kind === OLD && isOver)) {
          t.pass();
          return;
        }
        for (const [name, consumer] of Object.entries(CONSUMERS)) {
          if (name === "node:child_process" && isNews(kind, happening, time)) continue;
          const came = await happen(t, make, happening, time, consumer());
          t.deepEqual(came, expected(kind, happening, time), name);
        }
      });
    }
    serialNativeTest(`${kind} ${WORDS[happening]} afterwards, which ends nobody`, async (t) => {
      for (const consumer of [byRun, bySpawn(kernel)]) {
        const drain = await make(t);
        const more = new PassThrough();
        more.end();
        await consumer.say(drain.output, more);
        drain[happening]?.();
        // Nobody listens: an error that was not caught would end this process.
        for (let turn = 0; turn < 10; turn++) await setImmediate();
      }
      t.pass();
    });
  }
}
