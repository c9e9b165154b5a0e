import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";

import test, { type ExecutionContext } from "ava";

import type { Kernel } from "../index.js";
import { byNode, byRun, bySpawn, type Consumer, known } from "./support/consumers.js";
import { until } from "./support/holdings.js";
import { host } from "./support/host.js";
import { serialNativeTest } from "./support/native.js";
import { FAILURE, type Feed, type MakeFeed, SOURCES } from "./support/stream-sources.js";

// Every kind of input, and what can become of it, and when. Each cell says what is to come of it by
// run() and by spawn(), and that the same comes of it by node:child_process.

let kernel: Kernel;
test.before(() => (kernel = host()));
test.after.always(() => kernel[Symbol.asyncDispose]());

const CONSUMERS: Readonly<Record<string, () => Consumer>> = {
  run: () => byRun,
  spawn: () => bySpawn(kernel),
  "node:child_process": () => byNode,
};

/**
 * What Node cannot tell: it knows no streams as the first ones were, and waits for ever for ones
 * that have no state to tell that they are over.
 */
function isNews(kind: string, happening: Happening, time: Time): boolean {
  const isGone = happening !== "end" && time === "before the call";
  return kind === OLD || (kind === STATELESS && isGone);
}

const OLD = "an old stream";

/** They do not keep what they have broken with. */
const STATELESS = "a Readable of readable-stream 3";

const TIMES = [
  "before the call",
  "in the tick of the call",
  "soon after",
  "while it runs",
] as const;
type Time = (typeof TIMES)[number];

type Happening = "end" | "fail" | "destroy";
const HAPPENINGS: readonly Happening[] = ["end", "fail", "destroy"];
const WORDS = { end: "ends", fail: "breaks", destroy: "goes without a word" } as const;

/** What is to come of it. */
function expected(kind: string, happening: Happening, time: Time): object {
  switch (happening) {
    case "end":
      return { text: time === "while it runs" ? "one two " : "one " };
    case "fail":
      if (kind === STATELESS && time === "before the call") {
        return { error: "ERR_STREAM_PREMATURE_CLOSE" };
      }
      return { error: DROPPED.has(kind) ? "ECONNRESET" : known(FAILURE) };
    case "destroy":
      return { error: ABORTS.has(kind) ? "ECONNRESET" : "ERR_STREAM_PREMATURE_CLOSE" };
  }
}

/** Connections, which break when the other end drops them. */
const DROPPED = new Set(["a request", "a response"]);
/** Node says so of what it was still to receive. */
const ABORTS = new Set<string>([]);

/** Lets it happen to input that a program copies, by one consumer. */
async function happen(
  t: ExecutionContext,
  make: MakeFeed,
  happening: Happening,
  time: Time,
  { copy }: Consumer,
): Promise<object> {
  const feed = await make(t);
  if (time !== "while it runs") feed.send("one ");
  if (time === "before the call") {
    const over = settled(feed, happening);
    feed[happening]?.();
    await over;
  }
  const come = new EventEmitter();
  const copied = copy(feed.input, (text) => come.emit("text", text));
  if (time === "in the tick of the call") feed[happening]?.();
  if (time === "soon after") {
    await setImmediate();
    feed[happening]?.();
  }
  if (time === "while it runs") {
    const first = new Promise((resolve) => come.once("text", resolve));
    feed.send("one ");
    await first;
    if (happening === "end") feed.send("two ");
    feed[happening]?.();
  }
  return copied;
}

/** Resolves when a stream of Node's has broken; another one does so at once. */
async function settled({ input }: Feed, happening: Happening): Promise<void> {
  if (happening === "end" || !(input instanceof EventEmitter)) return;
  let isOver = false;
  input.on("error", () => (isOver = true)).on("close", () => (isOver = true));
  await until(() => isOver);
}

for (const [kind, make] of Object.entries(SOURCES)) {
  for (const happening of HAPPENINGS) {
    for (const time of TIMES) {
      serialNativeTest(`${kind} ${WORDS[happening]} ${time}`, async (t) => {
        const { destroy } = await make(t);
        // Streams of the web's know no such thing, and the first streams kept nothing of the past.
        const isOver = happening !== "end" && time === "before the call";
        if ((happening === "destroy" && destroy === undefined) || (kind === OLD && isOver)) {
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
        const feed = await make(t);
        await consumer.ignore(feed.input);
        feed[happening]?.();
        // Nobody listens: an error that was not caught would end this process.
        for (let turn = 0; turn < 10; turn++) await setImmediate();
      }
      t.pass();
    });
  }
}
