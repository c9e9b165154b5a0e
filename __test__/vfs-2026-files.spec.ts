import test, { type ExecutionContext } from "ava";

import { type Kernel, Rights } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { PseudoDirectory, PseudoFile, VmoFile } from "../lib/vfs/index.js";
import { nullKernel } from "./support/kernel.js";
import {
  bytes,
  EXECUTABLE,
  type FileClient,
  Flags,
  flagsOf,
  ok,
  Opener,
  read,
  READABLE,
  statusOf,
  WRITABLE,
  WRITTEN,
} from "./support/vfs-2026.js";

const READ_WRITE = READABLE | WRITABLE;
const CREATE = Flags.FLAG_MAYBE_CREATE | Flags.PROTOCOL_FILE;
const { READ, WRITE, EXECUTE, PRIVATE_CLONE, SHARED_BUFFER } = fidl.io2026.VmoFlags.members;
const { START, CURRENT, END } = fidl.io.SeekOrigin.members;

const BAD_HANDLE = -11;
const INVALID_ARGS = -10;
const OUT_OF_RANGE = -14;
const NOT_SUPPORTED = -2;
const ACCESS_DENIED = -30;
const FILE_BIG = -53;
const NO_SPACE = -54;

interface Opened {
  readonly kernel: Kernel;
  readonly opener: Opener;
  readonly file: FileClient;
}

/** A file in a directory that is served, opened. */
function open(
  t: ExecutionContext,
  node: string | PseudoFile | ((kernel: Kernel) => VmoFile),
  flags: bigint,
): Opened {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const file = typeof node === "function" ? node(kernel) : node;
  const root = opener.connect(new PseudoDirectory({ file }));
  return { kernel, opener, file: opener.file(root, "file", flags) };
}

function text(data: Uint8Array): string {
  return Buffer.from(data).toString();
}

test("bytes are read in order, and at any place", async (t) => {
  const { file } = open(t, "0123456789", READABLE);
  const { proxy } = file;
  const next = async (count: bigint) => text((await ok(proxy.read({ count }))).data);
  const at = async (count: bigint, offset: bigint) =>
    text((await ok(proxy.readAt({ count, offset }))).data);
  t.is(await next(4n), "0123");
  t.is(await at(2n, 8n), "89");
  t.is(await at(2n, 2n ** 64n - 1n), "");
  t.is(await next(100n), "456789");
  t.is(await next(100n), "");
});

test("one read takes 8,192 bytes, and no more", async (t) => {
  const { file } = open(t, new PseudoFile(new Uint8Array(10_000)), READABLE);
  t.is((await ok(file.proxy.read({ count: 8192n }))).data.length, 8192);
  t.is(await statusOf(file.proxy.read({ count: 8193n })), OUT_OF_RANGE);
  t.is(await statusOf(file.proxy.readAt({ count: 8193n, offset: 0n })), OUT_OF_RANGE);
  t.is((await ok(file.proxy.read({ count: 8192n }))).data.length, 1808);
});

test("seeking goes anywhere but before the start and beyond what can be counted", async (t) => {
  const { proxy } = open(t, "0123456789", 0n).file;
  const seek = async (origin: 0 | 1 | 2, offset: bigint) => {
    const { result } = await proxy.seek({ origin, offset });
    return result.kind === "response" ? result.value.offsetFromStart : result.value;
  };
  t.is(await seek(START, 4n), 4n);
  t.is(await seek(START, -1n), INVALID_ARGS);
  t.is(await seek(CURRENT, -4n), 0n);
  t.is(await seek(CURRENT, -1n), INVALID_ARGS);
  t.is(await seek(END, -10n), 0n);
  t.is(await seek(END, -11n), INVALID_ARGS);
  t.is(await seek(END, 5n), 15n);
  const most = 2n ** 63n - 1n;
  t.is(await seek(START, most), most);
  t.is(await seek(CURRENT, most), 2n * most);
  t.is(await seek(CURRENT, 1n), 2n ** 64n - 1n);
  t.is(await seek(CURRENT, 1n), INVALID_ARGS);
});

test("what a connection has no right to is refused", async (t) => {
  const { file } = open(t, "text", 0n);
  const { proxy } = file;
  t.is(await statusOf(proxy.read({ count: 1n })), BAD_HANDLE);
  t.is(await statusOf(proxy.readAt({ count: 1n, offset: 0n })), BAD_HANDLE);
  t.is(await statusOf(proxy.write({ data: bytes("x") })), BAD_HANDLE);
  t.is(await statusOf(proxy.writeAt({ data: bytes("x"), offset: 0n })), BAD_HANDLE);
  t.is(await statusOf(proxy.resize({ length: 0n })), BAD_HANDLE);
  t.is(await statusOf(proxy.updateAttributes({ payload: {} })), BAD_HANDLE);
  for (const flags of [READ, WRITE, EXECUTE]) {
    t.is(await statusOf(proxy.getBackingMemory({ flags })), ACCESS_DENIED);
  }
});

test("what files here do not have is refused, and the connection goes on", async (t) => {
  const { kernel, opener, file } = open(t, "text", READABLE);
  const { proxy } = file;
  const name = bytes("user.x");
  t.is(await statusOf(proxy.getExtendedAttribute({ name })), NOT_SUPPORTED);
  t.is(await statusOf(proxy.removeExtendedAttribute({ name })), NOT_SUPPORTED);
  const { handles } = kernel.stats();
  const buffer = kernel.createVmo(1n);
  const value = { kind: "buffer", value: buffer } as const;
  t.is(await statusOf(proxy.setExtendedAttribute({ name, value, mode: 1 })), NOT_SUPPORTED);
  t.is(kernel.stats().handles, handles);
  const [iterator, server] = kernel.createChannel();
  proxy.listExtendedAttributes({ iterator: server });
  const client = opener.client(fidl.io2026.ExtendedAttributeIterator, iterator);
  await t.throwsAsync(client.nextEvent(), { code: "ZX_ERR_NOT_SUPPORTED" });
  t.is(await statusOf(proxy.allocate({ offset: 0n, length: 1n, mode: 0 })), NOT_SUPPORTED);
  t.is(await statusOf(proxy.enableVerity({ options: {} })), NOT_SUPPORTED);
  t.deepEqual(await proxy.queryFilesystem(), { s: NOT_SUPPORTED });
  const lock = { request: { type: 1, wait: false } } as const;
  t.is(await statusOf(proxy.advisoryLock(lock)), NOT_SUPPORTED);
  const link = { dstParentToken: kernel.createEvent(), dst: "x" };
  t.is(await statusOf(proxy.linkInto(link)), ACCESS_DENIED);
  t.is(await statusOf(proxy.sync()), 0);
  t.is(await read(file), "text");
});

test("Describe and the flags tell whether a file appends, and SetFlags changes that alone", async (t) => {
  const { opener, file } = open(t, "text", READABLE | Flags.FILE_APPEND);
  const { proxy } = file;
  t.deepEqual(await proxy.describe(), { payload: { isAppend: true } });
  const own = Flags.PROTOCOL_FILE | Flags.PERM_READ_BYTES | Flags.PERM_GET_ATTRIBUTES;
  t.is(await flagsOf(file), own | Flags.FILE_APPEND);
  t.is(await flagsOf(opener.clone(fidl.io2026.File, file)), own | Flags.FILE_APPEND);
  t.is(await statusOf(proxy.setFlags({ flags: 0n })), 0);
  t.is(await flagsOf(file), own);
  for (const flags of [
    Flags.PERM_WRITE_BYTES,
    Flags.FILE_APPEND | Flags.FILE_TRUNCATE,
    1n << 63n,
  ]) {
    t.is(await statusOf(proxy.setFlags({ flags })), INVALID_ARGS);
  }
  t.is(await statusOf(proxy.setFlags({ flags: Flags.FILE_APPEND })), 0);
  t.deepEqual(await proxy.describe(), { payload: { isAppend: true } });
});

/** A file whose content is a VMO's. */
function vmoFile(kernel: Kernel): VmoFile {
  return new VmoFile(kernel.vmoFromBytes(bytes("content"), { name: "libfoo.so" }));
}

test("a VMO's file gives the VMO, or copies of it", async (t) => {
  const { file } = open(t, vmoFile, READABLE | EXECUTABLE);
  const get = async (flags: number) => (await ok(file.proxy.getBackingMemory({ flags }))).vmo;
  const base = Rights.BASIC | Rights.MAP | Rights.GET_PROPERTY;
  t.is((await get(READ)).rights, base | Rights.READ);
  t.is((await get(READ | SHARED_BUFFER)).rights, base | Rights.READ);
  const copy = await get(READ | EXECUTE | PRIVATE_CLONE);
  t.is(copy.rights, base | Rights.READ | Rights.EXECUTE | Rights.SET_PROPERTY);
  t.is(copy.getName(), "libfoo.so");
  t.is(Buffer.from(copy.read(0n, 7)).toString(), "content");
  const both = PRIVATE_CLONE | SHARED_BUFFER;
  t.is(await statusOf(file.proxy.getBackingMemory({ flags: READ | both })), INVALID_ARGS);
  t.is(await statusOf(file.proxy.getBackingMemory({ flags: READ | WRITE })), ACCESS_DENIED);
  // A bit that nobody knows is not even sent.
  await t.throwsAsync(file.proxy.getBackingMemory({ flags: 8 }), { code: "ZX_ERR_INVALID_ARGS" });
});

for (const [where, make] of WRITTEN) {
  test(`files ${where} are written, appended, cut and made longer`, async (t) => {
    const opener = new Opener(t, nullKernel(t));
    const root = opener.connect(make(t));
    const file = opener.file(root, "file", READ_WRITE | CREATE);
    const { proxy } = file;
    const all = async () =>
      Buffer.from((await ok(proxy.readAt({ count: 8192n, offset: 0n }))).data).toString();
    t.is((await ok(proxy.write({ data: bytes("content") }))).actualCount, 7n);
    t.is((await ok(proxy.writeAt({ data: bytes("!"), offset: 9n }))).actualCount, 1n);
    t.is(await all(), "content\0\0!");
    t.is(await read(file), "\0\0!");
    t.is(await statusOf(proxy.resize({ length: 4n })), 0);
    t.is(await statusOf(proxy.resize({ length: 6n })), 0);
    t.is(await all(), "cont\0\0");
    // Past the end nothing is read, and what is written there leaves a gap.
    t.is(await read(file), "");
    t.is((await ok(proxy.write({ data: bytes("x") }))).actualCount, 1n);
    t.is(await all(), "cont\0\0\0\0\0\0x");
    t.is((await ok(proxy.write({ data: new Uint8Array() }))).actualCount, 0n);
    t.is(await statusOf(proxy.sync()), 0);

    const appending = opener.file(root, "file", READ_WRITE | Flags.FILE_APPEND);
    t.is((await ok(appending.proxy.write({ data: bytes("end") }))).actualCount, 3n);
    const { offsetFromStart } = await ok(appending.proxy.seek({ origin: CURRENT, offset: 0n }));
    t.is(offsetFromStart, 14n);
    // The other connection is where it was.
    t.is(await read(file), "end");
    const clone = opener.clone(fidl.io2026.File, file);
    t.is((await read(clone)).length, 14);
    const cut = opener.file(root, "file", WRITABLE | Flags.FILE_TRUNCATE);
    t.is(await statusOf(cut.proxy.sync()), 0);
    t.is(await all(), "");
    t.is(await statusOf(cut.proxy.read({ count: 1n })), BAD_HANDLE);
  });

  test(`what is written ${where} through one dialect is there in the other`, async (t) => {
    const opener = new Opener(t, nullKernel(t));
    const file = opener.file(opener.connect(make(t)), "file", READ_WRITE | CREATE);
    await ok(file.proxy.write({ data: bytes("0123456789") }));
    await ok(file.proxy.seek({ origin: START, offset: 2n }));
    const old = new fidl.Client(fidl.io.File, file.intoChannel());
    t.is(Buffer.from((await old.proxy.read({ count: 3n })).data).toString(), "234");
    t.like(await old.proxy.nodeSetFlags({ flags: 1 << 20 }), { s: 0 });
    const again = opener.client(fidl.io2026.File, old.intoChannel());
    t.is((await ok(again.proxy.seek({ origin: CURRENT, offset: 0n }))).offsetFromStart, 5n);
    t.is((await flagsOf(again)) & Flags.FILE_APPEND, Flags.FILE_APPEND);
    await ok(again.proxy.write({ data: bytes("!") }));
    const { data } = await ok(again.proxy.readAt({ count: 20n, offset: 0n }));
    t.is(Buffer.from(data).toString(), "0123456789!");
  });

  test(`buffers of files ${where} are copies`, async (t) => {
    const opener = new Opener(t, nullKernel(t));
    const file = opener.file(opener.connect(make(t)), "file", READ_WRITE | CREATE);
    await ok(file.proxy.write({ data: bytes("content") }));
    for (const flags of [READ, READ | PRIVATE_CLONE, READ | WRITE | PRIVATE_CLONE]) {
      const { vmo } = await ok(file.proxy.getBackingMemory({ flags }));
      t.is(Buffer.from(vmo.read(0n, 7)).toString(), "content");
      t.is(vmo.getStreamSize(), 7n);
    }
    for (const flags of [READ | WRITE, READ | SHARED_BUFFER]) {
      t.is(await statusOf(file.proxy.getBackingMemory({ flags })), NOT_SUPPORTED);
    }
    t.is(await statusOf(file.proxy.getBackingMemory({ flags: EXECUTE })), ACCESS_DENIED);
  });

  test(`times of nodes ${where} are set, and nothing else`, async (t) => {
    const opener = new Opener(t, nullKernel(t));
    const root = opener.connect(make(t));
    const file = opener.file(root, "file", READ_WRITE | CREATE);
    const times = { modificationTime: 1_000_000_000n, accessTime: 2_000_000_000n };
    for (const { proxy } of [file, root]) {
      t.is(await statusOf(proxy.updateAttributes({ payload: times })), 0);
      const { mutableAttributes } = await ok(proxy.getAttributes({ query: 0x1080n }));
      t.deepEqual(mutableAttributes, times);
      for (const payload of [{ mode: 0o644 }, { uid: 1 }, { ...times, gid: 1 }]) {
        t.is(await statusOf(proxy.updateAttributes({ payload })), NOT_SUPPORTED);
      }
    }
    // One of them stays.
    t.is(await statusOf(file.proxy.updateAttributes({ payload: { modificationTime: 0n } })), 0);
    const { mutableAttributes } = await ok(file.proxy.getAttributes({ query: 0x1080n }));
    t.deepEqual(mutableAttributes, { ...times, modificationTime: 0n });
    // In the dialect of 2020, too.
    const old = opener.client(fidl.io.File, file.intoChannel());
    const { attributes } = await old.proxy.getAttr();
    const set = { flags: 2, attributes: { ...attributes, modificationTime: 5_000_000_000n } };
    t.like(await old.proxy.setAttr(set), { s: 0 });
    t.is((await old.proxy.getAttr()).attributes.modificationTime, 5_000_000_000n);
  });

  test(`no file ${where} is longer than can be`, async (t) => {
    const opener = new Opener(t, nullKernel(t));
    const { proxy } = opener.file(opener.connect(make(t)), "file", READ_WRITE | CREATE);
    const full = new Set([FILE_BIG, NO_SPACE]);
    for (const offset of [2n ** 60n, 2n ** 63n, 2n ** 64n - 1n]) {
      t.true(full.has(await statusOf(proxy.writeAt({ data: bytes("x"), offset }))));
      t.true(full.has(await statusOf(proxy.resize({ length: offset }))));
    }
    await ok(proxy.seek({ origin: START, offset: 2n ** 62n }));
    t.true(full.has(await statusOf(proxy.write({ data: bytes("x") }))));
    t.is((await ok(proxy.getAttributes({ query: 4n }))).immutableAttributes.contentSize, 0n);
  });
}
