import test from "ava";

import { ProcessContext, Signals, type ZxError } from "../index.js";
import { rejectsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";

const MAX_ITEMS = 64;

test("a signal that is set ends a wait on several at once", async (t) => {
  const kernel = nullKernel(t);
  const [a, b] = [kernel.createEvent(), kernel.createEvent()];
  b.signal(0, Signals.SIGNALED);
  const items = [a, b].map((handle) => ({ handle, signals: Signals.SIGNALED }));
  t.deepEqual(await kernel.waitMany(items), [0, Signals.SIGNALED]);
});

test("a signal that is set later ends a wait on several, each item with its own", async (t) => {
  const kernel = nullKernel(t);
  const [event, [near, far]] = [kernel.createEvent(), kernel.createChannel()];
  const wait = kernel.waitMany([
    { handle: event, signals: Signals.SIGNALED },
    { handle: far, signals: Signals.READABLE },
    { handle: event, signals: Signals.USER_7 },
  ]);
  t.is(kernel.stats().observers, 3);
  near.write(new Uint8Array());
  t.deepEqual(await wait, [0, Signals.READABLE | Signals.WRITABLE, 0]);
  t.is(kernel.stats().observers, 0);
});

test("64 items are the most", async (t) => {
  const kernel = nullKernel(t);
  const event = kernel.createEvent();
  event.signal(0, Signals.SIGNALED);
  const items = (length: number) =>
    Array.from({ length }, () => ({ handle: event, signals: Signals.SIGNALED }));
  t.is((await kernel.waitMany(items(MAX_ITEMS))).length, MAX_ITEMS);
  await rejectsStatus(t, "OUT_OF_RANGE", kernel.waitMany(items(MAX_ITEMS + 1)));
});

test("no items wait for the deadline", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const wait = rejectsStatus(t, "TIMED_OUT", kernel.waitMany([], { timeout: 1 }));
  kernel.clock.advance(1_000_000n);
  t.deepEqual((await wait).pending, []);
});

test("a wait on several that fails tells the signals of each", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const [a, b] = [kernel.createEvent(), kernel.createEvent()];
  a.signal(0, Signals.USER_0);
  const items = [a, b].map((handle) => ({ handle, signals: Signals.SIGNALED }));
  const check = (error: ZxError, pending: number[]) => {
    t.deepEqual(error.pending, pending);
    t.is(error.operation, "zx_object_wait_many");
  };
  const polled = await rejectsStatus(t, "TIMED_OUT", kernel.waitMany(items, { deadline: 0n }));
  check(polled, [Signals.USER_0, 0]);
  t.is(polled.observed, Signals.USER_0);
  const late = rejectsStatus(t, "TIMED_OUT", kernel.waitMany(items, { timeout: 1 }));
  kernel.clock.advance(1_000_000n);
  check(await late, [Signals.USER_0, 0]);
  const canceled = rejectsStatus(t, "CANCELED", kernel.waitMany(items));
  b.close();
  check(await canceled, [Signals.USER_0, Signals.HANDLE_CLOSED]);
});

test("a wait on several can be aborted", async (t) => {
  const kernel = nullKernel(t);
  const controller = new AbortController();
  const wait = kernel.waitMany([{ handle: kernel.createEvent(), signals: Signals.SIGNALED }], {
    signal: controller.signal,
  });
  controller.abort();
  await t.throwsAsync(wait, { name: "AbortError" });
  t.deepEqual([kernel.stats().waits, kernel.stats().observers], [0, 0]);
});

test("items are judged in order, and nothing is waited on when one is bad", async (t) => {
  const kernel = nullKernel(t);
  const event = kernel.createEvent();
  const signals = Signals.SIGNALED;
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  const good = { handle: event, signals };
  const foreign = { handle: context.createEvent(), signals };
  await rejectsStatus(t, "BAD_HANDLE", kernel.waitMany([good, foreign]));
  const unwaitable = { handle: kernel.createEvent().replace(0), signals };
  await rejectsStatus(t, "ACCESS_DENIED", kernel.waitMany([good, unwaitable]));
  t.is(kernel.stats().observers, 0);
  const type = { code: "ERR_INVALID_ARG_TYPE" };
  await t.throwsAsync(kernel.waitMany({} as never), type);
  await t.throwsAsync(kernel.waitMany([1] as never), type);
  await t.throwsAsync(kernel.waitMany([{ handle: event, signals: "1" as never }]), type);
});
