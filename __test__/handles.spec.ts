import test from "ava";

import {
  Channel,
  type Handle,
  IobAccess,
  type Kernel,
  ObjectType,
  ProcessContext,
  Rights,
  Signals,
  Socket,
  Vmo,
  VmoChildOptions,
  ZxStatus,
} from "../index.js";
import { throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";

const BYTES = new Uint8Array([1, 2, 3]);

test("a VMO is zero-filled, whole pages, and keeps what is written", (t) => {
  const vmo = nullKernel(t).createVmo(5000n);
  t.is(vmo.getSize(), 8192n);
  t.is(vmo.getContentSize(), 5000n);
  vmo.write(4095n, BYTES);
  t.deepEqual(vmo.read(4094n, 5), new Uint8Array([0, 1, 2, 3, 0]));
  t.is(vmo.rights, 0xd0ef);
  t.is(vmo.objectType, ObjectType.Vmo);
  throwsStatus(t, "OUT_OF_RANGE", () => vmo.read(8192n, 1));
  throwsStatus(t, "OUT_OF_RANGE", () => vmo.write(8190n, BYTES));
  throwsStatus(t, "UNAVAILABLE", () => vmo.setSize(4096n));
});

test("a copy-on-write child and its parent stay apart", (t) => {
  const vmo = nullKernel(t).createVmo(4096n);
  vmo.write(0n, BYTES);
  const child = vmo.createChild(VmoChildOptions.SNAPSHOT, 0n, 4096n);
  child.write(0n, new Uint8Array([9]));
  t.deepEqual(vmo.read(0n, 3), BYTES);
  t.is(child.info().parentKoid, vmo.koid);
});

test("a VMO of bytes can be executed and not be written", (t) => {
  const vmo = nullKernel(t).vmoFromBytes(BYTES, { name: "three" });
  t.is(vmo.rights, 0xd0f7);
  t.is(vmo.getName(), "three");
  t.is(vmo.getContentSize(), 3n);
  const error = throwsStatus(t, "ACCESS_DENIED", () => vmo.write(0n, BYTES));
  t.is(error.operation, "zx_vmo_write");
  t.is(error.message, "zx_vmo_write: ACCESS_DENIED");
});

test("names keep 31 bytes", (t) => {
  const vmo = nullKernel(t).createVmo(1n);
  vmo.setName("n".repeat(32));
  t.is(vmo.getName(), "n".repeat(31));
});

test("a channel transports bytes and handles in order", (t) => {
  const kernel = nullKernel(t);
  const [a, b] = kernel.createChannel();
  const vmo = kernel.createVmo(4096n);
  const { koid } = vmo;
  a.write(BYTES, [vmo]);
  a.write(new Uint8Array());
  t.false(vmo.isValid);
  const message = b.read();
  t.deepEqual(message.bytes, BYTES);
  t.true(message.handles[0] instanceof Vmo);
  t.is(message.handles[0]?.koid, koid);
  t.deepEqual(b.read(), { bytes: new Uint8Array(), handles: [] });
  throwsStatus(t, "SHOULD_WAIT", () => b.read());
  t.is(a.relatedKoid, b.koid);
});

test("a channel's limits are 65536 bytes and 64 handles", (t) => {
  const kernel = nullKernel(t);
  const [a, b] = kernel.createChannel();
  const events = (count: number) => Array.from({ length: count }, () => kernel.createEvent());
  a.write(new Uint8Array(65_536), events(64));
  const { bytes, handles } = b.read();
  t.is(bytes.length, 65_536);
  t.is(handles.length, 64);
  throwsStatus(t, "OUT_OF_RANGE", () => a.write(new Uint8Array(65_537)));
  throwsStatus(t, "OUT_OF_RANGE", () => a.write(BYTES, events(65)));
});

test("a failed write consumes its handles all the same", (t) => {
  const kernel = nullKernel(t);
  const [a, b] = kernel.createChannel();
  const before = kernel.stats();
  const event = kernel.createEvent();
  const closed = kernel.createEvent();
  closed.close();
  throwsStatus(t, "BAD_HANDLE", () => a.write(BYTES, [event, closed]));
  t.false(event.isValid);
  b.close();
  throwsStatus(t, "PEER_CLOSED", () => a.write(BYTES, [kernel.createEvent()]));
  t.is(kernel.stats().types.Event, undefined);
  t.is(kernel.stats().handles, before.handles - 1);
});

test("messages outlive the peer that wrote them", (t) => {
  const [a, b] = nullKernel(t).createChannel();
  a.write(BYTES);
  a.close();
  t.deepEqual(b.read().bytes, BYTES);
  throwsStatus(t, "PEER_CLOSED", () => b.read());
});

test("a socket is a stream that fills up and ends", (t) => {
  const [a, b] = nullKernel(t).createSocket();
  t.is(a.write(new Uint8Array(300_000)), 262_144);
  throwsStatus(t, "SHOULD_WAIT", () => a.write(BYTES));
  t.is(b.read(5).length, 5);
  t.is(a.write(BYTES), 3);
  t.is(b.info().receiveBufferSize, 262_142n);
  t.is(b.read(2, { peek: true }).length, 2);
  t.is(b.info().receiveBufferSize, 262_142n);
  a.setDisposition("disabled");
  throwsStatus(t, "BAD_STATE", () => a.write(BYTES));
  t.is(b.read(1_000_000).length, 262_142);
  throwsStatus(t, "BAD_STATE", () => b.read());
});

test("duplicates can only shrink, and a replaced handle is gone", (t) => {
  const event = nullKernel(t).createEvent();
  const { koid } = event;
  const twin = event.duplicate(Rights.WAIT | Rights.DUPLICATE);
  t.is(twin.koid, koid);
  t.is(twin.rights, Rights.WAIT | Rights.DUPLICATE);
  t.is(event.handleCount(), 2);
  throwsStatus(t, "INVALID_ARGS", () => twin.duplicate(Rights.SIGNAL));
  throwsStatus(t, "ACCESS_DENIED", () => twin.signal(0, Signals.SIGNALED));
  const replaced = twin.replace(Rights.WAIT);
  t.false(twin.isValid);
  t.is(replaced.rights, Rights.WAIT);
  throwsStatus(t, "INVALID_ARGS", () => replaced.replace(Rights.SIGNAL));
  t.is(event.handleCount(), 1);
  const [channel] = event.kernel.createChannel();
  throwsStatus(t, "ACCESS_DENIED", () => channel.duplicate());
});

test("closing is idempotent, and every use after it fails with BAD_HANDLE", (t) => {
  const kernel = nullKernel(t);
  const vmo = kernel.createVmo(4096n);
  vmo.close();
  vmo.dispose();
  vmo[Symbol.dispose]();
  t.is(vmo.value, 0);
  const error = throwsStatus(t, "BAD_HANDLE", () => vmo.getSize());
  t.is(error.status, ZxStatus.BAD_HANDLE);
  throwsStatus(t, "BAD_HANDLE", () => vmo.koid);
  throwsStatus(t, "BAD_HANDLE", () => vmo.duplicate());
  throwsStatus(t, "BAD_HANDLE", () => vmo.replace(0));
  throwsStatus(t, "BAD_HANDLE", () => vmo.transferTo(kernel));
});

test("a using declaration closes its handle", (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  {
    using vmo = kernel.createVmo(4096n);
    t.true(vmo.isValid);
  }
  t.deepEqual(kernel.stats(), before);
});

test("handles mean nothing in another context until they are moved there", (t) => {
  const kernel = nullKernel(t);
  const context = new ProcessContext(kernel, { job: kernel.rootJob, name: "other" });
  const [a] = kernel.createChannel();
  const foreign = context.createEvent();
  throwsStatus(t, "BAD_HANDLE", () => a.write(BYTES, [foreign]));
  t.false(foreign.isValid);
  const event = kernel.createEvent();
  const moved = event.transferTo(context);
  t.false(event.isValid);
  t.is(moved.context, context);
  t.is(moved.objectType, ObjectType.Event);
  const [socket] = kernel.createSocket();
  const untransferable = socket.replace(Rights.READ);
  throwsStatus(t, "ACCESS_DENIED", () => untransferable.transferTo(context));
  t.true(untransferable.isValid);
  t.true(untransferable instanceof Socket);
});

test("a disposed context's handles are gone", (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  const [a, b] = context.createChannel();
  const ours = b.transferTo(kernel);
  context.dispose();
  context.dispose();
  t.throws(() => a.write(BYTES));
  throwsStatus(t, "PEER_CLOSED", () => ours.write(BYTES));
  ours.close();
  t.is(kernel.stats().types.Channel, undefined);
  // The root job's handle was made in between.
  t.is(kernel.stats().handles, before.handles + 1);
});

test("two kernels share nothing", (t) => {
  const [one, two] = [nullKernel(t), nullKernel(t)];
  const [a] = one.createChannel();
  const event = two.createEvent();
  t.throws(() => event.transferTo(one), { code: "ERR_INVALID_ARG_VALUE" });
  t.true(event.isValid);
  throwsStatus(t, "BAD_HANDLE", () => a.write(BYTES, [event]));
  const [port, timer] = [one.createPort(), two.createTimer()];
  throwsStatus(t, "BAD_HANDLE", () => timer.waitAsync(port, 0n, 1));
  throwsStatus(t, "BAD_HANDLE", () => port.cancel(timer, 0n));
  one.dispose();
  t.is(two.createVmo(1n).getSize(), 4096n);
  throwsStatus(t, "BAD_HANDLE", () => one.createVmo(1n));
});

test("the same seed gives the same handle values", (t) => {
  const values = (seed: number) => {
    const kernel = nullKernel(t, { seed, clock: "virtual" });
    return Array.from({ length: 4 }, () => kernel.createEvent().value);
  };
  t.deepEqual(values(7), values(7));
  t.notDeepEqual(values(7), values(8));
});

/** Handles to all that a context creates. */
function created(kernel: Kernel): Handle[] {
  const vmo = kernel.createVmo(1n);
  return [
    vmo,
    ...kernel.createChannel(),
    ...kernel.createSocket(),
    kernel.createEvent(),
    ...kernel.createEventPair(),
    ...kernel.createFifo(1, 1),
    kernel.createPager(),
    kernel.debugLog(),
    kernel.createPort(),
    kernel.createTimer(),
    kernel.createClock(),
    vmo.createStream(0),
    kernel.createCounter(),
    kernel.createInterrupt(),
    ...kernel.createIob([{ access: IobAccess.EP0_CAN_MAP_WRITE, size: 4096n }]),
    kernel.createIobSharedRegion(4096n),
    kernel.createResource(),
    kernel.rootJob.createJob(),
  ];
}

test("a handle that comes in a message has the class of its type", (t) => {
  const kernel = nullKernel(t);
  const [a, b] = kernel.createChannel();
  for (const handle of created(kernel)) {
    a.write(BYTES, [handle]);
    t.is(b.read().handles[0]!.constructor, handle.constructor);
  }
});

test("stats return to the start when everything is closed", (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const handles = created(kernel);
  const { types } = kernel.stats();
  t.is(types.Channel?.objects, 2);
  for (const name of ["Port", "Timer", "Clock"] as const) {
    t.deepEqual(types[name], { objects: 1, handles: 1 }, name);
  }
  for (const handle of handles) {
    handle.close();
  }
  kernel.rootJob.close();
  t.deepEqual(kernel.stats(), before);
});

test("a debug log gives each reader every record", (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const writer = kernel.debugLog();
  const reader = kernel.debugLog();
  writer.write("hello");
  for (const log of [reader, writer]) {
    const record = log.read();
    t.is(Buffer.from(record.data).toString(), "hello");
    t.is(record.process, kernel.koid);
    throwsStatus(t, "SHOULD_WAIT", () => log.read());
  }
});

test("misuse is a TypeError or a RangeError, with Node's codes", (t) => {
  const kernel = nullKernel(t);
  const vmo = kernel.createVmo(1n);
  const [channel] = kernel.createChannel();
  const type = { instanceOf: TypeError, code: "ERR_INVALID_ARG_TYPE" };
  const range = { instanceOf: RangeError, code: "ERR_OUT_OF_RANGE" };
  const value = { instanceOf: TypeError, code: "ERR_INVALID_ARG_VALUE" };
  t.throws(() => kernel.createVmo(1 as never), type);
  t.throws(() => kernel.createVmo(-1n), range);
  t.throws(() => kernel.createVmo(1n << 64n), range);
  t.throws(() => vmo.read(0n, -1), range);
  t.throws(() => vmo.write(0n, "text" as never), type);
  t.throws(() => channel.write(BYTES, [{} as never]), type);
  t.throws(() => vmo.duplicate(2 ** 32), range);
  t.throws(() => vmo.setName(1 as never), type);
  t.throws(() => nullKernel(t, { machine: "x" as never }), value);
  t.throws(() => nullKernel(t, { unknown: 1 } as never), {
    ...value,
    message: /options\.unknown/,
  });
  t.throws(() => nullKernel(t, { seed: -1 }), range);
  t.throws(() => new ProcessContext(kernel, { job: vmo as never }), type);
  t.true(channel instanceof Channel);
});

test("a bad handle among arguments that are checked leaves the others alone", (t) => {
  const kernel = nullKernel(t);
  const [channel] = kernel.createChannel();
  const event = kernel.createEvent();
  t.throws(() => channel.write(BYTES, [event, null as never]), { instanceOf: TypeError });
  t.true(event.isValid);
});

test("shared memory is copied before it is used", (t) => {
  const vmo = nullKernel(t).createVmo(1n);
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set(BYTES);
  vmo.write(0n, shared);
  t.deepEqual(vmo.read(0n, 3), BYTES);
});
