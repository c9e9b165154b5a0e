import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";

import test from "ava";

import type { Kernel } from "../../index.js";
import { byNode, byRun, bySpawn, type Consumer } from "./consumers.js";
import { until } from "./holdings.js";
import { host } from "./host.js";

/** What becomes of streams, in words. */
export const WORDS = {
  end: "ends",
  fail: "breaks",
  destroy: "goes without a word",
} as const;

/** What becomes of a stream. */
export type Happening = keyof typeof WORDS;

/** When that happens. */
export const TIMES = [
  "before the call",
  "in the tick of the call",
  "soon after",
  "while it runs",
] as const;

export type Time = (typeof TIMES)[number];

/** Streams as the first ones were: they keep nothing of the past, and Node does not know them. */
export const OLD = "an old stream";

/** Whether something has already become of a stream that has not kept it. */
export function isForgotten(kind: string, happening: Happening, time: Time): boolean {
  return kind === OLD && happening !== "end" && time === "before the call";
}

/** Everybody who runs programs, for one spec: us, and Node to compare with. */
export function consumers(): Readonly<Record<"run" | "spawn" | "node", () => Consumer>> {
  let kernel: Kernel;
  test.before(() => void (kernel = host()));
  test.after.always(() => kernel[Symbol.asyncDispose]());
  return { run: () => byRun, spawn: () => bySpawn(kernel), node: () => byNode };
}

/** Makes a call, and lets something happen to a stream at a time. */
export async function happeningAt<T>(
  time: Time,
  stream: unknown,
  happen: () => void,
  call: () => Promise<T>,
  runs: () => Promise<void>,
): Promise<T> {
  if (time === "before the call") {
    const over = gone(stream);
    happen();
    await over;
  }
  const called = call();
  if (time === "soon after") await setImmediate();
  if (time === "while it runs") await runs();
  if (time !== "before the call") happen();
  return called;
}

/** Resolves when a stream of Node's has broken; for another one at once. */
async function gone(stream: unknown): Promise<void> {
  if (!(stream instanceof EventEmitter)) return;
  let isOver = false;
  stream.on("error", () => (isOver = true)).on("close", () => (isOver = true));
  await until(() => isOver);
}

/** Lets pass what would end this process: an error of a stream that nobody listens to. */
export async function nobodyIsEnded(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}
