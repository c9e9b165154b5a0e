import test from "ava";

import { type Channel, Event, ObjectType, Rights, Signals, Vmo } from "../index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";

const REQUEST = new Uint8Array([0, 0, 0, 0, 1, 2, 3]);

/** Answers what has come with the same transaction id. */
function answer(server: Channel, rest: readonly number[], handles: readonly Event[] = []): void {
  const { bytes } = server.read();
  server.write(new Uint8Array([...bytes.subarray(0, 4), ...rest]), handles);
}

test("a call gets the reply with its transaction id, and its handles", async (t) => {
  const kernel = nullKernel(t);
  const [client, server] = kernel.createChannel();
  const event = kernel.createEvent();
  const { koid } = event;
  const call = client.call(REQUEST, [event]);
  t.false(event.isValid);
  server.write(new Uint8Array([1, 0, 0, 0]));
  const request = server.read();
  t.deepEqual([...request.bytes.subarray(4)], [1, 2, 3]);
  t.is(request.handles[0]?.koid, koid);
  const txid = request.bytes.subarray(0, 4);
  t.not(txid[3]! & 0x80, 0);
  server.write(new Uint8Array([...txid, 9]), [request.handles[0]!]);
  const reply = await call;
  t.deepEqual([...reply.bytes], [...txid, 9]);
  t.true(reply.handles[0] instanceof Event);
  t.is(reply.handles[0]?.koid, koid);
  // What was no reply is still there.
  t.deepEqual([...client.read().bytes], [1, 0, 0, 0]);
});

test("calls that overlap get their own replies", async (t) => {
  const [client, server] = nullKernel(t).createChannel();
  const calls = [client.call(REQUEST), client.call(REQUEST)];
  const requests = [server.read().bytes, server.read().bytes];
  server.write(requests[1]!);
  server.write(requests[0]!);
  const replies = await Promise.all(calls);
  t.deepEqual(
    replies.map(({ bytes }) => bytes),
    requests,
  );
});

test("replies of any size come whole, also many in one turn", async (t) => {
  const [client, server] = nullKernel(t).createChannel();
  const sizes = [5, 65_536, 4_096, 4, 65_536];
  const calls = sizes.map(() => client.call(REQUEST));
  for (const size of sizes) {
    answer(
      server,
      Array.from({ length: size - 4 }, (_, index) => (size + index) & 0xff),
    );
  }
  for (const [index, size] of sizes.entries()) {
    const { bytes } = await calls[index]!;
    t.is(bytes.length, size);
    t.true(bytes.subarray(4).every((byte, at) => byte === ((size + at) & 0xff)));
  }
});

test("a call ends with its deadline, and a late reply is a message", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const [client, server] = kernel.createChannel();
  const call = rejectsStatus(t, "TIMED_OUT", client.call(REQUEST, [], { timeout: 1 }));
  kernel.clock.advance(1_000_000n);
  t.is((await call).operation, "zx_channel_call");
  answer(server, [5]);
  t.is(client.read().bytes[4], 5);
});

test("a call can be aborted; before its start it consumes nothing", async (t) => {
  const kernel = nullKernel(t);
  const [client, server] = kernel.createChannel();
  const controller = new AbortController();
  const { signal } = controller;
  const call = t.throwsAsync(client.call(REQUEST, [], { signal }), { name: "AbortError" });
  controller.abort();
  await call;
  t.is(kernel.stats().waits, 0);
  t.is(server.read().bytes.length, REQUEST.length);
  const event = kernel.createEvent();
  await t.throwsAsync(client.call(REQUEST, [event], { signal }), { name: "AbortError" });
  t.true(event.isValid);
  throwsStatus(t, "SHOULD_WAIT", () => server.read());
});

test("an abort that comes after the reply loses no handle", async (t) => {
  const kernel = nullKernel(t);
  const [client, server] = kernel.createChannel();
  const controller = new AbortController();
  const call = client.call(REQUEST, [], { signal: controller.signal });
  answer(server, [], [kernel.createEvent()]);
  controller.abort();
  t.true((await call).handles[0]?.isValid);
});

test("a call ends when its peer or its channel does", async (t) => {
  const kernel = nullKernel(t);
  const [client, server] = kernel.createChannel();
  const lost = rejectsStatus(t, "PEER_CLOSED", client.call(REQUEST));
  server.close();
  await lost;
  await rejectsStatus(t, "PEER_CLOSED", client.call(REQUEST));
  const [other] = kernel.createChannel();
  const canceled = rejectsStatus(t, "CANCELED", other.call(REQUEST));
  other.close();
  await canceled;
});

test("a call consumes its handles on every outcome of the kernel", async (t) => {
  const kernel = nullKernel(t);
  const [client] = kernel.createChannel();
  const short = kernel.createEvent();
  await rejectsStatus(t, "INVALID_ARGS", client.call(new Uint8Array(3), [short]));
  t.false(short.isValid);
  await rejectsStatus(t, "OUT_OF_RANGE", client.call(new Uint8Array(65_537)));
  const writeOnly = kernel.createChannel()[0].replace(Rights.WRITE);
  const event = kernel.createEvent();
  await rejectsStatus(t, "ACCESS_DENIED", writeOnly.call(REQUEST, [event]));
  t.is(kernel.stats().types.Event, undefined);
  const kept = kernel.createEvent();
  await t.throwsAsync(client.call(REQUEST, [kept, {} as never]), { code: "ERR_INVALID_ARG_TYPE" });
  t.true(kept.isValid);
});

test("writeEtc moves or duplicates, and can take rights away", (t) => {
  const kernel = nullKernel(t);
  const [near, far] = kernel.createChannel();
  const [event, vmo] = [kernel.createEvent(), kernel.createVmo(1n)];
  const rights = Rights.WAIT | Rights.TRANSFER;
  near.writeEtc(new Uint8Array([1]), [
    { handle: event, rights },
    { handle: vmo, operation: "duplicate", type: ObjectType.Vmo },
  ]);
  t.false(event.isValid);
  t.true(vmo.isValid);
  const { bytes, handles } = far.readEtc();
  t.deepEqual([...bytes], [1]);
  t.deepEqual(
    handles.map(({ type, rights }) => ({ type, rights })),
    [
      { type: ObjectType.Event, rights },
      { type: ObjectType.Vmo, rights: vmo.rights },
    ],
  );
  t.true(handles[0]?.handle instanceof Event);
  t.true(handles[1]?.handle instanceof Vmo);
  t.is(handles[1]?.handle.koid, vmo.koid);
  throwsStatus(t, "SHOULD_WAIT", () => far.readEtc());
});

test("writeEtc's handles are judged one by one", (t) => {
  const kernel = nullKernel(t);
  const [near] = kernel.createChannel();
  const bytes = new Uint8Array();
  const event = kernel.createEvent();
  const duplicate = { handle: event, operation: "duplicate" } as const;
  throwsStatus(t, "WRONG_TYPE", () =>
    near.writeEtc(bytes, [{ ...duplicate, type: ObjectType.Vmo }]),
  );
  throwsStatus(t, "INVALID_ARGS", () =>
    near.writeEtc(bytes, [{ ...duplicate, rights: Rights.EXECUTE }]),
  );
  const single = event.duplicate(Rights.TRANSFER);
  throwsStatus(t, "ACCESS_DENIED", () => near.writeEtc(bytes, [{ ...duplicate, handle: single }]));
  throwsStatus(t, "NOT_SUPPORTED", () => near.writeEtc(bytes, [{ handle: near }]));
  t.true(event.isValid);
  t.true(single.isValid);
});

test("64 handles go into a message, and 65 do not", (t) => {
  const kernel = nullKernel(t);
  const [near, far] = kernel.createChannel();
  const dispositions = (length: number) =>
    Array.from({ length }, () => ({ handle: kernel.createEvent() }));
  near.writeEtc(new Uint8Array(), dispositions(64));
  t.is(far.readEtc().handles.length, 64);
  throwsStatus(t, "OUT_OF_RANGE", () => near.writeEtc(new Uint8Array(), dispositions(65)));
  t.is(kernel.stats().types.Event?.objects, 64);
});

test("misuse of dispositions takes nothing away", (t) => {
  const kernel = nullKernel(t);
  const [near] = kernel.createChannel();
  const event = kernel.createEvent();
  const write = (second: object) => () =>
    near.writeEtc(new Uint8Array(), [{ handle: event }, second as never]);
  t.throws(write({ handle: 1 }), { code: "ERR_INVALID_ARG_TYPE" });
  t.throws(write({ handle: event, operation: "copy" }), { code: "ERR_INVALID_ARG_VALUE" });
  t.throws(write({ handle: event, other: 1 }), { code: "ERR_INVALID_ARG_VALUE" });
  t.true(event.isValid);
  t.is(event.signal(0, Signals.SIGNALED), undefined);
});
