import { PassThrough } from "node:stream";

import test, { type ExecutionContext } from "ava";

import { sinkOf } from "../lib/program/sink.js";
import { type Consumer, known } from "./support/consumers.js";
import { until } from "./support/holdings.js";
import { serialNativeTest } from "./support/native.js";
import {
  consumers,
  happeningAt,
  isForgotten,
  nobodyIsEnded,
  OLD,
  type Time,
  TIMES,
  WORDS,
} from "./support/stream-cells.js";
import { type MakeDrain, SINKS } from "./support/stream-sinks.js";
import { FAILURE } from "./support/stream-sources.js";

// Every kind of output, and what can become of it, and when. Each cell says what is to come of it by
// run() and by spawn(), and that the same comes of it by node:child_process.

const CONSUMERS = consumers();

const HAPPENINGS = ["fail", "destroy"] as const;
type Happening = (typeof HAPPENINGS)[number];

const REQUEST = "a request";
/** They do not keep what they have broken with. */
const FORGETFUL = new Set(["a Writable of readable-stream 3", REQUEST]);

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

/** When nothing has been written yet. */
const SURE = new Set<Time>(["before the call", "in the tick of the call"]);

/**
 * What Node cannot tell: what has gone before it waits for it, what a response was destroyed with,
 * whether a stream of the web's has broken to which it does not write, and, of a file, whether
 * something was still to be written.
 */
function isNews(kind: string, happening: Happening, time: Time): boolean {
  return (
    kind === OLD ||
    (time === "before the call" && FORGETFUL.has(kind)) ||
    (kind === "a response" && happening === "fail") ||
    (kind === "a WritableStream" && !SURE.has(time)) ||
    (kind === "a file" && happening === "destroy" && time === "while it runs")
  );
}

/** Lets it happen to the output of a program that says something, and would wait for ever. */
async function said(
  t: ExecutionContext,
  make: MakeDrain,
  happening: Happening,
  time: Time,
  { say }: Consumer,
): Promise<object> {
  const drain = await make(t);
  const never = new PassThrough();
  return happeningAt(
    time,
    drain.output,
    () => drain[happening]?.(),
    () => say(drain.output, never),
    () => until(() => drain.text() === "first\n"),
  );
}

for (const [kind, make] of Object.entries(SINKS)) {
  serialNativeTest(`${kind} gets everything, and is not ended`, async (t) => {
    for (const [name, consumer] of Object.entries(CONSUMERS)) {
      if (name === "node" && kind === OLD) continue;
      const drain = await make(t);
      const more = new PassThrough();
      more.end("more");
      t.deepEqual(await consumer().say(drain.output, more), { text: "" }, name);
      await until(() => drain.text() === "first\nmore");
    }
  });

  test(`${kind} says why it breaks also to whoever writes before it has said so`, async (t) => {
    const drain = await make(t);
    const why = await new Promise((resolve) => {
      const sink = sinkOf(drain.output, resolve);
      drain.fail();
      void sink.write(Buffer.from("lost"));
    });
    t.is(known(why), known(FAILURE));
  });

  for (const happening of HAPPENINGS) {
    for (const time of TIMES.filter((time) => !isForgotten(kind, happening, time))) {
      serialNativeTest(`${kind} ${WORDS[happening]} ${time}`, async (t) => {
        if ((await make(t))[happening] === undefined) {
          t.pass("it knows no such thing");
          return;
        }
        for (const [name, consumer] of Object.entries(CONSUMERS)) {
          if (name === "node" && isNews(kind, happening, time)) continue;
          const came = await said(t, make, happening, time, consumer());
          t.deepEqual(came, expected(kind, happening, time), name);
        }
      });
    }

    serialNativeTest(`${kind} ${WORDS[happening]} afterwards, which ends nobody`, async (t) => {
      for (const consumer of [CONSUMERS.run, CONSUMERS.spawn]) {
        const drain = await make(t);
        const more = new PassThrough();
        more.end();
        await consumer().say(drain.output, more);
        drain[happening]?.();
        await nobodyIsEnded();
      }
      t.pass();
    });
  }
}
