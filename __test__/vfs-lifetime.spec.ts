import { readdirSync, readlinkSync } from "node:fs";

import test from "ava";

import { type Channel, type Kernel, ProcessContext, Signals } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { encodeBody } from "../lib/fidl/message.js";
import {
  HostDirectory,
  OpenFlags,
  PseudoDirectory,
  PseudoFile,
  ServiceNode,
  VmoFile,
  VmoFlags,
} from "../lib/vfs/index.js";
import { directoryWith } from "./support/directory.js";
import { rejectsStatus } from "./support/errors.js";
import { runGuide } from "./support/guide.js";
import { nullKernel } from "./support/kernel.js";
import { linuxTest } from "./support/platform.js";
import { script } from "./support/script.js";
import { settlesTo } from "./support/settled.js";
import { connect, namesIn, Opener } from "./support/vfs.js";

const { READABLE, WRITABLE, EXECUTABLE, DESCRIBE, NODE_REFERENCE, CLONE_SAME_RIGHTS } = OpenFlags;

/** Resolves once the other end is closed. */
const peerClosed = (channel: Channel) => channel.waitOne(Signals.PEER_CLOSED);

test("nothing leaks, whatever a client does", async (t) => {
  const kernel = nullKernel(t);
  const vmo = kernel.vmoFromBytes(Buffer.from("content"));
  const host = directoryWith(t, { file: "content" });
  const before = kernel.stats();
  const root = new PseudoDirectory({
    host: new HostDirectory(host, { rights: READABLE | WRITABLE }),
    file: "content",
    vmo: new VmoFile(vmo),
    service: new ServiceNode((channel) => channel.close()),
  });
  const client = connect(t, kernel, root);
  const opener = new Opener(t, kernel);
  const clients = ["file", "vmo", "host/file"].map((path) => opener.file(client, path, READABLE));
  for (const { proxy } of clients) {
    const { buffer } = await proxy.getBuffer({ flags: VmoFlags.READ | VmoFlags.PRIVATE });
    buffer?.vmo.close();
    const { info } = await proxy.describe();
    if (info.kind === "vmofile") info.value.vmo.close();
  }
  const directory = opener.directory(client, "host", READABLE | WRITABLE);
  (await directory.proxy.getToken()).token?.close();
  const writing = opener.file(client, "host/file", READABLE | WRITABLE);
  await writing.proxy.describe();
  for (const path of ["file", "vmo", "host", "service", "missing", ".."]) {
    await opener.status(client, path, READABLE);
    await opener.status(client, path, NODE_REFERENCE);
    opener.channel(client, path, READABLE | DESCRIBE).close();
  }
  await opener.cloneStatus(client, CLONE_SAME_RIGHTS);
  // Some say goodbye, others just go.
  await clients[0]!.proxy.close();
  [...clients, directory, writing, client].forEach((each) => each.close());
  await settlesTo(t, kernel, before);
});

test("Close is answered, and then nothing", async (t) => {
  const kernel = nullKernel(t);
  const client = connect(t, kernel, new PseudoDirectory({ file: "" }));
  const file = new Opener(t, kernel).file(client, "file", READABLE);
  for (const { proxy } of [file, client]) {
    const closed = proxy.close();
    const late = proxy.describe();
    t.deepEqual(await closed, { s: 0 });
    await t.throwsAsync(late, { code: "ZX_ERR_PEER_CLOSED" });
  }
});

test("random bytes end the connection, and leave nothing", async (t) => {
  const kernel = nullKernel(t);
  const root = new PseudoDirectory({ file: "content" });
  const before = kernel.stats();
  // Repeatable: the numbers of a linear congruence.
  let state = 1;
  const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 16;
  const kinds = [...fidl.io.DirectoryAdmin.allMethods, ...fidl.io.File.allMethods];
  for (let round = 0; round < 300; round++) {
    const channel = root.connect(kernel);
    const message = Uint8Array.from({ length: random() % 200 }, () => random());
    const view = new DataView(message.buffer);
    if (message.length >= 16 && round % 3 > 0) {
      // A header that is right, and then rubbish.
      message.set([1, 0, 0, 0, 2, 0, 0, 1]);
      view.setBigUint64(8, kinds[random() % kinds.length]!.ordinal, true);
    }
    const handles = Array.from({ length: random() % 4 }, () => kernel.createEvent());
    channel.write(message, handles);
    // What happens to be a request is answered; then this one is too short.
    try {
      channel.write(Uint8Array.of(0));
    } catch {
      // It is closed already.
    }
    await peerClosed(channel);
    channel.close();
  }
  await settlesTo(t, kernel, before);
});

test("a request that is spoiled in one byte does no harm", async (t) => {
  const kernel = nullKernel(t);
  const root = new PseudoDirectory({ file: "content" });
  const { ordinal, request } = fidl.io.Directory.methods.Open;
  const open = (object: Channel) =>
    encodeBody({ txid: 0, ordinal, format: 2 }, request, {
      flags: READABLE | DESCRIBE,
      mode: 0,
      path: "file",
      object,
    });
  const [unused, object] = kernel.createChannel();
  const { bytes: whole } = open(object);
  [unused, object].forEach((end) => end.close());
  const before = kernel.stats();
  for (let at = 0; at < whole.length; at++) {
    const channel = root.connect(kernel);
    const [file, object] = kernel.createChannel();
    const { bytes, handles } = open(object);
    bytes[at]! ^= 0xff;
    channel.write(bytes, handles);
    channel.write(Uint8Array.of(0));
    await peerClosed(channel);
    channel.close();
    file.close();
  }
  await settlesTo(t, kernel, before);
});

test("a directory that is disposed of closes what began there, and nothing else", async (t) => {
  const kernel = nullKernel(t);
  const kept: Channel[] = [];
  const shared = new PseudoDirectory({
    file: "content",
    service: new ServiceNode((channel) => void kept.push(channel)),
  });
  const root = new PseudoDirectory({ shared });
  const client = connect(t, kernel, root);
  const other = connect(t, kernel, shared);
  const opener = new Opener(t, kernel);
  const file = opener.file(client, "shared/file", READABLE);
  const clone = opener.cloneDirectory(client, CLONE_SAME_RIGHTS);
  const service = opener.channel(client, "shared/service", READABLE);
  await Promise.all([file.proxy.describe(), clone.proxy.describe()]);
  root.dispose();
  root.dispose();
  for (const gone of [client, file, clone]) {
    await t.throwsAsync(gone.proxy.describe(), { code: "ZX_ERR_PEER_CLOSED" });
  }
  t.deepEqual(await namesIn(other), [".", "file", "service"]);
  t.true(kept[0]!.isValid);
  service.close();
  t.throws(() => root.connect(kernel), { code: "ZX_ERR_BAD_STATE" });
  const [end, server] = kernel.createChannel();
  t.throws(() => root.serve(server), { code: "ZX_ERR_BAD_STATE" });
  t.false(server.isValid);
  end.close();
});

test("what is being opened when a directory is disposed of is refused", async (t) => {
  const kernel = nullKernel(t);
  let make: (content: string) => void = () => t.fail();
  const root = new PseudoDirectory({
    slow: new PseudoFile(() => new Promise<string>((resolve) => (make = resolve))),
  });
  const before = kernel.stats();
  const client = connect(t, kernel, root);
  const file = new Opener(t, kernel).file(client, "slow", READABLE | DESCRIBE);
  const told = file.nextEvent();
  while (make.length === 0) {
    await new Promise(setImmediate);
  }
  root.dispose();
  make("late");
  t.like(await told, { value: { s: -23 } });
  client.close();
  file.close();
  await settlesTo(t, kernel, before);
});

test("requests are answered one after the other", async (t) => {
  const kernel = nullKernel(t);
  const opened: string[] = [];
  const slow = (name: string, turns: number) =>
    new PseudoFile(async () => {
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      opened.push(name);
      return name;
    });
  const root = connect(
    t,
    kernel,
    new PseudoDirectory({ first: slow("first", 5), second: slow("second", 0) }),
  );
  const opener = new Opener(t, kernel);
  const files = ["first", "second"].map((name) => opener.file(root, name, READABLE));
  await Promise.all(files.map(({ proxy }) => proxy.describe()));
  t.deepEqual(opened, ["first", "second"]);
});

test("a server end that came from elsewhere is served with the rights that are given", async (t) => {
  const kernel = nullKernel(t);
  const root = new PseudoDirectory({ file: "" });
  const [end, server] = kernel.createChannel();
  root.serve(server, { rights: READABLE });
  const client = new fidl.Client(fidl.io.Directory, end);
  t.is((await client.proxy.nodeGetFlags()).flags, READABLE);
  client.close();
  const [wrong, rest] = kernel.createChannel();
  t.throws(() => root.serve(wrong, { rights: OpenFlags.ADMIN }), { code: "ERR_INVALID_ARG_VALUE" });
  t.false(wrong.isValid);
  rest.close();
  const readable = new PseudoDirectory({}, { rights: READABLE });
  t.throws(() => readable.connect(kernel, { rights: EXECUTABLE }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
  t.throws(() => root.serve(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  t.throws(() => root.connect(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("a directory is served on behalf of any context", async (t) => {
  const kernel = nullKernel(t);
  const vmo = kernel.vmoFromBytes(Buffer.from("content"));
  const root = new PseudoDirectory({ vmo: new VmoFile(vmo), file: "content" });
  const job = kernel.rootJob;
  const before = kernel.stats();
  const context = new ProcessContext(kernel, { job });
  const client = new fidl.Client(fidl.io.Directory, root.connect(context));
  for (const path of ["vmo", "file"]) {
    const [end, object] = context.createChannel();
    client.proxy.open({ flags: READABLE, mode: 0, path, object });
    const file = new fidl.Client(fidl.io.File, end);
    const { buffer } = await file.proxy.getBuffer({ flags: VmoFlags.READ });
    t.is(buffer?.vmo.context, context);
    t.is(Buffer.from(buffer!.vmo.read(0n, 7)).toString(), "content");
  }
  const last = client.proxy.describe();
  context.dispose();
  await t.throwsAsync(last);
  await settlesTo(t, kernel, before);
  t.true(vmo.isValid);
});

test("a kernel that is disposed of ends its connections", async (t) => {
  const kernel: Kernel = nullKernel(t);
  const root = new PseudoDirectory({ file: "content" });
  const channel = root.connect(kernel);
  const wait = peerClosed(channel);
  kernel.dispose();
  await rejectsStatus(t, "CANCELED", wait);
  const other = nullKernel(t);
  t.deepEqual(await namesIn(connect(t, other, root)), [".", "file"]);
});

/** What a descriptor refers to; nothing if it was closed since it was listed. */
function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

linuxTest("descriptors of the host are closed again", async (t) => {
  const kernel = nullKernel(t);
  const path = directoryWith(t, { file: "content" });
  const rights = READABLE | WRITABLE;
  const root = connect(t, kernel, new HostDirectory(path, { rights }));
  const opener = new Opener(t, kernel);
  const isOpen = () => readdirSync("/proc/self/fd").some((fd) => targetOf(fd).startsWith(path));
  for (const flags of [READABLE, rights]) {
    const file = opener.file(root, "file", flags);
    await file.proxy.describe();
    t.true(isOpen());
    file.close();
    while (isOpen()) {
      await new Promise(setImmediate);
    }
  }
});

test("a served directory does not keep Node alive", async (t) => {
  const result = await script(`import { PseudoDirectory } from "zirconia/vfs";
    const kernel = new zirconia.Kernel({ machine: "null" });
    globalThis.kept = new PseudoDirectory({ file: "" }).connect(kernel);`);
  t.deepEqual(result, { code: 0, stdout: "", stderr: "" });
});

test("the guide's example does what it says", async (t) => {
  t.deepEqual(await runGuide(t, "vfs", 3), {
    code: 0,
    stdout: "file\nhello\n\n0\n1970-01-01T00:00:00.000Z\n",
    stderr: "",
  });
});
