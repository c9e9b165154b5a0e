import test from "ava";

import { Rights, Signals } from "../index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";

const CAPACITY = 262_144;
const bytes = (length: number) => new Uint8Array(length);

test("datagrams come one by one, and lose what is not read", (t) => {
  const [near, far] = nullKernel(t).createSocket("datagram");
  near.write(new Uint8Array([1, 2, 3]));
  near.write(new Uint8Array([4, 5]));
  const { options, receiveBufferSize, receiveBufferAvailable } = far.info();
  t.deepEqual([options, receiveBufferSize, receiveBufferAvailable], [1, 5n, 3n]);
  t.deepEqual([...far.read(2, { peek: true })], [1, 2]);
  t.deepEqual([...far.read(2)], [1, 2]);
  t.deepEqual([...far.read()], [4, 5]);
  throwsStatus(t, "SHOULD_WAIT", () => far.read());
});

test("a datagram goes as a whole or not at all", (t) => {
  const [near, far] = nullKernel(t).createSocket("datagram");
  throwsStatus(t, "OUT_OF_RANGE", () => near.write(bytes(CAPACITY + 1)));
  t.is(near.write(bytes(CAPACITY)), CAPACITY);
  far.read();
  near.write(bytes(1));
  throwsStatus(t, "SHOULD_WAIT", () => near.write(bytes(CAPACITY)));
});

test("a read threshold is signalled while so much can be read", async (t) => {
  const [near, far] = nullKernel(t).createSocket();
  t.is(far.getReadThreshold(), 0);
  far.setReadThreshold(3);
  t.is(far.getReadThreshold(), 3);
  const wait = far.waitOne(Signals.SOCKET_READ_THRESHOLD);
  near.write(bytes(2));
  near.write(bytes(1));
  t.not((await wait) & Signals.SOCKET_READ_THRESHOLD, 0);
  far.read(1);
  const poll = far.waitOne(Signals.SOCKET_READ_THRESHOLD, { deadline: 0n });
  await rejectsStatus(t, "TIMED_OUT", poll);
});

test("a write threshold is signalled while there is so much room", async (t) => {
  const [near, far] = nullKernel(t).createSocket();
  near.setWriteThreshold(CAPACITY);
  t.is(near.getWriteThreshold(), CAPACITY);
  const poll = () => near.waitOne(Signals.SOCKET_WRITE_THRESHOLD, { deadline: 0n });
  await t.notThrowsAsync(poll());
  near.write(bytes(1));
  await rejectsStatus(t, "TIMED_OUT", poll());
  far.read();
  await t.notThrowsAsync(poll());
});

test("thresholds are at most what a socket buffers", (t) => {
  const [near, far] = nullKernel(t).createSocket();
  near.setReadThreshold(CAPACITY);
  throwsStatus(t, "INVALID_ARGS", () => near.setReadThreshold(CAPACITY + 1));
  throwsStatus(t, "INVALID_ARGS", () => near.setWriteThreshold(CAPACITY + 1));
  t.throws(() => near.setReadThreshold(-1), { code: "ERR_OUT_OF_RANGE" });
  const none = near.duplicate(Rights.READ);
  throwsStatus(t, "ACCESS_DENIED", () => none.getReadThreshold());
  throwsStatus(t, "ACCESS_DENIED", () => none.setReadThreshold(1));
  throwsStatus(t, "ACCESS_DENIED", () => none.getWriteThreshold());
  far.close();
  throwsStatus(t, "PEER_CLOSED", () => near.setWriteThreshold(1));
});

test("only streams and datagrams exist", (t) => {
  t.throws(() => nullKernel(t).createSocket("packet" as never), { code: "ERR_INVALID_ARG_VALUE" });
});
