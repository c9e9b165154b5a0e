import test from "ava";

import {
  decodeMessage,
  HandleInfo,
  HandleType,
  Message,
  ProcessContext,
  Rights,
} from "../index.js";
import { throwsStatus } from "./support/errors.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";

test("a message that is written comes back as it was, with its handles in order", (t) => {
  const kernel = nullKernel(t);
  const [writer, reader] = kernel.createChannel();
  const handles = [
    { handle: kernel.createVmo(1n), info: new HandleInfo(HandleType.User1, 0x1234) },
    { handle: kernel.createEvent(), info: 0xabcd_00f2 },
  ];
  const koids = handles.map(({ handle }) => handle.koid);
  const message = new Message({ args: ["one", "two"], environmentVars: ["A=b"], handles });
  t.true(handles.every(({ handle }) => handle.isValid));
  message.write(writer);
  t.false(handles.some(({ handle }) => handle.isValid));
  t.true(writer.isValid);
  const read = reader.read();
  t.deepEqual(read.bytes, message.bytes);
  t.deepEqual(
    read.handles.map(({ koid }) => koid),
    koids,
  );
  const { args, environmentVars, handleInfos } = decodeMessage(read.bytes, 2);
  t.deepEqual([args, environmentVars], [["one", "two"], ["A=b"]]);
  t.deepEqual(handleInfos.map(String), ["User1(4660)", "User2(43981)"]);
});

test("a message that cannot be written consumes its handles all the same", (t) => {
  const kernel = nullKernel(t);
  const [writer, reader] = kernel.createChannel();
  const event = kernel.createEvent();
  const message = () =>
    new Message({ handles: [{ handle: event.duplicate(), info: info("User0") }] });
  const before = kernel.stats();
  const readOnly = writer.replace(Rights.READ | Rights.TRANSFER);
  throwsStatus(t, "ACCESS_DENIED", () => message().write(readOnly));
  t.is(kernel.stats().handles, before.handles);
  reader.close();
  const [gone, peer] = kernel.createChannel();
  peer.close();
  throwsStatus(t, "PEER_CLOSED", () => message().write(gone));
  const other = new ProcessContext(kernel, { job: kernel.rootJob }).createChannel()[0];
  throwsStatus(t, "BAD_HANDLE", () => message().write(other));
  const written = message();
  const [channel] = kernel.createChannel();
  written.write(channel);
  throwsStatus(t, "BAD_HANDLE", () => written.write(channel));
  event.close();
  t.is(kernel.stats().types.Event?.handles, 1, "the one in the channel");
});

test("an info is a HandleInfo or its number, and no other number", (t) => {
  const handle = nullKernel(t).createEvent();
  const bytes = (value: HandleInfo | number) =>
    new Message({ handles: [{ handle, info: value }] }).bytes;
  t.deepEqual(bytes(0x0007_0030), bytes(new HandleInfo(HandleType.FileDescriptor, 7)));
  for (const [number, message] of [
    [0x6, "Unknown handle type for HandleInfo: 0x6"],
    [0x1_0101, "Invalid value for HandleInfo: 0x10101"],
  ] as const) {
    t.throws(() => bytes(number), { message, code: "ZX_ERR_INVALID_ARGS" });
  }
  t.throws(() => bytes(-1), { code: "ERR_OUT_OF_RANGE" });
  t.throws(() => bytes(0.5), { code: "ERR_OUT_OF_RANGE" });
});
