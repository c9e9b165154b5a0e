import test, { type ExecutionContext } from "ava";

import { io2026 } from "../lib/fidl/index.js";
import { MemoryDirectory, NodeRights, PseudoDirectory } from "../lib/vfs/index.js";
import { nullKernel } from "./support/kernel.js";
import { settlesTo } from "./support/settled.js";
import { parseDirents } from "./support/vfs.js";
import {
  bytes,
  type DirectoryClient,
  Flags,
  ok,
  Opener,
  read,
  READABLE,
  statusOf,
  WRITABLE,
} from "./support/vfs-2026.js";

const READ_WRITE = READABLE | WRITABLE;
const FILE = READ_WRITE | Flags.FLAG_MAYBE_CREATE | Flags.PROTOCOL_FILE;
const DIRECTORY = READ_WRITE | Flags.FLAG_MUST_CREATE | Flags.PROTOCOL_DIRECTORY;
const NO_SPACE = -54;
const ID = io2026.NodeAttributesQuery.members.ID;
/** What an entry takes. */
const ENTRY = 512;

/** A directory in memory with room for this much besides, and a connection to it. */
function fixture(t: ExecutionContext, capacity: number) {
  const opener = new Opener(t, nullKernel(t));
  return { opener, root: opener.connect(new MemoryDirectory({ capacity })) };
}

async function unlink({ proxy }: DirectoryClient, name: string): Promise<void> {
  await ok(proxy.unlink({ name, options: {} }));
}

test("a directory in memory is read and written by default, and may be more or less", (t) => {
  t.is(new MemoryDirectory().rights, NodeRights.READABLE | NodeRights.WRITABLE);
  t.is(new MemoryDirectory({ rights: NodeRights.READABLE }).rights, NodeRights.READABLE);
  t.throws(() => new MemoryDirectory({ rights: 16 }), { code: "ERR_INVALID_ARG_VALUE" });
  t.throws(() => new MemoryDirectory({ capacity: -1 }), { code: "ERR_OUT_OF_RANGE" });
  t.throws(() => new MemoryDirectory({ capacity: "1" as never }), {
    code: "ERR_INVALID_ARG_TYPE",
  });
  t.throws(() => new MemoryDirectory({ size: 1 } as never), { code: "ERR_INVALID_ARG_VALUE" });
});

test("what is in memory is executed where its embedder says so", async (t) => {
  const opener = new Opener(t, nullKernel(t));
  const root = opener.connect(new MemoryDirectory({ rights: 0b1011 }));
  const { proxy } = opener.file(root, "file", FILE | Flags.PERM_EXECUTE);
  await ok(proxy.write({ data: bytes("code") }));
  const { vmo } = await ok(proxy.getBackingMemory({ flags: 0x1_0005 }));
  t.is(Buffer.from(vmo.read(0n, 4)).toString(), "code");
});

test("a directory in memory holds as much as it has room for, and not a byte more", async (t) => {
  const { opener, root } = fixture(t, ENTRY + 100);
  const { proxy } = opener.file(root, "file", FILE);
  await ok(proxy.write({ data: new Uint8Array(60) }));
  t.is(await statusOf(proxy.write({ data: new Uint8Array(41) })), NO_SPACE);
  t.is(await statusOf(proxy.resize({ length: 101n })), NO_SPACE);
  t.is((await ok(proxy.getAttributes({ query: 4n }))).immutableAttributes.contentSize, 60n);
  await ok(proxy.write({ data: new Uint8Array(40) }));
  t.is(await opener.outcome(root, "other", FILE), "NO_SPACE");
  t.is(await opener.outcome(root, "dir", DIRECTORY), "NO_SPACE");
  // What is cut off is room again.
  await ok(proxy.resize({ length: 0n }));
  await ok(proxy.write({ data: new Uint8Array(0) }));
  await ok(proxy.resize({ length: 100n }));
});

test("appending goes on to the last byte that there is room for", async (t) => {
  const { opener, root } = fixture(t, ENTRY + 1000);
  const { proxy } = opener.file(root, "file", FILE | Flags.FILE_APPEND);
  for (let size = 0; size < 1000; size += 10) {
    await ok(proxy.write({ data: new Uint8Array(10) }));
  }
  t.is(await statusOf(proxy.write({ data: new Uint8Array(1) })), NO_SPACE);
});

test("a name too many is refused, and a name that goes makes room", async (t) => {
  const { opener, root } = fixture(t, 2 * ENTRY);
  t.is(await opener.outcome(root, "a", FILE), "file");
  t.is(await opener.outcome(root, "b", DIRECTORY), "directory");
  t.is(await opener.outcome(root, "c", FILE), "NO_SPACE");
  const { token } = await root.proxy.getToken();
  const link = { src: "a", dst: "c", dstParentToken: token! };
  t.deepEqual(await root.proxy.link(link), { s: NO_SPACE });
  await unlink(root, "b");
  t.is(await opener.outcome(root, "c", FILE), "file");
});

test("moving something takes no room", async (t) => {
  const { opener, root } = fixture(t, 2 * ENTRY);
  t.is(await opener.outcome(root, "a", FILE), "file");
  t.is(await opener.outcome(root, "b", FILE), "file");
  for (const [src, dst] of [
    ["a", "c"],
    ["c", "b"],
  ] as const) {
    const { token } = await root.proxy.getToken();
    await ok(root.proxy.rename({ src, dst, dstParentToken: token! as never }));
  }
  t.is(await opener.outcome(root, "a", FILE), "file");
  t.is(await opener.outcome(root, "d", FILE), "NO_SPACE");
});

test("a file that is moved keeps its content and its number, open or not", async (t) => {
  const { opener, root } = fixture(t, 10_000);
  const file = opener.file(root, "a", FILE);
  await ok(file.proxy.write({ data: bytes("content") }));
  const { immutableAttributes: before } = await ok(file.proxy.getAttributes({ query: ID }));
  await ok(file.proxy.close());
  t.is(await opener.outcome(root, "taken", FILE), "file");
  for (const [src, dst] of [
    ["a", "b"],
    ["b", "taken"],
  ] as const) {
    const { token } = await root.proxy.getToken();
    await ok(root.proxy.rename({ src, dst, dstParentToken: token! as never }));
  }
  const moved = opener.file(root, "taken", READABLE);
  t.is(await read(moved), "content");
  const { immutableAttributes: after } = await ok(moved.proxy.getAttributes({ query: ID }));
  t.deepEqual(after, before);
});

test("no two nodes have the same number, which listings tell, too", async (t) => {
  const { opener, root } = fixture(t, 10_000);
  t.is(await opener.outcome(root, "dir", DIRECTORY), "directory");
  const dir = opener.directory(root, "dir", READ_WRITE);
  const nodes = [root, dir, opener.file(root, "file", FILE), opener.file(dir, "file", FILE)];
  const numbers = await Promise.all(
    nodes.map(async ({ proxy }) => {
      const { immutableAttributes } = await ok(proxy.getAttributes({ query: ID }));
      return immutableAttributes.id;
    }),
  );
  t.is(new Set(numbers).size, 4);
  t.false(numbers.includes(undefined));
  const { dirents } = await root.proxy.readDirents({ maxBytes: 8192n });
  const listed = new Map(parseDirents(dirents).map(({ name, id }) => [name, id]));
  t.deepEqual([listed.get("dir"), listed.get("file")], numbers.slice(1, 3));
});

test("a file that was removed takes room until nobody has it open", async (t) => {
  const { opener, root } = fixture(t, ENTRY + 100);
  const first = opener.file(root, "file", FILE);
  await ok(first.proxy.write({ data: new Uint8Array(100) }));
  const second = opener.file(root, "file", READABLE);
  await ok(second.proxy.getFlags());
  await unlink(root, "file");
  const other = opener.file(root, "other", FILE);
  t.is(await statusOf(other.proxy.write({ data: new Uint8Array(1) })), NO_SPACE);
  await ok(first.proxy.close());
  t.is(await statusOf(other.proxy.write({ data: new Uint8Array(1) })), NO_SPACE);
  await ok(second.proxy.close());
  await t.throwsAsync(second.proxy.sync());
  await ok(other.proxy.write({ data: new Uint8Array(100) }));
});

test("what is cut off a file does not come back when it grows", async (t) => {
  const { opener, root } = fixture(t, 10_000);
  const file = opener.file(root, "file", FILE);
  await ok(file.proxy.write({ data: bytes("0123456789") }));
  for (const length of [8n, 10n, 2n, 10n]) {
    await ok(file.proxy.resize({ length }));
  }
  await ok(file.proxy.seek({ origin: 0, offset: 0n }));
  t.is(await read(file), "01\0\0\0\0\0\0\0\0");
});

test("several connections and kernels see the same directory", async (t) => {
  const directory = new MemoryDirectory();
  const openers = [new Opener(t, nullKernel(t)), new Opener(t, nullKernel(t))] as const;
  const file = openers[0].file(openers[0].connect(directory), "file", FILE);
  await ok(file.proxy.write({ data: bytes("shared") }));
  t.is(await read(openers[1].file(openers[1].connect(directory), "file", READABLE)), "shared");
});

test("nothing leaks of what clients make in memory", async (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const opener = new Opener(t, kernel);
  const directory = new MemoryDirectory();
  const root = opener.connect(new PseudoDirectory({ tmp: directory }));
  const tmp = opener.directory(root, "tmp", READ_WRITE);
  const file = opener.file(tmp, "file", FILE);
  await ok(file.proxy.write({ data: bytes("content") }));
  const { vmo } = await ok(file.proxy.getBackingMemory({ flags: 1 }));
  vmo.close();
  const { token } = await tmp.proxy.getToken();
  await ok(tmp.proxy.rename({ src: "file", dst: "moved", dstParentToken: token! as never }));
  await unlink(tmp, "moved");
  [file, tmp, root].forEach((client) => client.close());
  await settlesTo(t, kernel, before);
});
