import test, { type ExecutionContext } from "ava";

import { type Kernel, Rights, type Vmo, VmoOptions } from "../index.js";
import { OpenFlags, PseudoDirectory, PseudoFile, VmoFile, VmoFlags } from "../lib/vfs/index.js";
import { nullKernel } from "./support/kernel.js";
import { connect, type FileClient, flagsOf, Opener } from "./support/vfs.js";

const { READABLE, WRITABLE, EXECUTABLE, APPEND, TRUNCATE, DESCRIBE, CLONE_SAME_RIGHTS } = OpenFlags;
const { READ, WRITE, EXEC, PRIVATE, EXACT } = VmoFlags;
const BAD_HANDLE = { s: -11 };
const INVALID_ARGS = { s: -10 };
const ACCESS_DENIED = { s: -30 };
const NOT_SUPPORTED = { s: -2 };
const OUT_OF_RANGE = { s: -14 };
const NO_SPACE = { s: -54 };
const START = 0;
const CURRENT = 1;
const END = 2;

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const bytes = (content: string) => new TextEncoder().encode(content);

/** A file in a directory that is served, opened. */
function open(
  t: ExecutionContext,
  kernel: Kernel,
  file: string | PseudoFile | VmoFile,
  flags: number,
): FileClient {
  const root = connect(t, kernel, new PseudoDirectory({ file }));
  return new Opener(t, kernel).file(root, "file", flags);
}

/** A VMO that can be written, with content of this length. */
function writableVmo(kernel: Kernel, content: string, options = 0): Vmo {
  const vmo = kernel.createVmo(BigInt(content.length), options);
  vmo.write(0n, bytes(content));
  vmo.setStreamSize(BigInt(content.length));
  return vmo;
}

async function readAll({ proxy }: FileClient): Promise<string> {
  const { s, data } = await proxy.readAt({ count: 8192n, offset: 0n });
  return s === 0 ? text(data) : String(s);
}

test("bytes are read in order, and at any place", async (t) => {
  const { proxy } = open(t, nullKernel(t), "0123456789", READABLE);
  const read = async (count: bigint) => text((await proxy.read({ count })).data);
  const readAt = async (count: bigint, offset: bigint) =>
    text((await proxy.readAt({ count, offset })).data);
  t.is(await read(0n), "");
  t.is(await read(4n), "0123");
  t.is(await readAt(2n, 8n), "89");
  t.is(await readAt(2n, 9n), "9");
  t.is(await readAt(2n, 10n), "");
  t.is(await readAt(2n, 2n ** 64n - 1n), "");
  t.is(await read(100n), "456789");
  t.is(await read(100n), "");
});

test("one read takes 8,192 bytes, and no more", async (t) => {
  const kernel = nullKernel(t);
  for (const file of [
    new PseudoFile(new Uint8Array(10_000)),
    new VmoFile(kernel.vmoFromBytes(new Uint8Array(10_000))),
  ]) {
    const { proxy } = open(t, kernel, file, READABLE);
    t.is((await proxy.read({ count: 8192n })).data.length, 8192);
    t.like(await proxy.read({ count: 8193n }), INVALID_ARGS);
    t.like(await proxy.readAt({ count: 8193n, offset: 0n }), INVALID_ARGS);
    t.is((await proxy.read({ count: 8192n })).data.length, 1808);
  }
});

test("seeking goes anywhere but before the start and beyond what can be counted", async (t) => {
  const { proxy } = open(t, nullKernel(t), "0123456789", READABLE);
  const seek = async (offset: bigint, start: 0 | 1 | 2) => proxy.seek({ offset, start });
  t.deepEqual(await seek(4n, START), { s: 0, offset: 4n });
  t.deepEqual(await seek(-1n, START), { s: -10, offset: 4n });
  t.deepEqual(await seek(-4n, CURRENT), { s: 0, offset: 0n });
  t.deepEqual(await seek(-1n, CURRENT), { s: -10, offset: 0n });
  t.deepEqual(await seek(-10n, END), { s: 0, offset: 0n });
  t.deepEqual(await seek(-11n, END), { s: -10, offset: 0n });
  t.deepEqual(await seek(-3n, END), { s: 0, offset: 7n });
  t.is(text((await proxy.read({ count: 100n })).data), "789");
  const most = 2n ** 63n - 1n;
  t.deepEqual(await seek(most, START), { s: 0, offset: most });
  t.deepEqual(await seek(most, CURRENT), { s: 0, offset: 2n * most });
  t.deepEqual(await seek(1n, CURRENT), { s: 0, offset: 2n ** 64n - 1n });
  t.deepEqual(await seek(1n, CURRENT), { s: -10, offset: 2n ** 64n - 1n });
  t.like(await proxy.read({ count: 1n }), { s: 0, data: { length: 0 } });
});

test("what cannot be read or written is refused", async (t) => {
  const kernel = nullKernel(t);
  const reading = open(t, kernel, "text", READABLE).proxy;
  t.deepEqual(await reading.write({ data: bytes("x") }), { ...BAD_HANDLE, actual: 0n });
  t.like(await reading.writeAt({ data: bytes("x"), offset: 0n }), BAD_HANDLE);
  t.like(await reading.truncate({ length: 0n }), BAD_HANDLE);
  t.like(await reading.setAttr({ flags: 0, attributes: (await reading.getAttr()).attributes }), {
    s: -11,
  });
  const executing = open(t, kernel, "text", EXECUTABLE).proxy;
  t.like(await executing.read({ count: 1n }), BAD_HANDLE);
  t.like(await executing.readAt({ count: 1n, offset: 0n }), BAD_HANDLE);
  t.like(await executing.getBuffer({ flags: EXEC }), ACCESS_DENIED);
});

test("content is made for each connection, when it is opened", async (t) => {
  const kernel = nullKernel(t);
  let made = 0;
  const root = connect(
    t,
    kernel,
    new PseudoDirectory({
      file: new PseudoFile(async () => String(++made)),
      broken: new PseudoFile(() => {
        throw new Error("no");
      }),
      wrong: new PseudoFile(() => 5 as never),
    }),
  );
  const opener = new Opener(t, kernel);
  const first = opener.file(root, "file", READABLE);
  const second = opener.file(root, "file", READABLE);
  t.is(await readAll(second), "2");
  t.is(await readAll(first), "1");
  t.is(await readAll(first), "1");
  // A reference opens nothing.
  t.is(await opener.status(root, "file", OpenFlags.NODE_REFERENCE), "OK");
  t.is(made, 2);
  t.is(await opener.status(root, "broken", READABLE), "INTERNAL");
  t.is(await opener.status(root, "wrong", READABLE), "INTERNAL");
});

const READ_RIGHTS = Rights.BASIC | Rights.MAP | Rights.GET_PROPERTY | Rights.READ;

test("buffers have the rights that were asked for", async (t) => {
  const kernel = nullKernel(t);
  for (const file of [
    new PseudoFile("content"),
    new VmoFile(kernel.vmoFromBytes(bytes("content"), { name: "name" })),
  ]) {
    const { proxy } = open(t, kernel, file, READABLE | EXECUTABLE);
    for (const [flags, rights] of [
      [READ, READ_RIGHTS],
      [READ | EXEC, READ_RIGHTS | Rights.EXECUTE],
      [READ | EXACT, READ_RIGHTS],
      [READ | PRIVATE, READ_RIGHTS | Rights.SET_PROPERTY],
      [READ | EXEC | PRIVATE, READ_RIGHTS | Rights.SET_PROPERTY | Rights.EXECUTE],
    ] as const) {
      const { s, buffer } = await proxy.getBuffer({ flags });
      t.is(s, 0);
      t.is(buffer?.size, 7n);
      t.is(buffer?.vmo.rights, rights);
      t.is(text(buffer!.vmo.read(0n, 7)), "content");
      t.is(buffer?.vmo.getStreamSize(), 7n);
      buffer?.vmo.close();
    }
  }
});

test("buffers never have more rights than the connection", async (t) => {
  const kernel = nullKernel(t);
  const statuses = async (flags: number, requests: readonly number[]) => {
    const { proxy } = open(t, kernel, "content", flags);
    return Promise.all(
      requests.map(async (request) => {
        const { s, buffer } = await proxy.getBuffer({ flags: request });
        buffer?.vmo.close();
        return s;
      }),
    );
  };
  const denied = ACCESS_DENIED.s;
  const requests = [READ, READ | EXEC, READ | WRITE, READ | WRITE | PRIVATE, READ | EXEC | PRIVATE];
  t.deepEqual(await statuses(READABLE, requests), [0, denied, denied, denied, denied]);
  t.deepEqual(await statuses(READABLE | EXECUTABLE, requests), [0, 0, denied, denied, 0]);
  t.deepEqual(
    await statuses(EXECUTABLE, requests),
    requests.map(() => denied),
  );
  t.deepEqual(await statuses(READABLE, [READ | PRIVATE | EXACT]), [INVALID_ARGS.s]);
});

test("a private buffer is the client's own, the others are the file's", async (t) => {
  const kernel = nullKernel(t);
  const vmo = writableVmo(kernel, "content");
  const { proxy } = open(
    t,
    kernel,
    new VmoFile(vmo, { rights: READABLE | WRITABLE }),
    READABLE | WRITABLE,
  );
  const buffer = async (flags: number) => (await proxy.getBuffer({ flags })).buffer!.vmo;
  const own = await buffer(READ | WRITE | PRIVATE);
  own.write(0n, bytes("C"));
  t.is(text(vmo.read(0n, 7)), "content");
  const shared = await buffer(READ | WRITE);
  t.is(shared.koid, vmo.koid);
  shared.write(0n, bytes("K"));
  t.is(text(vmo.read(0n, 7)), "Kontent");
  t.is((await buffer(READ | EXACT)).koid, vmo.koid);
});

test("no buffer is both written and executed", async (t) => {
  const kernel = nullKernel(t);
  const vmo = writableVmo(kernel, "content").replaceAsExecutable();
  const rights = READABLE | WRITABLE | EXECUTABLE;
  const { proxy } = open(t, kernel, new VmoFile(vmo, { rights }), rights);
  t.like(await proxy.getBuffer({ flags: READ | WRITE | EXEC }), NOT_SUPPORTED);
  t.like(await proxy.getBuffer({ flags: READ | WRITE | EXEC | PRIVATE }), NOT_SUPPORTED);
});

test("a VMO's file describes itself as one, where clients may read it directly", async (t) => {
  const kernel = nullKernel(t);
  const vmo = writableVmo(kernel, "content").replaceAsExecutable();
  const rights = READABLE | WRITABLE | EXECUTABLE;
  const info = async (flags: number) => {
    const file = open(t, kernel, new VmoFile(vmo, { rights }), flags | DESCRIBE);
    const { value } = await file.nextEvent();
    const described = await file.proxy.describe();
    t.is(value.info?.kind, described.info.kind);
    return described.info;
  };
  const reading = await info(READABLE);
  if (reading.kind !== "vmofile") throw t.fail();
  t.is(reading.value.length, 7n);
  t.is(reading.value.offset, 0n);
  t.is(reading.value.vmo.rights, READ_RIGHTS);
  const executing = await info(READABLE | EXECUTABLE);
  if (executing.kind !== "vmofile") throw t.fail();
  t.is(executing.value.vmo.rights, READ_RIGHTS | Rights.EXECUTE);
  t.is((await info(READABLE | WRITABLE)).kind, "file");
  t.is((await info(WRITABLE)).kind, "file");
  t.is((await info(OpenFlags.NODE_REFERENCE)).kind, "service");
});

test("a VMO's file is written within its content", async (t) => {
  const kernel = nullKernel(t);
  const vmo = writableVmo(kernel, "0123456789");
  const rights = READABLE | WRITABLE;
  const file = open(t, kernel, new VmoFile(vmo, { rights }), rights);
  const { proxy } = file;
  t.deepEqual(await proxy.write({ data: bytes("ab") }), { s: 0, actual: 2n });
  t.deepEqual(await proxy.write({ data: bytes("cd") }), { s: 0, actual: 2n });
  t.deepEqual(await proxy.writeAt({ data: bytes("xyz"), offset: 8n }), { s: 0, actual: 2n });
  t.like(await proxy.writeAt({ data: bytes("x"), offset: 10n }), NO_SPACE);
  t.deepEqual(await proxy.writeAt({ data: bytes(""), offset: 10n }), { s: 0, actual: 0n });
  t.is(await readAll(file), "abcd4567xy");
  t.deepEqual(await proxy.truncate({ length: 3n }), { s: 0 });
  t.is(await readAll(file), "abc");
  t.deepEqual(await proxy.truncate({ length: 5n }), { s: 0 });
  t.is(await readAll(file), "abc\0\0");
  t.like(await proxy.truncate({ length: 4097n }), OUT_OF_RANGE);
  const emptied = open(t, kernel, new VmoFile(vmo, { rights }), rights | TRUNCATE);
  t.is(await readAll(emptied), "");
  t.is(vmo.getStreamSize(), 0n);
});

test("a connection that appends writes at the end, and its clones do", async (t) => {
  const kernel = nullKernel(t);
  const vmo = writableVmo(kernel, "0123456789");
  const rights = READABLE | WRITABLE;
  const root = connect(t, kernel, new PseudoDirectory({ file: new VmoFile(vmo, { rights }) }));
  const opener = new Opener(t, kernel);
  const file = opener.file(root, "file", rights | APPEND);
  // There is no room behind the end.
  t.like(await file.proxy.write({ data: bytes("x") }), NOT_SUPPORTED);
  t.like(await file.proxy.getBuffer({ flags: READ | WRITE }), ACCESS_DENIED);
  t.is(await flagsOf(file), rights | APPEND);
  t.deepEqual(await file.proxy.getFlags(), { s: 0, flags: rights | APPEND });
  const [channel, object] = kernel.createChannel();
  file.proxy.clone({ flags: CLONE_SAME_RIGHTS, object });
  await file.proxy.setFlags({ flags: 0 });
  t.is(await flagsOf(file), rights);
  t.like(await file.proxy.write({ data: bytes("x") }), { s: 0 });
  channel.close();
});

test("a VMO's file needs what its rights need", (t) => {
  const kernel = nullKernel(t);
  const executable = kernel.vmoFromBytes(bytes("x"));
  const plain = kernel.createVmo(1n);
  t.is(new VmoFile(executable).rights, READABLE | EXECUTABLE);
  t.is(new VmoFile(plain).rights, READABLE);
  const wrong = { code: "ERR_INVALID_ARG_VALUE" };
  t.throws(() => new VmoFile(executable, { rights: WRITABLE }), wrong);
  t.throws(() => new VmoFile(plain, { rights: EXECUTABLE }), wrong);
  t.throws(() => new VmoFile(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  plain.close();
  t.throws(() => new VmoFile(plain), { code: "ZX_ERR_BAD_HANDLE" });
  t.throws(() => new PseudoFile("", { rights: WRITABLE }), wrong);
  t.throws(() => new PseudoFile(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("a VMO of another kernel, and one that is gone, cannot be opened", async (t) => {
  const kernel = nullKernel(t);
  const foreign = nullKernel(t).vmoFromBytes(bytes("x"));
  const gone = kernel.vmoFromBytes(bytes("x"));
  const root = connect(
    t,
    kernel,
    new PseudoDirectory({ foreign: new VmoFile(foreign), gone: new VmoFile(gone) }),
  );
  gone.close();
  const opener = new Opener(t, kernel);
  t.is(await opener.status(root, "foreign", READABLE), "BAD_HANDLE");
  t.is(await opener.status(root, "gone", READABLE), "BAD_HANDLE");
});

test("a file of a resizable VMO grows with it", async (t) => {
  const kernel = nullKernel(t);
  const vmo = writableVmo(kernel, "0123", VmoOptions.RESIZABLE);
  const file = open(t, kernel, new VmoFile(vmo), READABLE);
  t.is(await readAll(file), "0123");
  vmo.setSize(8192n);
  vmo.write(4096n, bytes("x"));
  t.is((await readAll(file)).length, 8192);
});
