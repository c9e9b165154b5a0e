import test from "ava";

import { ObjectType, Rights, run, Stream, StreamMode, VmoOptions } from "../index.js";
import { formatTrace, type TraceRecord } from "../lib/trace/index.js";
import { throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";

const { READ, WRITE, APPEND } = StreamMode;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test("reads and writes go on where the last ended", (t) => {
  const vmo = nullKernel(t).createVmo(4096n);
  vmo.setContentSize(0n);
  const stream = vmo.createStream(READ | WRITE);
  t.is(stream.write(Buffer.from("zircon")), 6);
  t.is(stream.seek("start", 1n), 1n);
  t.is(text(stream.read(3)), "irc");
  t.is(text(stream.read(9)), "on");
  t.is(stream.read(9).length, 0);
  t.is(text(stream.readAt(4n, 9)), "on");
  t.is(stream.writeAt(8n, Buffer.from("x")), 1);
  t.deepEqual({ ...stream.info() }, { mode: READ | WRITE, seek: 6n, contentSize: 9n });
  t.is(text(stream.readAt(5n, 9)), "n\0\0x");
  t.is(stream.seek("end", -9n), 0n);
  t.is(stream.seek("current"), 0n);
  throwsStatus(t, "INVALID_ARGS", () => stream.seek("current", -1n));
});

test("appending writes at the end, once or until further notice", (t) => {
  const vmo = nullKernel(t).createVmo(8n);
  vmo.setContentSize(0n);
  const stream = vmo.createStream(READ | WRITE);
  stream.write(Buffer.from("abc"));
  stream.seek("start");
  t.is(stream.write(Buffer.from("d"), { append: true }), 1);
  t.is(stream.info().seek, 4n);
  stream.setAppend(true);
  stream.seek("start");
  stream.write(Buffer.from("e"));
  t.is(stream.info().mode, READ | WRITE | APPEND);
  stream.setAppend(false);
  stream.seek("start");
  stream.write(Buffer.from("A"));
  t.is(text(stream.readAt(0n, 9)), "Abcde");
});

test("a write is as long as there is room, which a resizable VMO makes", (t) => {
  const kernel = nullKernel(t);
  const fixed = kernel.createVmo(4096n).createStream(WRITE, 4094n);
  t.is(fixed.write(new Uint8Array(3)), 2);
  throwsStatus(t, "OUT_OF_RANGE", () => fixed.write(new Uint8Array(1)));
  throwsStatus(t, "FILE_BIG", () => fixed.writeAt(2n ** 64n - 1n, new Uint8Array(1)));
  const vmo = kernel.createVmo(0n, VmoOptions.RESIZABLE);
  t.is(vmo.createStream(WRITE).writeAt(5000n, new Uint8Array(1)), 1);
  t.is(vmo.getSize(), 8192n);
  t.is(vmo.getContentSize(), 5001n);
});

test("a stream is for what the VMO's handle allows, and keeps the VMO", (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const vmo = kernel.createVmo(4096n);
  throwsStatus(t, "ACCESS_DENIED", () => vmo.duplicate(Rights.READ).createStream(WRITE));
  throwsStatus(t, "INVALID_ARGS", () => vmo.createStream(8));
  const stream = vmo.createStream(READ);
  throwsStatus(t, "ACCESS_DENIED", () => stream.write(new Uint8Array(1)));
  const [a, b] = kernel.createChannel();
  vmo.close();
  a.write(new Uint8Array(), [stream]);
  const [received] = b.read().handles;
  t.true(received instanceof Stream);
  t.is(received!.objectType, ObjectType.Stream);
  t.is((received as Stream).read(5).length, 5);
  for (const handle of [a, b, received!]) handle.close();
  const { types } = kernel.stats();
  t.is(types.Stream, before.types.Stream);
});

test("arguments are checked", (t) => {
  const stream = nullKernel(t)
    .createVmo(1n)
    .createStream(READ | WRITE);
  const type = { instanceOf: TypeError, code: "ERR_INVALID_ARG_TYPE" };
  const range = { instanceOf: RangeError, code: "ERR_OUT_OF_RANGE" };
  t.throws(() => stream.read("1" as never), type);
  t.throws(() => stream.readAt(-1n, 1), range);
  t.throws(() => stream.write("x" as never), type);
  t.throws(() => stream.write(new Uint8Array(1), { append: 1 as never }), type);
  t.throws(() => stream.seek("middle" as never), { code: "ERR_INVALID_ARG_VALUE" });
  t.throws(() => stream.seek("start", 2n ** 63n), range);
});

nativeTest("programs use streams in either ABI, and the trace tells how", async (t) => {
  for (const abi of ["2020", "2026"] as const) {
    const records: TraceRecord[] = [];
    const trace = (batch: TraceRecord[]) => void records.push(...batch);
    const { stdout } = await run(guest("probe"), ["--stream"], { abi, trace });
    t.is(stdout, "stream: ok\n", abi);
    const lines = formatTrace(records).join("\n");
    for (const call of [
      String.raw`create\(options=READ\|WRITE, vmo=Vmo:\d+, .*, out_stream=\[Stream:\d+\]\) = ZX_OK`,
      String.raw`writev\(handle=Stream:\d+, options=0, .*, num_vector=2, actual=\[4\]\) = ZX_OK`,
      String.raw`writev\(handle=Stream:\d+, options=APPEND, .*\) = ZX_ERR_\w+`,
      String.raw`seek\(handle=Stream:\d+, whence=END, offset=-6, .*\) = ZX_OK`,
    ]) {
      t.regex(lines, new RegExp(`zx_stream_${call}`));
    }
  }
});
