import test from "ava";

import { Clock, ClockOptions, Rights, Signals, Timer } from "../index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";

const UNKNOWN_ERROR = 2n ** 64n - 1n;

test("a timer is signalled at its deadline, and not before", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const timer = kernel.createTimer({ slackMode: "late", clock: "boot" });
  const deadline = kernel.now() + 100n;
  timer.set(deadline, 7n);
  t.deepEqual(timer.info(), { slackMode: "late", clock: "boot", deadline, slack: 7n });
  const wait = timer.waitOne(Signals.SIGNALED);
  kernel.clock.advance(99n);
  t.is(kernel.stats().waits, 1);
  kernel.clock.advance(1n);
  t.is(await wait, Signals.SIGNALED);
  t.is(timer.info().deadline, 0n);
  timer.set(kernel.now() + 1n);
  await rejectsStatus(t, "TIMED_OUT", timer.waitOne(Signals.SIGNALED, { deadline: 0n }));
  timer.set(0n);
  t.is(await timer.waitOne(Signals.SIGNALED, { deadline: 0n }), Signals.SIGNALED);
});

test("a cancelled timer does not fire", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const timer = kernel.createTimer();
  timer.set(kernel.now() + 1n);
  timer.cancel();
  kernel.clock.advance(2n);
  await rejectsStatus(t, "TIMED_OUT", timer.waitOne(Signals.SIGNALED, { deadline: 0n }));
});

test("a timer's arguments and rights are judged", (t) => {
  const kernel = nullKernel(t);
  const timer = kernel.createTimer();
  throwsStatus(t, "OUT_OF_RANGE", () => timer.set(0n, -1n));
  const waiting = timer.duplicate(Rights.WAIT);
  throwsStatus(t, "ACCESS_DENIED", () => waiting.set(0n));
  throwsStatus(t, "ACCESS_DENIED", () => waiting.cancel());
  throwsStatus(t, "ACCESS_DENIED", () => waiting.info());
  t.throws(() => kernel.createTimer({ slackMode: "never" as never }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
  t.throws(() => timer.set(2n ** 63n), { code: "ERR_OUT_OF_RANGE" });
  timer.close();
  throwsStatus(t, "BAD_HANDLE", () => timer.set(0n));
});

test("a clock shows its backstop until it is set, and then runs", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const clock = kernel.createClock(ClockOptions.MONOTONIC, 50n);
  t.is(clock.read(), 50n);
  const started = clock.waitOne(Signals.CLOCK_STARTED);
  // 2023 in nanoseconds: more than a number holds exactly.
  const year2023 = 1_672_531_200_000_000_001n;
  clock.update({ value: year2023, errorBound: 9n });
  t.is((await started) & Signals.CLOCK_STARTED, Signals.CLOCK_STARTED);
  kernel.clock.advance(10n);
  t.is(clock.read(), year2023 + 10n);
  const { options, backstop, errorBound, generation, fromNanoseconds } = clock.details();
  t.deepEqual([options, backstop, errorBound, generation], [ClockOptions.MONOTONIC, 50n, 9n, 2]);
  t.is(fromNanoseconds.syntheticOffset, year2023);
});

test("a clock can run faster than its reference, from a moment on", (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const clock = kernel.createClock(ClockOptions.AUTO_START);
  t.is(clock.read(), kernel.now());
  t.is(clock.details().errorBound, UNKNOWN_ERROR);
  const reference = kernel.now();
  clock.update({ rateAdjust: 1000, reference });
  kernel.clock.advance(1_000_000n);
  t.is(clock.read(), reference + 1_001_000n);
});

test("an update is shown to those who wait for it", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const clock = kernel.createClock(ClockOptions.AUTO_START);
  const updated = clock.waitOne(Signals.CLOCK_UPDATED);
  clock.update({ errorBound: 1n });
  t.is(await updated, Signals.CLOCK_STARTED | Signals.CLOCK_UPDATED);
  const again = clock.waitOne(Signals.CLOCK_UPDATED, { deadline: 0n });
  await rejectsStatus(t, "TIMED_OUT", again);
});

test("what a clock's options forbid is refused", (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  throwsStatus(t, "INVALID_ARGS", () => kernel.createClock(ClockOptions.CONTINUOUS));
  throwsStatus(t, "INVALID_ARGS", () => kernel.createClock(32));
  throwsStatus(t, "INVALID_ARGS", () => kernel.createClock(0, -1n));
  const future = kernel.now() + 1n;
  throwsStatus(t, "INVALID_ARGS", () => kernel.createClock(ClockOptions.AUTO_START, future));
  const clock = kernel.createClock(ClockOptions.MONOTONIC, 10n);
  throwsStatus(t, "INVALID_ARGS", () => clock.update({}));
  throwsStatus(t, "BAD_STATE", () => clock.update({ rateAdjust: 1 }));
  throwsStatus(t, "INVALID_ARGS", () => clock.update({ value: 9n }));
  clock.update({ value: 1000n, rateAdjust: -1000 });
  throwsStatus(t, "INVALID_ARGS", () => clock.update({ rateAdjust: -1001 }));
  throwsStatus(t, "INVALID_ARGS", () => clock.update({ value: 2000n }));
  throwsStatus(t, "INVALID_ARGS", () => clock.update({ value: 1n, version: "v1" }));
  clock.update({ value: 2000n, version: "v1" });
  t.is(clock.read(), 2000n);
  const moment = { rateAdjust: 1, reference: 1n, version: "v1" } as const;
  throwsStatus(t, "INVALID_ARGS", () => clock.update(moment));
});

test("a clock's arguments and rights are judged", (t) => {
  const clock = nullKernel(t).createClock(ClockOptions.AUTO_START);
  const none = clock.duplicate(Rights.WAIT);
  throwsStatus(t, "ACCESS_DENIED", () => none.read());
  throwsStatus(t, "ACCESS_DENIED", () => none.details());
  throwsStatus(t, "ACCESS_DENIED", () => none.update({ errorBound: 1n }));
  t.throws(() => clock.update({ rateAdjust: 0.5 }), { code: "ERR_OUT_OF_RANGE" });
  t.throws(() => clock.update({ version: "v3" as never }), { code: "ERR_INVALID_ARG_VALUE" });
  t.throws(() => clock.update({ value: 1 as never }), { code: "ERR_INVALID_ARG_TYPE" });
});

test("ports, timers and clocks come out of a channel as what they are", (t) => {
  const kernel = nullKernel(t);
  const [near, far] = kernel.createChannel();
  near.write(new Uint8Array(), [kernel.createTimer(), kernel.createClock(), kernel.createPort()]);
  const [timer, clock, port] = far.read().handles;
  t.true(timer instanceof Timer);
  t.true(clock instanceof Clock);
  t.is(port?.constructor.name, "Port");
});
