import test from "ava";

import { Fifo, ObjectType, Rights, run, Signals } from "../index.js";
import { formatTrace, type TraceRecord } from "../lib/trace/index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";

const MAX = 4096;
const elements = (...bytes: number[]) => new Uint8Array(bytes);

test("elements arrive in order and whole, as many as there is room for", (t) => {
  const [near, far] = nullKernel(t).createFifo(3, 2);
  t.is(near.write(2, elements(1, 1, 2, 2)), 2);
  t.is(near.write(2, elements(3, 3, 4, 4)), 1);
  throwsStatus(t, "SHOULD_WAIT", () => near.write(2, elements(4, 4)));
  t.deepEqual(far.read(2, 1), elements(1, 1));
  t.deepEqual(far.read(2), elements(2, 2, 3, 3));
  throwsStatus(t, "SHOULD_WAIT", () => far.read(2));
  t.is(far.write(2, elements(9, 9)), 1);
  t.deepEqual(near.read(2), elements(9, 9));
});

test("what was read does not change with the next read", (t) => {
  const [near, far] = nullKernel(t).createFifo(2, 1);
  near.write(1, elements(1));
  const first = far.read(1);
  near.write(1, elements(2));
  far.read(1);
  t.deepEqual(first, elements(1));
});

test("an end holds 4096 bytes at most", (t) => {
  const kernel = nullKernel(t);
  for (const [count, size] of [
    [1, MAX],
    [MAX, 1],
    [64, 64],
  ] as const) {
    const [near, far] = kernel.createFifo(count, size);
    t.is(near.write(size, new Uint8Array(MAX).fill(7)), count);
    t.deepEqual(far.read(size), new Uint8Array(MAX).fill(7));
  }
  const before = kernel.stats();
  for (const [count, size] of [
    [0, 1],
    [1, 0],
    [1, MAX + 1],
  ] as const) {
    throwsStatus(t, "OUT_OF_RANGE", () => kernel.createFifo(count, size));
  }
  throwsStatus(t, "OUT_OF_RANGE", () => kernel.createFifo(2 ** 32 - 1, 2 ** 32 - 1));
  t.deepEqual(kernel.stats(), before);
});

test("elements have the size of the fifo, and there is one at least", (t) => {
  const [near, far] = nullKernel(t).createFifo(2, 2);
  for (const size of [0, 1, 4]) {
    throwsStatus(t, "OUT_OF_RANGE", () => near.write(size, elements(1, 1, 2, 2)));
    throwsStatus(t, "OUT_OF_RANGE", () => far.read(size));
  }
  throwsStatus(t, "OUT_OF_RANGE", () => near.write(2, elements()));
  throwsStatus(t, "OUT_OF_RANGE", () => far.read(2, 0));
  const value = { instanceOf: TypeError, code: "ERR_INVALID_ARG_VALUE" };
  t.throws(() => near.write(2, elements(1, 1, 2)), value);
  const range = { instanceOf: RangeError, code: "ERR_OUT_OF_RANGE" };
  t.throws(() => near.write(-1, elements(1)), range);
  t.throws(() => far.read(2 ** 32), range);
  t.throws(() => far.read(2, 0.5), range);
  const type = { instanceOf: TypeError, code: "ERR_INVALID_ARG_TYPE" };
  t.throws(() => near.write(2, "ab" as never), type);
  t.throws(() => near.kernel.createFifo("1" as never, 1), type);
});

test("rights are needed on both sides", (t) => {
  const [near] = nullKernel(t).createFifo(1, 1);
  t.is(near.rights, 0xf00f);
  throwsStatus(t, "ACCESS_DENIED", () => near.duplicate(Rights.READ).write(1, elements(1)));
  throwsStatus(t, "ACCESS_DENIED", () => near.duplicate(Rights.WRITE).read(1));
});

test("a wait tells of elements, of room and of the peer's end", async (t) => {
  const [near, far] = nullKernel(t).createFifo(1, 1);
  const readable = far.waitOne(Signals.READABLE);
  near.write(1, elements(1));
  t.is(await readable, Signals.READABLE | Signals.WRITABLE);
  const poll = near.waitOne(Signals.WRITABLE, { deadline: 0n });
  await rejectsStatus(t, "TIMED_OUT", poll);
  const writable = near.waitOne(Signals.WRITABLE);
  far.read(1);
  t.is(await writable, Signals.WRITABLE);
  near.write(1, elements(2));
  const closed = far.waitOne(Signals.PEER_CLOSED);
  near.close();
  t.is(await closed, Signals.READABLE | Signals.PEER_CLOSED);
  throwsStatus(t, "PEER_CLOSED", () => far.write(1, elements(3)));
  t.deepEqual(far.read(1), elements(2));
  throwsStatus(t, "PEER_CLOSED", () => far.read(1));
});

test("a fifo goes through a channel, and nothing of it stays", (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const [a, b] = kernel.createChannel();
  const [near, far] = kernel.createFifo(1, 1);
  t.is(near.relatedKoid, far.koid);
  near.write(1, elements(5));
  a.write(elements(), [far]);
  const [received] = b.read().handles;
  t.true(received instanceof Fifo);
  t.is(received!.objectType, ObjectType.Fifo);
  t.deepEqual((received as Fifo).read(1), elements(5));
  t.deepEqual(kernel.stats().types.Fifo, { objects: 2, handles: 2 });
  for (const handle of [a, b, near, received!]) {
    handle.close();
  }
  t.deepEqual(kernel.stats(), before);
});

nativeTest("programs use fifos in either ABI, and the trace shows what goes through", async (t) => {
  for (const abi of ["2020", "2026"] as const) {
    const records: TraceRecord[] = [];
    const trace = (batch: TraceRecord[]) => void records.push(...batch);
    const { stdout } = await run(guest("probe"), ["--fifo"], { abi, trace });
    t.is(stdout, "fifo: ok\n", abi);
    const text = formatTrace(records).join("\n");
    const fifo = String.raw`handle=Fifo:\d+, elem_size=8`;
    for (const call of [
      String.raw`create\(elem_count=0, elem_size=8, .*\) = ZX_ERR_OUT_OF_RANGE`,
      String.raw`create\(elem_count=3, .*, out0=\[Fifo:\d+\], out1=\[Fifo:\d+\]\) = ZX_OK`,
      String.raw`write\(${fifo}, data=<01 00 .*>, count=4, actual_count=\[3\]\) = ZX_OK`,
      String.raw`read\(${fifo}, data=<01 00 .*>, data_size=2, actual_count=\[2\]\) = ZX_OK`,
      String.raw`read\(${fifo}, data=0x\w+, data_size=4, .*\) = ZX_ERR_PEER_CLOSED`,
    ]) {
      t.regex(text, new RegExp(`zx_fifo_${call}`));
    }
  }
});
