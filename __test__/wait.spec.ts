import test from "ava";

import { type Context, type Kernel, ProcessContext, Signals } from "../index.js";
import { rejectsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";

const virtualKernel = (t: Parameters<typeof nullKernel>[0]): Kernel =>
  nullKernel(t, { clock: "virtual" });

test("a signal that is set ends a wait at once, with all signals", async (t) => {
  const [a, b] = nullKernel(t).createChannel();
  a.write(new Uint8Array());
  t.is(await b.waitOne(Signals.READABLE), Signals.READABLE | Signals.WRITABLE);
});

test("a signal that is set later ends all waits for it", async (t) => {
  const event = nullKernel(t).createEvent();
  const waits = [event.waitOne(Signals.SIGNALED), event.waitOne(Signals.USER_0)];
  event.signal(0, Signals.SIGNALED | Signals.USER_0);
  const both = Signals.SIGNALED | Signals.USER_0;
  t.deepEqual(await Promise.all(waits), [both, both]);
});

test("a pulse still wakes", async (t) => {
  const event = nullKernel(t).createEvent();
  const wait = event.waitOne(Signals.SIGNALED);
  event.signal(0, Signals.SIGNALED);
  event.signal(Signals.SIGNALED, 0);
  t.is(await wait, Signals.SIGNALED);
});

test("the peer's end wakes", async (t) => {
  const [a, b] = nullKernel(t).createEventPair();
  const wait = a.waitOne(Signals.PEER_CLOSED);
  a.signalPeer(0, Signals.USER_1);
  t.is(await b.waitOne(Signals.USER_1), Signals.USER_1);
  b.close();
  t.is(await wait, Signals.PEER_CLOSED);
});

test("a virtual clock's deadlines pass when it is told, and not before", async (t) => {
  const kernel = virtualKernel(t);
  const event = kernel.createEvent();
  const start = kernel.now();
  let ended = false;
  const wait = event.waitOne(Signals.SIGNALED, { deadline: start + 1000n });
  const settled = rejectsStatus(t, "TIMED_OUT", wait).finally(() => (ended = true));
  kernel.clock.advance(999n);
  await new Promise(setImmediate);
  t.false(ended);
  kernel.clock.advance(1n);
  t.is((await settled).observed, 0);
  t.is(kernel.now(), start + 1000n);
});

test("a deadline that is past polls", async (t) => {
  const event = virtualKernel(t).createEvent();
  await rejectsStatus(t, "TIMED_OUT", event.waitOne(Signals.SIGNALED, { deadline: 0n }));
  event.signal(0, Signals.SIGNALED);
  t.is(await event.waitOne(Signals.SIGNALED, { deadline: 0n }), Signals.SIGNALED);
});

test("timeouts are milliseconds of the kernel's clock", async (t) => {
  const kernel = virtualKernel(t);
  const event = kernel.createEvent();
  const wait = rejectsStatus(t, "TIMED_OUT", event.waitOne(Signals.SIGNALED, { timeout: 1.5 }));
  t.is(kernel.stats().waits, 1);
  kernel.clock.advance(1_500_000n);
  await wait;
  t.is(kernel.stats().waits, 0);
});

test("the system's clock lets deadlines pass by itself", async (t) => {
  const kernel = nullKernel(t);
  const begin = kernel.now();
  await rejectsStatus(
    t,
    "TIMED_OUT",
    kernel.createEvent().waitOne(Signals.SIGNALED, { timeout: 5 }),
  );
  t.true(kernel.now() >= begin + 5_000_000n);
  t.throws(() => kernel.clock.advance(1n), { code: "ZX_ERR_NOT_SUPPORTED" });
});

test("closing a handle cancels the waits through it, and reading the message that takes it", async (t) => {
  const kernel = nullKernel(t);
  const event = kernel.createEvent();
  const twin = event.duplicate();
  const closed = event.waitOne(Signals.SIGNALED);
  const other = twin.waitOne(Signals.SIGNALED);
  event.close();
  t.is((await rejectsStatus(t, "CANCELED", closed)).observed, Signals.HANDLE_CLOSED);
  const [a, b] = kernel.createChannel();
  a.write(new Uint8Array(), [twin]);
  t.is(kernel.stats().waits, 1);
  const { handles } = b.read();
  t.is((await rejectsStatus(t, "CANCELED", other)).observed, Signals.HANDLE_CLOSED);
  handles.forEach((handle) => handle.close());
});

test("an AbortSignal ends a wait with its reason", async (t) => {
  const kernel = nullKernel(t);
  const event = kernel.createEvent();
  const controller = new AbortController();
  const reason = new Error("enough");
  const wait = event.waitOne(Signals.SIGNALED, { signal: controller.signal });
  t.is(kernel.stats().waits, 1);
  controller.abort(reason);
  const error = await t.throwsAsync(wait, { name: "AbortError", code: "ABORT_ERR" });
  t.is(error?.cause, reason);
  t.is(kernel.stats().waits, 0);
  await t.throwsAsync(event.waitOne(Signals.SIGNALED, { signal: controller.signal }), {
    name: "AbortError",
  });
});

test("disposing of the kernel cancels what is pending", async (t) => {
  const kernel = nullKernel(t);
  const event = kernel.createEvent();
  const wait = event.waitOne(Signals.SIGNALED);
  kernel.dispose();
  kernel.dispose();
  await rejectsStatus(t, "CANCELED", wait);
  await rejectsStatus(t, "BAD_HANDLE", event.waitOne(Signals.SIGNALED));
});

test("a handle without WAIT cannot be waited on", async (t) => {
  const kernel = nullKernel(t);
  await rejectsStatus(t, "ACCESS_DENIED", kernel.createEvent().replace(0).waitOne(1));
});

test("misuse rejects with Node's codes", async (t) => {
  const event = nullKernel(t).createEvent();
  const rejects = (options: object, code: string) =>
    t.throwsAsync(event.waitOne(1, options), { code });
  await rejects({ deadline: 1n, timeout: 1 }, "ERR_INCOMPATIBLE_OPTION_PAIR");
  await rejects({ deadline: 1 }, "ERR_INVALID_ARG_TYPE");
  await rejects({ timeout: -1 }, "ERR_OUT_OF_RANGE");
  await rejects({ timeout: Number.NaN }, "ERR_OUT_OF_RANGE");
  await rejects({ signal: {} }, "ERR_INVALID_ARG_TYPE");
  await rejects({ when: 1 }, "ERR_INVALID_ARG_VALUE");
});

/** A wait of every kind. */
function waits(context: Context): Promise<unknown>[] {
  return [
    context.createEvent().waitOne(Signals.SIGNALED),
    context.waitMany([]),
    context.createPort().wait(),
    context.createChannel()[0].call(new Uint8Array(4)),
  ];
}

test("waits of every kind end with their context and with their kernel", async (t) => {
  const kernel = nullKernel(t);
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  const [theirs, ours] = [waits(context), waits(kernel)];
  context.dispose();
  for (const wait of theirs) await rejectsStatus(t, "CANCELED", wait);
  t.is(kernel.stats().waits, ours.length);
  kernel.dispose();
  for (const wait of ours) await rejectsStatus(t, "CANCELED", wait);
});
