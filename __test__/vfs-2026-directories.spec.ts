import test, { type ExecutionContext } from "ava";

import type { Kernel } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { MemoryDirectory, PseudoDirectory, type VfsDirectory } from "../lib/vfs/index.js";
import { nullKernel } from "./support/kernel.js";
import {
  ALL,
  bytes,
  type DirectoryClient,
  Flags,
  namesIn,
  ok,
  Opener,
  read,
  READABLE,
  statusOf,
  WRITABLE,
  WRITTEN,
} from "./support/vfs-2026.js";

const READ_WRITE = READABLE | WRITABLE;
const FILE = READ_WRITE | Flags.FLAG_MUST_CREATE | Flags.PROTOCOL_FILE;
const DIRECTORY = READ_WRITE | Flags.FLAG_MUST_CREATE | Flags.PROTOCOL_DIRECTORY;
const MUST_BE_DIRECTORY = { flags: fidl.io2026.UnlinkFlags.members.MUST_BE_DIRECTORY };

const NOT_SUPPORTED = -2;
const INVALID_ARGS = -10;
const BAD_HANDLE = -11;
const NOT_FOUND = -25;
const ALREADY_EXISTS = -26;
const UNAVAILABLE = -28;
const ACCESS_DENIED = -30;
const NOT_DIR = -51;
const NOT_FILE = -52;
const NOT_EMPTY = -55;

interface Fixture {
  readonly kernel: Kernel;
  readonly opener: Opener;
  readonly root: DirectoryClient;
  readonly dir: DirectoryClient;
}

/** A tree with `file`, `other`, `dir/inner` and `empty`. */
async function fixture(
  t: ExecutionContext,
  make: (t: ExecutionContext) => VfsDirectory,
): Promise<Fixture> {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const root = opener.connect(make(t));
  const dir = opener.directory(root, "dir", DIRECTORY);
  for (const path of ["file", "other", "dir/inner"]) {
    await ok(opener.file(root, path, FILE).proxy.write({ data: bytes(path) }));
  }
  await ok(opener.directory(root, "empty", DIRECTORY).proxy.getFlags());
  return { kernel, opener, root, dir };
}

async function token({ proxy }: DirectoryClient) {
  return (await proxy.getToken()).token! as never;
}

async function rename(from: DirectoryClient, src: string, to: DirectoryClient, dst: string) {
  return statusOf(from.proxy.rename({ src, dst, dstParentToken: await token(to) }));
}

async function link(from: DirectoryClient, src: string, to: DirectoryClient, dst: string) {
  return (await from.proxy.link({ src, dst, dstParentToken: await token(to) })).s;
}

async function names(client: DirectoryClient): Promise<string[]> {
  await client.proxy.rewind();
  return (await namesIn(client)).slice(1);
}

for (const [where, make] of WRITTEN) {
  test(`directories ${where} are filled at any depth, and listed`, async (t) => {
    const { opener, root, dir } = await fixture(t, make);
    t.deepEqual(await names(root), ["dir", "empty", "file", "other"]);
    t.deepEqual(await names(dir), ["inner"]);
    let path = "empty";
    for (let depth = 0; depth < 20; depth++) {
      path += "/d";
      t.is(await opener.outcome(root, path, DIRECTORY), "directory");
    }
    t.is(await opener.outcome(root, `${path}/file`, FILE), "file");
    t.is(await opener.outcome(root, `${path}/file`, FILE), "ALREADY_EXISTS");
    t.is(await opener.outcome(root, path, DIRECTORY), "ALREADY_EXISTS");
    t.is(await opener.outcome(root, "missing/d", DIRECTORY), "NOT_FOUND");
    t.is(await opener.outcome(root, "file/d", DIRECTORY), "NOT_DIR");
    t.is(await opener.outcome(root, "a".repeat(255), FILE), "file");
    t.is(await opener.outcome(root, "a".repeat(256), FILE), "BAD_PATH");
  });

  test(`entries ${where} are removed`, async (t) => {
    const { opener, root, dir } = await fixture(t, make);
    const unlink = async (name: string, options = {}) =>
      statusOf(root.proxy.unlink({ name, options }));
    const open = opener.file(root, "file", READ_WRITE);
    t.is(await read(open), "file");
    t.is(await unlink("file", MUST_BE_DIRECTORY), NOT_DIR);
    t.is(await unlink("file"), 0);
    t.is(await unlink("file"), NOT_FOUND);
    t.is(await unlink("dir"), NOT_EMPTY);
    t.is(await unlink("empty", MUST_BE_DIRECTORY), 0);
    for (const name of ["", ".", "..", "dir/inner", "dir/", "a\0"]) {
      t.is(await unlink(name), INVALID_ARGS, name);
    }
    t.deepEqual(await names(root), ["dir", "other"]);
    // What is open stays.
    t.is((await ok(open.proxy.write({ data: bytes("!") }))).actualCount, 1n);
    t.is(await statusOf(dir.proxy.unlink({ name: "inner", options: {} })), 0);
    t.is(await unlink("dir"), 0);
    // In what is gone nothing is made.
    t.is(await opener.outcome(dir, "new", FILE), "NOT_FOUND");
    t.is(await statusOf(dir.proxy.unlink({ name: "inner", options: {} })), NOT_FOUND);
  });

  test(`entries ${where} are moved, also to where something is`, async (t) => {
    const { opener, root, dir } = await fixture(t, make);
    t.is(await rename(root, "file", root, "renamed"), 0);
    t.is(await rename(root, "file", root, "renamed"), NOT_FOUND);
    t.is(await rename(root, "renamed", dir, "moved"), 0);
    t.is(await rename(root, "other", dir, "moved"), 0);
    t.is(await read(opener.file(dir, "moved", READABLE)), "other");
    t.is(await rename(dir, "moved", dir, "moved"), 0);
    t.deepEqual(await names(dir), ["inner", "moved"]);
    // A directory takes the place of an empty one only.
    t.is(await rename(dir, "inner", root, "empty"), NOT_FILE);
    t.is(await rename(root, "empty", dir, "inner"), NOT_DIR);
    t.is(await rename(root, "empty", root, "dir"), NOT_EMPTY);
    t.is(await rename(root, "dir", root, "empty"), 0);
    t.deepEqual(await names(root), ["empty"]);
    t.is(await rename(root, "empty", root, "empty"), 0);
  });

  test(`no directory ${where} is moved into itself`, async (t) => {
    const { opener, root, dir } = await fixture(t, make);
    const deep = opener.directory(dir, "deep", DIRECTORY);
    t.is(await rename(root, "dir", dir, "x"), INVALID_ARGS);
    t.is(await rename(root, "dir", deep, "x"), INVALID_ARGS);
    t.deepEqual(await names(root), ["dir", "empty", "file", "other"]);
  });

  test(`names of moves ${where} are checked`, async (t) => {
    const { kernel, root, dir } = await fixture(t, make);
    t.is(await rename(root, ".", dir, "x"), UNAVAILABLE);
    t.is(await rename(root, "file", dir, "."), INVALID_ARGS);
    for (const name of ["", "..", "a/b"]) {
      t.is(await rename(root, name, dir, "x"), INVALID_ARGS, name);
      t.is(await rename(root, "file", dir, name), INVALID_ARGS, name);
    }
    // A slash at the end says that it is a directory.
    t.is(await rename(root, "file/", dir, "x"), NOT_DIR);
    t.is(await rename(root, "file", dir, "x/"), NOT_DIR);
    t.is(await rename(root, "empty/", dir, "x/"), 0);
    const move = { src: "file", dst: "x", dstParentToken: kernel.createEvent() };
    t.is(await statusOf(root.proxy.rename(move)), INVALID_ARGS);
    const last = await token(dir);
    await ok(dir.proxy.close());
    await t.throwsAsync(dir.proxy.sync());
    t.is(
      await statusOf(root.proxy.rename({ src: "file", dst: "x", dstParentToken: last })),
      INVALID_ARGS,
    );
  });

  test(`what moves and links ${where} take is asked of both connections`, async (t) => {
    const { opener, root, dir } = await fixture(t, make);
    const reading = opener.directory(root, ".", READABLE);
    const move = { src: "file", dst: "x", dstParentToken: await token(dir) };
    t.is(await statusOf(reading.proxy.rename(move)), BAD_HANDLE);
    t.like(await reading.proxy.getToken(), { s: BAD_HANDLE });
    t.is(await statusOf(reading.proxy.unlink({ name: "file", options: {} })), BAD_HANDLE);
    // Who cannot read must not move something to where it can be read.
    const writing = opener.directory(root, ".", WRITABLE);
    t.is(await rename(writing, "file", dir, "x"), ACCESS_DENIED);
    t.is(await rename(writing, "file", writing, "x"), 0);
  });

  test(`files ${where} have several names`, async (t) => {
    const { opener, root, dir } = await fixture(t, make);
    t.is(await link(root, "file", dir, "linked"), 0);
    t.is(await link(root, "file", dir, "linked"), ALREADY_EXISTS);
    t.is(await link(root, "missing", dir, "x"), NOT_FOUND);
    t.is(await link(root, "dir", dir, "x"), NOT_FILE);
    const file = opener.file(root, "file", READ_WRITE);
    await ok(file.proxy.write({ data: bytes("FILE") }));
    t.is(await read(opener.file(dir, "linked", READABLE)), "FILE");
    const { immutableAttributes } = await ok(file.proxy.getAttributes({ query: 0x10n }));
    t.is(immutableAttributes.linkCount, 2n);
    t.is(await statusOf(root.proxy.unlink({ name: "file", options: {} })), 0);
    t.is(await read(opener.file(dir, "linked", READABLE)), "FILE");
  });

  test(`nothing is moved or linked out of a directory ${where}`, async (t) => {
    const kernel = nullKernel(t);
    const opener = new Opener(t, kernel);
    const [one, two] = [make(t), make(t)];
    const top = opener.connect(new PseudoDirectory({ one, two }));
    const from = opener.directory(top, "one", READ_WRITE);
    const to = opener.directory(top, "two", READ_WRITE);
    t.is(await opener.outcome(from, "file", FILE), "file");
    t.is(await rename(from, "file", to, "x"), NOT_SUPPORTED);
    t.is(await link(from, "file", to, "x"), NOT_SUPPORTED);
  });

  test(`there are no symbolic links ${where}`, async (t) => {
    const { kernel, opener, root } = await fixture(t, make);
    const target = bytes("file");
    t.is(await statusOf(root.proxy.createSymlink({ name: "link", target })), NOT_SUPPORTED);
    t.is(await statusOf(root.proxy.createSymlink({ name: "..", target })), INVALID_ARGS);
    const reading = opener.directory(root, ".", READABLE);
    const [end, connection] = kernel.createChannel();
    const request = { name: "link", target, connection };
    t.is(await statusOf(reading.proxy.createSymlink(request)), ACCESS_DENIED);
    const client = opener.client(fidl.io2026.Symlink, end);
    await t.throwsAsync(client.nextEvent(), { code: "ZX_ERR_ACCESS_DENIED" });
    t.is(await opener.outcome(root, "link", FILE | Flags.PROTOCOL_SYMLINK), "INVALID_ARGS");
    t.is(await opener.outcome(root, "file", Flags.PROTOCOL_SYMLINK), "WRONG_TYPE");
  });
}

test("a file in memory that is open gets a name by LinkInto, while it has one", async (t) => {
  const { kernel, opener, root, dir } = await fixture(t, () => new MemoryDirectory());
  const { proxy } = opener.file(root, "file", READ_WRITE);
  const linkInto = async (dst: string, dstParentToken?: never) =>
    statusOf(proxy.linkInto({ dst, dstParentToken: dstParentToken ?? (await token(dir)) }));
  t.is(await linkInto("linked"), 0);
  t.is(await linkInto("linked"), ALREADY_EXISTS);
  t.is(await linkInto(".."), INVALID_ARGS);
  t.is(await linkInto("x", kernel.createEvent() as never), NOT_FOUND);
  t.is(await read(opener.file(dir, "linked", READABLE)), "file");
  await ok(root.proxy.unlink({ name: "file", options: {} }));
  t.is(await linkInto("again"), 0);
  for (const name of ["linked", "again"]) {
    await ok(dir.proxy.unlink({ name, options: {} }));
  }
  t.is(await linkInto("late"), NOT_FOUND);
  const elsewhere = opener.connect(new MemoryDirectory());
  t.is(await linkInto("x", await token(elsewhere)), NOT_FOUND);
});

test("clients change nothing in a pseudo-directory", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const directory = new PseudoDirectory({ file: "" });
  const root = opener.connect(directory);
  const dstParentToken = () => kernel.createEvent();
  const place = { src: "file", dst: "x" };
  t.is(await statusOf(root.proxy.unlink({ name: "file", options: {} })), NOT_SUPPORTED);
  const move = { ...place, dstParentToken: dstParentToken() };
  t.is(await statusOf(root.proxy.rename(move)), NOT_SUPPORTED);
  t.like(await root.proxy.link({ ...place, dstParentToken: dstParentToken() }), {
    s: NOT_SUPPORTED,
  });
  t.like(await root.proxy.getToken(), { s: NOT_SUPPORTED });
  t.is(await statusOf(root.proxy.updateAttributes({ payload: {} })), NOT_SUPPORTED);
  t.is(await statusOf(root.proxy.advisoryLock({ request: { type: 1 } })), NOT_SUPPORTED);
  t.is(await statusOf(root.proxy.setFlags({ flags: 0n })), NOT_SUPPORTED);
  t.deepEqual(await root.proxy.queryFilesystem(), { s: NOT_SUPPORTED });
  t.is(await statusOf(root.proxy.sync()), 0);
  t.is(await opener.outcome(root, "x", ALL & FILE), "NOT_FOUND");
});

test("a listing is one, whichever dialect goes on with it", async (t) => {
  const opener = new Opener(t, nullKernel(t));
  const root = opener.connect(new PseudoDirectory({ a: "", b: "", c: "" }));
  t.is((await root.proxy.readDirents({ maxBytes: 22n })).dirents.length, 22);
  const old = opener.client(fidl.io.Directory, root.intoChannel());
  t.is((await old.proxy.readDirents({ maxBytes: 8192n })).dirents.length, 22);
  const again = opener.client(fidl.io2026.Directory, old.intoChannel());
  t.deepEqual(await namesIn(again), []);
  t.deepEqual(await names(again), ["a", "b", "c"]);
  // A clone has one of its own.
  t.deepEqual(await namesIn(opener.clone(fidl.io2026.Directory, again)), [".", "a", "b", "c"]);
});
