import test from "ava";

import {
  type PortPacket,
  ProcessContext,
  Rights,
  type SignalPacket,
  Signals,
  type UserPacket,
  WaitAsyncOptions,
} from "../index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";

const MAX_USER_PACKETS = 2048;

function signalPacket(packet: PortPacket): SignalPacket {
  if (packet.type !== "signal") throw new TypeError("This is a user's packet");
  return packet;
}

test("packets come in the order they were queued, padded to 32 bytes", async (t) => {
  const port = nullKernel(t).createPort();
  port.queue(1n, new Uint8Array([1, 2, 3]), -5);
  port.queue(2n ** 64n - 1n);
  const first = (await port.wait()) as UserPacket;
  t.deepEqual([first.type, first.key, first.status], ["user", 1n, -5]);
  t.deepEqual([...first.payload], [1, 2, 3, ...Array.from({ length: 29 }, () => 0)]);
  t.is((await port.wait()).key, 2n ** 64n - 1n);
});

test("who waits first gets the first packet", async (t) => {
  const kernel = nullKernel(t);
  const port = kernel.createPort();
  const waits = [port.wait(), port.wait()];
  t.is(kernel.stats().waits, 2);
  port.queue(1n);
  port.queue(2n);
  t.deepEqual(
    (await Promise.all(waits)).map(({ key }) => key),
    [1n, 2n],
  );
  t.is(kernel.stats().waits, 0);
});

test("a port keeps 2048 packets of users", (t) => {
  const kernel = nullKernel(t);
  const port = kernel.createPort();
  for (let index = 0; index < MAX_USER_PACKETS; index++) port.queue(BigInt(index));
  throwsStatus(t, "SHOULD_WAIT", () => port.queue(0n));
  t.is(kernel.stats().packets, MAX_USER_PACKETS);
  port.close();
  t.is(kernel.stats().packets, 0);
});

test("a payload has at most 32 bytes", (t) => {
  const port = nullKernel(t).createPort();
  port.queue(0n, new Uint8Array(32));
  t.throws(() => port.queue(0n, new Uint8Array(33)), { code: "ERR_OUT_OF_RANGE" });
  t.throws(() => port.queue(1 as never), { code: "ERR_INVALID_ARG_TYPE" });
  t.throws(() => port.queue(0n, new Uint8Array(), 2 ** 31), { code: "ERR_OUT_OF_RANGE" });
});

test("waitAsync sends one packet, which tells of all that comes before it is read", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const [port, event] = [kernel.createPort(), kernel.createEvent()];
  event.waitAsync(port, 7n, Signals.SIGNALED | Signals.USER_0);
  t.is(kernel.stats().observers, 1);
  event.signal(0, Signals.USER_0);
  event.signal(0, Signals.SIGNALED);
  t.deepEqual(await port.wait(), {
    type: "signal",
    key: 7n,
    status: 0,
    trigger: Signals.SIGNALED | Signals.USER_0,
    observed: Signals.USER_0 | Signals.SIGNALED,
    count: 1n,
    timestamp: 0n,
  });
  await rejectsStatus(t, "TIMED_OUT", port.wait({ deadline: 0n }));
  t.is(kernel.stats().observers, 0);
});

test("waitAsync counts one match, however many messages a channel holds", async (t) => {
  const kernel = nullKernel(t);
  const [near, far] = kernel.createChannel();
  const port = kernel.createPort();
  near.write(new Uint8Array());
  near.write(new Uint8Array());
  far.waitAsync(port, 0n, Signals.READABLE);
  t.is(signalPacket(await port.wait()).count, 1n);
});

test("edges are told only as they come, timestamps only when asked for", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const [port, event] = [kernel.createPort(), kernel.createEvent()];
  event.signal(0, Signals.SIGNALED);
  const options = WaitAsyncOptions.EDGE | WaitAsyncOptions.TIMESTAMP;
  event.waitAsync(port, 1n, Signals.SIGNALED, options);
  await rejectsStatus(t, "TIMED_OUT", port.wait({ deadline: 0n }));
  event.signal(Signals.SIGNALED, 0);
  kernel.clock.advance(5n);
  event.signal(0, Signals.SIGNALED);
  t.is(signalPacket(await port.wait()).timestamp, kernel.now());
});

test("waitAsync's options, rights and types are judged", (t) => {
  const kernel = nullKernel(t);
  const [port, event] = [kernel.createPort(), kernel.createEvent()];
  const both = WaitAsyncOptions.TIMESTAMP | WaitAsyncOptions.BOOT_TIMESTAMP;
  throwsStatus(t, "INVALID_ARGS", () => event.waitAsync(port, 0n, 1, both));
  throwsStatus(t, "INVALID_ARGS", () => event.waitAsync(port, 0n, 1, 8));
  throwsStatus(t, "WRONG_TYPE", () => event.waitAsync(event as never, 0n, 1));
  t.throws(() => event.waitAsync({} as never, 0n, 1), { code: "ERR_INVALID_ARG_TYPE" });
  const readOnly = port.duplicate(Rights.READ);
  throwsStatus(t, "ACCESS_DENIED", () => event.waitAsync(readOnly, 0n, 1));
  const unwaitable = event.duplicate(Rights.SIGNAL);
  throwsStatus(t, "ACCESS_DENIED", () => unwaitable.waitAsync(port, 0n, 1));
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  throwsStatus(t, "BAD_HANDLE", () => context.createEvent().waitAsync(port, 0n, 1));
});

test("cancel takes back one handle's waits, cancelKey all with a key", (t) => {
  const kernel = nullKernel(t);
  const [port, event] = [kernel.createPort(), kernel.createEvent()];
  const twin = event.duplicate();
  event.waitAsync(port, 1n, Signals.SIGNALED);
  twin.waitAsync(port, 1n, Signals.SIGNALED);
  event.signal(0, Signals.SIGNALED);
  port.queue(1n);
  t.is(kernel.stats().packets, 3);
  port.cancel(event, 1n);
  t.is(kernel.stats().packets, 2);
  throwsStatus(t, "NOT_FOUND", () => port.cancel(event, 1n));
  port.cancelKey(1n);
  t.is(kernel.stats().packets, 0);
  throwsStatus(t, "NOT_FOUND", () => port.cancelKey(1n));
  const readOnly = port.duplicate(Rights.READ);
  throwsStatus(t, "ACCESS_DENIED", () => readOnly.cancel(event, 1n));
  throwsStatus(t, "ACCESS_DENIED", () => readOnly.cancelKey(1n));
});

test("a wait at a port ends with its deadline, its signal and its last handle", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const port = kernel.createPort();
  const late = rejectsStatus(t, "TIMED_OUT", port.wait({ timeout: 1 }));
  kernel.clock.advance(1_000_000n);
  await late;
  const controller = new AbortController();
  const aborted = t.throwsAsync(port.wait({ signal: controller.signal }), { code: "ABORT_ERR" });
  controller.abort();
  await aborted;
  const twin = port.duplicate();
  const wait = rejectsStatus(t, "CANCELED", port.wait());
  port.close();
  t.is(kernel.stats().waits, 1);
  twin.close();
  await wait;
  await rejectsStatus(t, "BAD_HANDLE", port.wait());
  const readless = kernel.createPort().replace(Rights.WRITE);
  await rejectsStatus(t, "ACCESS_DENIED", readless.wait());
});

test("an abort that comes after the packet loses nothing", async (t) => {
  const port = nullKernel(t).createPort();
  const controller = new AbortController();
  const wait = port.wait({ signal: controller.signal });
  port.queue(3n);
  controller.abort();
  t.is((await wait).key, 3n);
});
