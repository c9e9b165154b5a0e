import type { ExecutionContext } from "ava";

import { type Consumer, known } from "./support/consumers.js";
import { until } from "./support/holdings.js";
import { serialNativeTest } from "./support/native.js";
import {
  consumers,
  type Happening,
  happeningAt,
  isForgotten,
  nobodyIsEnded,
  OLD,
  type Time,
  TIMES,
  WORDS,
} from "./support/stream-cells.js";
import { FAILURE, type MakeFeed, SOURCES } from "./support/stream-sources.js";

// Every kind of input, and what can become of it, and when. Each cell says what is to come of it by
// run() and by spawn(), and that the same comes of it by node:child_process.

const CONSUMERS = consumers();

/** It does not keep what it has broken with, and Node waits for ever for one that has. */
const FORGETFUL = "a Readable of readable-stream 3";

/** Connections, which break when the other end drops them. */
const DROPPED = new Set(["a request", "a response"]);

/** What is to come of it. */
function expected(kind: string, happening: Happening, time: Time): object {
  if (happening === "end") {
    return { text: time === "while it runs" ? "one two " : "one " };
  }
  if (happening === "destroy" || (kind === FORGETFUL && time === "before the call")) {
    return { error: "ERR_STREAM_PREMATURE_CLOSE" };
  }
  return { error: DROPPED.has(kind) ? "ECONNRESET" : known(FAILURE) };
}

/** What Node cannot tell. */
function isNews(kind: string, happening: Happening, time: Time): boolean {
  return kind === OLD || (kind === FORGETFUL && happening !== "end" && time === "before the call");
}

/** Lets it happen to input that a program copies, by one consumer. */
async function copied(
  t: ExecutionContext,
  make: MakeFeed,
  happening: Happening,
  time: Time,
  { copy }: Consumer,
): Promise<object> {
  const feed = await make(t);
  if (time !== "while it runs") feed.send("one ");
  let text = "";
  return happeningAt(
    time,
    happening === "end" ? undefined : feed.input,
    () => feed[happening]?.(),
    () => copy(feed.input, (came) => (text = came)),
    async () => {
      feed.send("one ");
      await until(() => text !== "");
      if (happening === "end") feed.send("two ");
    },
  );
}

for (const [kind, make] of Object.entries(SOURCES)) {
  for (const happening of Object.keys(WORDS) as Happening[]) {
    for (const time of TIMES.filter((time) => !isForgotten(kind, happening, time))) {
      serialNativeTest(`${kind} ${WORDS[happening]} ${time}`, async (t) => {
        if ((await make(t))[happening] === undefined) {
          t.pass("it knows no such thing");
          return;
        }
        for (const [name, consumer] of Object.entries(CONSUMERS)) {
          if (name === "node" && isNews(kind, happening, time)) continue;
          const came = await copied(t, make, happening, time, consumer());
          t.deepEqual(came, expected(kind, happening, time), name);
        }
      });
    }

    serialNativeTest(`${kind} ${WORDS[happening]} afterwards, which ends nobody`, async (t) => {
      for (const consumer of [CONSUMERS.run, CONSUMERS.spawn]) {
        const feed = await make(t);
        await consumer().ignore(feed.input);
        feed[happening]?.();
        await nobodyIsEnded();
      }
      t.pass();
    });
  }
}
