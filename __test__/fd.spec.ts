import test, { type ExecutionContext } from "ava";

import {
  Handle,
  ObjectType,
  ProcessContext,
  Rights,
  Signals,
  ZirconiaError,
  ZxStatus,
} from "../index.js";
import { OpenFlags, PseudoDirectory, VmoFlags } from "../lib/vfs/index.js";
import { nullKernel } from "./support/kernel.js";
import { settlesTo } from "./support/settled.js";
import { type FileAnswers, serveDirectory, serveFile } from "./support/spawner.js";

/** A process of its own, with nothing open. */
function process(t: ExecutionContext, kernel = nullKernel(t)) {
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  return { kernel, context, ...parts(context) };
}

function parts({ environment }: ProcessContext) {
  const { descriptors, namespace } = environment;
  return { environment, descriptors, namespace };
}

async function fails(
  t: ExecutionContext,
  status: keyof typeof ZxStatus,
  work: () => unknown,
): Promise<void> {
  const expected = { instanceOf: ZirconiaError, code: `ZX_ERR_${status}` };
  await t.throwsAsync(async () => work(), expected);
}

/** Resolves once the other end is closed. */
async function peerClosed(end: { waitOne(signals: number): Promise<number> }): Promise<void> {
  await end.waitOne(Signals.PEER_CLOSED);
}

test("a socket is passed on as a duplicate, or itself", async (t) => {
  const { context, descriptors } = process(t);
  const [socket, peer] = context.createSocket();
  const { koid } = socket;
  const fd = await descriptors.create(socket);
  t.is(fd, 0);
  t.is(descriptors.kind(fd), "socket");
  t.false(socket.isValid);
  const clone = descriptors.clone(fd);
  t.is(clone.koid, koid);
  clone.close();
  const transferred = descriptors.transfer(fd);
  t.is(transferred.koid, koid);
  t.is(descriptors.kind(fd), undefined);
  transferred.close();
  await peerClosed(peer);
});

test("so are the debug log and VMOs", async (t) => {
  const { context, descriptors } = process(t);
  const log = await descriptors.create(context.debugLog());
  const vmo = await descriptors.create(context.createVmo(1n));
  t.is(descriptors.kind(log), "log");
  t.is(descriptors.kind(vmo), "vmo");
  t.is(descriptors.clone(log).objectType, ObjectType.Log);
  t.is(descriptors.transfer(vmo).objectType, ObjectType.Vmo);
});

test("a socket without DUPLICATE cannot be cloned", async (t) => {
  const { context, descriptors } = process(t);
  const [socket] = context.createSocket();
  const fd = await descriptors.create(socket.replace(Rights.TRANSFER | Rights.READ));
  await fails(t, "ACCESS_DENIED", () => descriptors.clone(fd));
  t.is(descriptors.kind(fd), "socket");
});

test("what has no handle to give is NOT_SUPPORTED, and a transfer closes it all the same", async (t) => {
  const { context, environment, descriptors, namespace } = process(t);
  namespace.bind("/on/the/way", new PseudoDirectory().connect(context));
  const nothing = await descriptors.createNull();
  const directory = await environment.open("/on", OpenFlags.READABLE);
  t.is(descriptors.kind(nothing), "null");
  t.is(descriptors.kind(directory), "localDirectory");
  for (const fd of [nothing, directory]) {
    await fails(t, "NOT_SUPPORTED", () => descriptors.clone(fd));
    await fails(t, "NOT_SUPPORTED", () => descriptors.getVmoExec(fd));
    await fails(t, "NOT_SUPPORTED", () => descriptors.transfer(fd));
    t.is(descriptors.kind(fd), undefined);
  }
});

test("a node is asked what it is, cloned with the same rights, and told of the end", async (t) => {
  const { context, descriptors } = process(t);
  const asked: unknown[] = [];
  const [channel, server] = context.createChannel();
  serveDirectory(server, () => {}, {
    describe: () => {
      asked.push("describe");
      return { info: { kind: "directory", value: {} } };
    },
    clone: ({ flags, object }) => {
      asked.push(flags);
      object.close();
    },
    close: () => {
      asked.push("close");
      return { s: ZxStatus.OK };
    },
  });
  const fd = await descriptors.create(channel);
  t.is(descriptors.kind(fd), "directory");
  const clone = descriptors.clone(fd);
  t.is(clone.objectType, ObjectType.Channel);
  await peerClosed(clone);
  await descriptors.close(fd);
  t.deepEqual(asked, ["describe", OpenFlags.CLONE_SAME_RIGHTS, "close"]);
});

test("a channel may come as a handle to anything", async (t) => {
  const { context, descriptors } = process(t);
  const [channel, server] = context.createChannel();
  serveFile(server, { describe: () => ({ info: { kind: "file", value: {} } }) });
  const fd = await descriptors.create(new Handle(context, channel.value));
  t.is(descriptors.kind(fd), "file");
});

test("a transfer hands over a node's own channel, and says nothing", async (t) => {
  const { context, descriptors } = process(t);
  const [channel, server] = context.createChannel();
  const { koid } = channel;
  serveFile(server, {
    describe: () => ({ info: { kind: "file", value: {} } }),
    close: () => t.fail() as never,
  });
  const fd = await descriptors.create(channel);
  const transferred = descriptors.transfer(fd);
  t.is(transferred.koid, koid);
  t.is(descriptors.kind(fd), undefined);
});

test("a pipe is its socket", async (t) => {
  const { context, descriptors } = process(t);
  const [channel, server] = context.createChannel();
  const [socket] = context.createSocket();
  const { koid } = socket;
  const connection = serveFile(server, {
    describe: () => ({ info: { kind: "pipe", value: { socket } } }),
  });
  const fd = await descriptors.create(channel);
  t.is(descriptors.kind(fd), "socket");
  t.is(descriptors.clone(fd).koid, koid);
  t.is(await connection.closed, undefined);
});

test("a closed descriptor is INVALID_ARGS", async (t) => {
  const { descriptors } = process(t);
  await fails(t, "INVALID_ARGS", () => descriptors.clone(3));
  await fails(t, "INVALID_ARGS", () => descriptors.transfer(3));
  await fails(t, "INVALID_ARGS", () => descriptors.getVmoExec(3));
  await fails(t, "INVALID_ARGS", () => descriptors.close(3));
  await fails(t, "INVALID_ARGS", () => descriptors.dup(3));
});

test("one of several descriptors for the same cannot be transferred", async (t) => {
  const { context, descriptors } = process(t);
  const [socket, peer] = context.createSocket();
  const fd = await descriptors.create(socket);
  const other = await descriptors.dup(fd, 21);
  t.is(other, 21);
  t.deepEqual(descriptors.open, [0, 21]);
  await fails(t, "UNAVAILABLE", () => descriptors.transfer(fd));
  t.deepEqual(descriptors.open, [21]);
  t.is(peer.write(Uint8Array.of(1)), 1);
  descriptors.transfer(other).close();
  await peerClosed(peer);
});

test("nor can one that is in use", async (t) => {
  const { context, descriptors } = process(t);
  const [channel, server] = context.createChannel();
  let begun!: () => void;
  let finish!: () => void;
  const isBegun = new Promise<void>((resolve) => (begun = resolve));
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const connection = serveFile(server, {
    describe: () => ({ info: { kind: "file", value: {} } }),
    getBuffer: async () => {
      begun();
      await finished;
      return { s: ZxStatus.OK, buffer: { vmo: context.createVmo(1n), size: 1n } };
    },
    close: () => ({ s: ZxStatus.OK }),
  });
  const fd = await descriptors.create(channel);
  const vmo = descriptors.getVmoExec(fd);
  await isBegun;
  await fails(t, "UNAVAILABLE", () => descriptors.transfer(fd));
  finish();
  t.is((await vmo).objectType, ObjectType.Vmo);
  await connection.closed;
});

test("a descriptor that is in use already is replaced, and its object closed with the last one", async (t) => {
  const { context, descriptors } = process(t);
  const [first, firstPeer] = context.createSocket();
  const [second, secondPeer] = context.createSocket();
  await descriptors.create(first, 5);
  await descriptors.create(second, 5);
  await peerClosed(firstPeer);
  await descriptors.dup(5, 6);
  await descriptors.close(5);
  t.is(await descriptors.dup(6, 6), 6);
  t.is(secondPeer.write(Uint8Array.of(1)), 1);
  await descriptors.close(6);
  await peerClosed(secondPeer);
  t.deepEqual(descriptors.open, []);
});

test("there are 1,024, of which the lowest is taken", async (t) => {
  const { context, descriptors } = process(t);
  t.is(await descriptors.createNull(1023), 1023);
  await t.throwsAsync(descriptors.createNull(1024), { code: "ERR_OUT_OF_RANGE" });
  await t.throwsAsync(descriptors.createNull(-1), { code: "ERR_OUT_OF_RANGE" });
  for (let fd = 0; fd < 1023; fd++) t.is(await descriptors.createNull(), fd);
  const [socket, peer] = context.createSocket();
  await fails(t, "BAD_STATE", () => descriptors.create(socket));
  await peerClosed(peer);
  await fails(t, "BAD_STATE", () => descriptors.dup(0));
  await descriptors.close(512);
  t.is(await descriptors.createNull(), 512);
});

test("what no descriptor can refer to is closed", async (t) => {
  const { context, descriptors } = process(t);
  const [event, peer] = context.createEventPair();
  await fails(t, "INVALID_ARGS", () => descriptors.create(event));
  await peerClosed(peer);
  const [socket] = context.createSocket();
  socket.close();
  await fails(t, "BAD_HANDLE", () => descriptors.create(socket));
  const [channel, server] = context.createChannel();
  server.close();
  await fails(t, "PEER_CLOSED", () => descriptors.create(channel));
  t.deepEqual(descriptors.open, []);
});

test("handles of other processes move in", async (t) => {
  const { kernel, context, descriptors } = process(t);
  const [socket] = kernel.createSocket();
  const fd = await descriptors.create(socket);
  t.is(descriptors.clone(fd).context, context);
});

const FILE = { s: ZxStatus.OK, info: { kind: "file", value: {} } } as const;

/** A process whose `/x` answers every Open with an event, and other requests as it is told. */
function answering(
  t: ExecutionContext,
  event: typeof FILE | { s: number },
  answers: (context: ProcessContext) => Partial<FileAnswers> = () => ({}),
) {
  const { context, ...rest } = process(t);
  const [directory, server] = context.createChannel();
  serveDirectory(server, (_, object) => {
    const answered = { close: () => ({ s: ZxStatus.OK }), ...answers(context) };
    serveFile(object, answered).events.onOpen(event);
  });
  rest.namespace.bind("/x", directory);
  return { context, ...rest };
}

test("opening fails as OnOpen says", async (t) => {
  const { environment, descriptors } = answering(t, { s: ZxStatus.ACCESS_DENIED });
  await fails(t, "ACCESS_DENIED", () => environment.open("/x/file", OpenFlags.READABLE));
  t.deepEqual(descriptors.open, []);
});

test("opening fails with IO if OnOpen is content and says nothing", async (t) => {
  const { environment } = answering(t, { s: ZxStatus.OK });
  await fails(t, "IO", () => environment.open("/x/file", OpenFlags.READABLE));
});

test("opening fails with PEER_CLOSED if no OnOpen comes", async (t) => {
  const { context, environment, namespace } = process(t);
  const [directory, server] = context.createChannel();
  serveDirectory(server, (_, object) => object.close());
  namespace.bind("/x", directory);
  await fails(t, "PEER_CLOSED", () => environment.open("/x/file", OpenFlags.READABLE));
});

test("a file is asked for a VMO of its own that can be executed", async (t) => {
  const asked: number[] = [];
  const { environment, descriptors } = answering(t, FILE, (context) => ({
    getBuffer: ({ flags }) => {
      asked.push(flags);
      return { s: ZxStatus.OK, buffer: { vmo: context.createVmo(1n), size: 1n } };
    },
  }));
  const fd = await environment.open("/x/file", OpenFlags.READABLE);
  (await descriptors.getVmoExec(fd)).close();
  t.deepEqual(asked, [0x1_0005]);
  t.is(asked[0], VmoFlags.READ | VmoFlags.EXEC | VmoFlags.PRIVATE);
});

for (const [s, status] of [
  [ZxStatus.ACCESS_DENIED, "ACCESS_DENIED"],
  [ZxStatus.OK, "IO"],
] as const) {
  test(`GetBuffer that answers ${s} without a VMO is ${status}`, async (t) => {
    const { environment, descriptors } = answering(t, FILE, () => ({ getBuffer: () => ({ s }) }));
    const fd = await environment.open("/x/file", OpenFlags.READABLE);
    await fails(t, status, () => descriptors.getVmoExec(fd));
    t.is(descriptors.kind(fd), "file");
  });
}

test("a file whose server says more than it was asked is not passed on, and closed", async (t) => {
  const { kernel, context, descriptors } = process(t);
  const before = kernel.stats();
  const [channel, server] = context.createChannel();
  const connection = serveFile(server, {
    describe: () => ({ info: { kind: "file", value: {} } }),
    getBuffer: (_, { events }) => {
      events.onOpen({ ...FILE, info: { kind: "file", value: { event: context.createEvent() } } });
      return { s: ZxStatus.NOT_SUPPORTED };
    },
  });
  const fd = await descriptors.create(channel);
  await fails(t, "NOT_SUPPORTED", () => descriptors.getVmoExec(fd));
  await fails(t, "BAD_STATE", () => descriptors.transfer(fd));
  t.deepEqual(descriptors.open, []);
  t.is(await connection.closed, undefined);
  t.deepEqual(kernel.stats(), before);
});

test("a directory has no content", async (t) => {
  const { context, environment, descriptors, namespace } = process(t);
  namespace.bind("/x", new PseudoDirectory().connect(context));
  const fd = await environment.open("/x", OpenFlags.READABLE);
  t.is(descriptors.kind(fd), "directory");
  await fails(t, "NOT_SUPPORTED", () => descriptors.getVmoExec(fd));
});

test("nothing is left of a descriptor's life", async (t) => {
  const { kernel, context, environment, descriptors, namespace } = process(t);
  namespace.bind("/x", new PseudoDirectory({ file: "content" }).connect(context));
  const before = kernel.stats();
  const fd = await environment.open("/x/file", OpenFlags.READABLE | OpenFlags.EXECUTABLE);
  (await descriptors.getVmoExec(fd)).close();
  descriptors.clone(fd).close();
  await descriptors.close(fd);
  await settlesTo(t, kernel, before);
});
