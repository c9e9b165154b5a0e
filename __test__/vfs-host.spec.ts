import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import test, { type ExecutionContext } from "ava";

import { type Kernel, Rights } from "../index.js";
import { HostTree } from "../lib/vfs/host/host-tree.js";
import { HostDirectory, OpenFlags, PseudoDirectory, VmoFlags } from "../lib/vfs/index.js";
import { directoryWith } from "./support/directory.js";
import { nullKernel } from "./support/kernel.js";
import { connect, type DirectoryClient, type FileClient, namesIn, Opener } from "./support/vfs.js";

const {
  READABLE,
  WRITABLE,
  EXECUTABLE,
  CREATE,
  CREATE_IF_ABSENT,
  DIRECTORY,
  TRUNCATE,
  APPEND,
  CLONE_SAME_RIGHTS,
} = OpenFlags;
const { READ, EXEC, PRIVATE, EXACT, WRITE } = VmoFlags;
const READ_WRITE = READABLE | WRITABLE;
const MODE_DIRECTORY = 0x4000;
const MODE_FILE = 0x8000;
const BAD_HANDLE = -11;
const INVALID_ARGS = -10;
const NOT_SUPPORTED = -2;
const UNAVAILABLE = -28;
const NOT_FOUND = -25;
const NOT_DIR = -51;
const NOT_FILE = -52;
const NOT_EMPTY = -55;

const bytes = (content: string) => new TextEncoder().encode(content);

interface Fixture {
  readonly kernel: Kernel;
  /** Of the host. */
  readonly path: string;
  readonly root: DirectoryClient;
  readonly opener: Opener;
}

/** A directory of the host that is served, in one with a file that must not be reached. */
function fixture(t: ExecutionContext, rights?: number): Fixture {
  const outer = directoryWith(t, {
    "secret.txt": "secret",
    "root/file.txt": "content",
    "root/lib/libfoo.so": "library",
    // What begins with the root's name is not in it.
    "root2/secret.txt": "secret",
  });
  const path = join(outer, "root");
  const kernel = nullKernel(t);
  const directory = new HostDirectory(path, rights === undefined ? {} : { rights });
  return { kernel, path, root: connect(t, kernel, directory), opener: new Opener(t, kernel) };
}

async function read({ proxy }: FileClient): Promise<string> {
  const { s, data } = await proxy.read({ count: 8192n });
  return s === 0 ? Buffer.from(data).toString() : String(s);
}

test("files and directories of the host are there", async (t) => {
  const { path, root, opener } = fixture(t);
  t.is(await read(opener.file(root, "file.txt", READABLE)), "content");
  t.is(await read(opener.file(root, "lib/libfoo.so", READABLE)), "library");
  t.deepEqual(await namesIn(root), [".", "file.txt", "lib"]);
  t.deepEqual(await namesIn(opener.directory(root, "lib", READABLE)), [".", "libfoo.so"]);
  t.is(await opener.status(root, "missing", READABLE), "NOT_FOUND");
  t.is(await opener.status(root, "file.txt/x", READABLE), "NOT_DIR");
  writeFileSync(join(path, "later"), "");
  t.is(await opener.status(root, "later", READABLE), "OK");
});

test("a URL names a directory as well; what is none is the caller's mistake", (t) => {
  const { path } = fixture(t);
  t.notThrows(() => new HostDirectory(pathToFileURL(path)));
  t.throws(() => new HostDirectory(join(path, "missing")), { code: "ENOENT" });
  t.throws(() => new HostDirectory(join(path, "file.txt")), { code: "ERR_INVALID_ARG_VALUE" });
  t.throws(() => new HostDirectory(undefined as never), { code: "ERR_INVALID_ARG_TYPE" });
  t.throws(() => new HostDirectory(path, { rights: 16 }), { code: "ERR_INVALID_ARG_VALUE" });
});

test("an executable buffer comes with the file's name", async (t) => {
  const { root, opener } = fixture(t);
  const { proxy } = opener.file(root, "lib/libfoo.so", READABLE | EXECUTABLE);
  const { buffer } = await proxy.getBuffer({ flags: READ | EXEC | PRIVATE });
  t.is(buffer?.vmo.getName(), "libfoo.so");
  t.not((buffer?.vmo.rights ?? 0) & Rights.EXECUTE, 0);
  t.is(buffer?.size, 7n);
});

test("attributes are the host's", async (t) => {
  const { path, root, opener } = fixture(t);
  const { attributes } = await opener.file(root, "file.txt", READABLE).proxy.getAttr();
  const stats = lstatSync(join(path, "file.txt"), { bigint: true });
  t.deepEqual(attributes, {
    mode: 0o100500,
    id: stats.ino,
    contentSize: 7n,
    storageSize: stats.blocks * 512n,
    linkCount: 1n,
    creationTime: stats.birthtimeNs,
    modificationTime: stats.mtimeNs,
  });
  t.is((await root.proxy.getAttr()).attributes.mode, 0o40500);
});

test("by default nothing is written, and less may be given", async (t) => {
  const whole = fixture(t);
  t.is(await whole.opener.status(whole.root, "file.txt", READABLE | EXECUTABLE), "OK");
  t.is(await whole.opener.status(whole.root, "file.txt", READ_WRITE), "ACCESS_DENIED");
  t.is(await whole.opener.status(whole.root, "new", READABLE | CREATE), "ACCESS_DENIED");
  t.like(await whole.root.proxy.unlink({ path: "file.txt" }), { s: BAD_HANDLE });

  const reading = fixture(t, READABLE);
  t.is(await reading.opener.status(reading.root, "file.txt", READABLE), "OK");
  t.is(await reading.opener.status(reading.root, "file.txt", EXECUTABLE), "ACCESS_DENIED");
  const { proxy } = reading.opener.file(reading.root, "file.txt", READABLE);
  t.like(await proxy.getBuffer({ flags: READ | EXEC }), { s: -30 });
});

test("a directory of the host keeps its rights below one that has more", async (t) => {
  const { path, kernel, opener } = fixture(t);
  const pkg = new HostDirectory(path, { rights: READABLE });
  const root = connect(t, kernel, new PseudoDirectory({ pkg }));
  t.is(await opener.status(root, "pkg/file.txt", READABLE), "OK");
  t.is(await opener.status(root, "pkg/file.txt", READABLE | EXECUTABLE), "ACCESS_DENIED");
  t.is(await opener.status(root, "pkg/lib", READABLE | WRITABLE), "ACCESS_DENIED");
  const lib = opener.directory(root, "pkg/lib", READABLE | OpenFlags.POSIX);
  t.is((await lib.proxy.nodeGetFlags()).flags, READABLE);
});

test("no path leads out", async (t) => {
  const { root, opener } = fixture(t, READ_WRITE);
  for (const path of ["..", "../secret.txt", "lib/../../secret.txt", "/etc/passwd", "lib/.."]) {
    t.is(await opener.status(root, path, READABLE), "INVALID_ARGS", path);
  }
  t.like(await root.proxy.unlink({ path: "../secret.txt" }), { s: INVALID_ARGS });
  t.is(await opener.status(root, "../new", READABLE | CREATE), "INVALID_ARGS");
});

test("links out are refused, those inside are followed", async (t) => {
  const { path, root, opener } = fixture(t);
  const outer = join(path, "..");
  symlinkSync(join(outer, "secret.txt"), join(path, "absolute"));
  symlinkSync("../secret.txt", join(path, "relative"));
  symlinkSync("..", join(path, "parent"));
  symlinkSync("../root2", join(path, "sibling"));
  symlinkSync("../../root2/secret.txt", join(path, "lib/deep"));
  symlinkSync("parent", join(path, "twice"));
  symlinkSync("/", join(path, "slash"));
  for (const link of [
    "absolute",
    "relative",
    "parent",
    "parent/secret.txt",
    "sibling",
    "sibling/secret.txt",
    "twice/secret.txt",
    "slash/etc",
    "lib/deep",
  ]) {
    t.is(await opener.status(root, link, READABLE), "ACCESS_DENIED", link);
  }
  symlinkSync("lib/libfoo.so", join(path, "inside"));
  symlinkSync(join(path, "lib"), join(path, "inside-absolute"));
  symlinkSync("../lib", join(path, "lib/itself"));
  symlinkSync("../../root/file.txt", join(path, "lib/out-and-in"));
  t.is(await read(opener.file(root, "inside", READABLE)), "library");
  t.is(await read(opener.file(root, "inside-absolute/libfoo.so", READABLE)), "library");
  t.is(await read(opener.file(root, "lib/itself/itself/libfoo.so", READABLE)), "library");
  t.is(await read(opener.file(root, "lib/out-and-in", READABLE)), "content");

  // A directory lists what can be opened.
  t.deepEqual(await namesIn(root), [".", "file.txt", "inside", "inside-absolute", "lib"]);
});

test("a link in a circle leads nowhere", async (t) => {
  const { path, root, opener } = fixture(t);
  symlinkSync("b", join(path, "a"));
  symlinkSync("a", join(path, "b"));
  t.is(await opener.status(root, "a", READABLE), "IO");
});

test("a directory that has become a link out is refused by who has it open", async (t) => {
  const { path, root, opener } = fixture(t, READ_WRITE);
  const lib = opener.directory(root, "lib", READ_WRITE);
  t.deepEqual(await namesIn(lib), [".", "libfoo.so"]);
  rmSync(join(path, "lib"), { recursive: true });
  symlinkSync("../root2", join(path, "lib"));
  t.is(await opener.status(lib, "secret.txt", READABLE), "ACCESS_DENIED");
  t.like(await lib.proxy.rewind(), { s: 0 });
  t.like(await lib.proxy.readDirents({ maxBytes: 8192n }), { s: -30 });
  t.like(await lib.proxy.getAttr(), { s: -30 });
  t.is(await opener.status(lib, "new", READABLE | CREATE), "ACCESS_DENIED");
  t.like(await lib.proxy.unlink({ path: "secret.txt" }), { s: -30 });
  t.deepEqual(readdirSync(join(path, "../root2")), ["secret.txt"]);
});

test("the root may be a link, and stays where it was", async (t) => {
  const { path, kernel, opener } = fixture(t);
  const link = join(path, "../link");
  symlinkSync("root", link);
  const root = connect(t, kernel, new HostDirectory(link));
  t.is(await read(opener.file(root, "file.txt", READABLE)), "content");
  rmSync(link);
  symlinkSync("root2", link);
  t.is(await opener.status(root, "secret.txt", READABLE), "NOT_FOUND");
});

test("a root that is gone has nothing", async (t) => {
  const { path, root, opener } = fixture(t);
  renameSync(path, `${path}-away`);
  t.is(await opener.status(root, "file.txt", READABLE), "NOT_FOUND");
  t.like(await root.proxy.readDirents({ maxBytes: 100n }), { s: NOT_FOUND });
});

test("what is open stays the file that it was", async (t) => {
  const { path, root, opener } = fixture(t);
  const file = opener.file(root, "file.txt", READABLE);
  await file.proxy.describe();
  writeFileSync(join(path, "new"), "replaced");
  renameSync(join(path, "new"), join(path, "file.txt"));
  const clone = opener.cloneFile(file, CLONE_SAME_RIGHTS);
  t.is(await read(file), "content");
  t.is(await read(clone), "content");
  t.is(await read(opener.file(root, "file.txt", READABLE)), "replaced");
});

test("clients write files", async (t) => {
  const { path, root, opener } = fixture(t, READ_WRITE);
  const file = opener.file(root, "file.txt", READ_WRITE);
  const { proxy } = file;
  t.deepEqual(await proxy.write({ data: bytes("CON") }), { s: 0, actual: 3n });
  t.is(await read(file), "tent");
  t.deepEqual(await proxy.writeAt({ data: bytes("!"), offset: 9n }), { s: 0, actual: 1n });
  t.is(readFileSync(join(path, "file.txt"), "utf8"), "CONtent\0\0!");
  t.deepEqual(await proxy.seek({ offset: 0n, start: 2 }), { s: 0, offset: 10n });
  t.is(await read(file), "");
  t.deepEqual(await proxy.truncate({ length: 3n }), { s: 0 });
  t.is(readFileSync(join(path, "file.txt"), "utf8"), "CON");
  t.like(await proxy.writeAt({ data: bytes("!"), offset: 2n ** 60n }), { s: -53 });
  t.like(await proxy.truncate({ length: 2n ** 60n }), { s: -53 });

  const appending = opener.file(root, "file.txt", READ_WRITE | APPEND);
  t.like(await appending.proxy.write({ data: bytes("TENT") }), { s: 0, actual: 4n });
  t.deepEqual(await appending.proxy.seek({ offset: 0n, start: 1 }), { s: 0, offset: 7n });
  t.is(readFileSync(join(path, "file.txt"), "utf8"), "CONTENT");
  t.is(await opener.status(root, "file.txt", READ_WRITE | TRUNCATE), "OK");
  t.is(readFileSync(join(path, "file.txt"), "utf8"), "");
});

test("buffers of a file that is written are copies", async (t) => {
  const { root, opener } = fixture(t, READ_WRITE | EXECUTABLE);
  const { proxy } = opener.file(root, "file.txt", READ_WRITE);
  await proxy.write({ data: bytes("CON") });
  for (const flags of [READ, READ | PRIVATE, READ | WRITE | PRIVATE]) {
    const { s, buffer } = await proxy.getBuffer({ flags });
    t.is(s, 0);
    t.is(Buffer.from(buffer!.vmo.read(0n, 7)).toString(), "CONtent");
  }
  t.like(await proxy.getBuffer({ flags: READ | WRITE }), { s: NOT_SUPPORTED });
  t.like(await proxy.getBuffer({ flags: READ | EXACT }), { s: NOT_SUPPORTED });
});

test("clients make files and directories", async (t) => {
  const { path, root, opener } = fixture(t, READ_WRITE);
  const made = opener.file(root, "lib/new", READ_WRITE | CREATE, MODE_FILE);
  t.like(await made.proxy.write({ data: bytes("text") }), { s: 0 });
  t.is(readFileSync(join(path, "lib/new"), "utf8"), "text");
  const exclusive = READ_WRITE | CREATE | CREATE_IF_ABSENT;
  t.is(await opener.status(root, "lib/new", exclusive), "ALREADY_EXISTS");
  t.is(await opener.status(root, "lib/new", READ_WRITE | CREATE), "OK");
  t.is(await opener.status(root, "dir", READ_WRITE | CREATE | DIRECTORY, MODE_DIRECTORY), "OK");
  t.true(lstatSync(join(path, "dir")).isDirectory());
  t.is(await opener.status(root, "dir/inner", exclusive), "OK");
  t.is(await opener.status(root, "missing/inner", exclusive), "NOT_FOUND");
});

test("nothing is made through a link out", async (t) => {
  const { path, root, opener } = fixture(t, READ_WRITE);
  symlinkSync("../made", join(path, "dangling"));
  t.is(await opener.status(root, "dangling", READ_WRITE | CREATE), "ALREADY_EXISTS");
  t.false(readdirSync(join(path, "..")).includes("made"));
});

test("clients remove what they may", async (t) => {
  const { path, root, opener } = fixture(t, READ_WRITE);
  mkdirSync(join(path, "empty"));
  symlinkSync("../secret.txt", join(path, "link"));
  const unlink = async (name: string) => (await root.proxy.unlink({ path: name })).s;
  t.is(await unlink("file.txt/"), NOT_DIR);
  t.is(await unlink("file.txt"), 0);
  t.is(await unlink("file.txt"), NOT_FOUND);
  t.is(await unlink("lib"), NOT_EMPTY);
  t.is(await unlink("empty/"), 0);
  t.is(await unlink("link"), 0);
  t.is(await unlink("."), UNAVAILABLE);
  t.is(await unlink(""), INVALID_ARGS);
  t.is(await unlink("lib/libfoo.so"), INVALID_ARGS);
  t.deepEqual(readdirSync(path), ["lib"]);
  t.is(readFileSync(join(path, "../secret.txt"), "utf8"), "secret");
  const reading = opener.directory(root, ".", READABLE);
  t.like(await reading.proxy.unlink({ path: "lib" }), { s: BAD_HANDLE });
});

test("tokens tell where entries are moved and linked to", async (t) => {
  const { kernel, path, root, opener } = fixture(t, READ_WRITE);
  const lib = opener.directory(root, "lib", READ_WRITE);
  const token = async () => (await lib.proxy.getToken()).token!;
  const first = await token();
  t.is(first.rights, Rights.BASIC);
  // A connection has one.
  t.is(first.koid, (await token()).koid);
  const { proxy } = root;
  const link = { src: "file.txt", dst: "linked" };
  t.deepEqual(await proxy.link({ ...link, dstParentToken: await token() }), { s: 0 });
  const move = { src: "file.txt", dst: "moved" };
  t.deepEqual(await proxy.rename({ ...move, dstParentToken: first }), { s: 0 });
  t.deepEqual(readdirSync(path), ["lib"]);
  t.deepEqual(readdirSync(join(path, "lib")).sort(), ["libfoo.so", "linked", "moved"]);
  t.is(lstatSync(join(path, "lib/moved")).nlink, 2);

  const rename = async (src: string, dst: string, dstParentToken = token()) =>
    (await proxy.rename({ src, dst, dstParentToken: await dstParentToken })).s;
  t.is(await rename("missing", "x"), NOT_FOUND);
  t.is(await rename("lib", "../x"), INVALID_ARGS);
  t.is(await rename("", "x"), INVALID_ARGS);
  t.is(await rename(".", "x"), UNAVAILABLE);
  t.is(await rename("lib", "."), INVALID_ARGS);
  // A slash says that it is a directory.
  writeFileSync(join(path, "plain"), "");
  t.is(await rename("plain/", "x"), NOT_DIR);
  t.is(await rename("plain", "x/"), NOT_DIR);
  for (const names of [
    { src: "plain/", dst: "x" },
    { src: "plain", dst: "x/" },
  ]) {
    t.like(await proxy.link({ ...names, dstParentToken: await token() }), { s: NOT_DIR });
  }
  t.like(await proxy.link({ src: "lib", dst: "x", dstParentToken: await token() }), {
    s: NOT_FILE,
  });
  // Into itself.
  t.is(await rename("lib", "x"), INVALID_ARGS);
  symlinkSync("../secret.txt", join(path, "out"));
  const steal = { src: "out", dst: "stolen", dstParentToken: await token() };
  t.like(await proxy.link(steal), { s: -30 });
  t.is(await rename("lib", "x", Promise.resolve(kernel.createEvent())), INVALID_ARGS);
  // A token is worth nothing once its connection is closed.
  const last = await token();
  await lib.proxy.close();
  await lib.proxy.describe().catch(() => {});
  t.is(await rename("lib", "x", Promise.resolve(last)), INVALID_ARGS);
  const reading = opener.directory(root, "lib", READABLE);
  t.like(await reading.proxy.getToken(), { s: BAD_HANDLE });
});

test("nothing is moved from one directory of the host to another", async (t) => {
  const { kernel, path, opener } = fixture(t);
  const rights = { rights: READ_WRITE };
  const one = new HostDirectory(path, rights);
  const two = new HostDirectory(join(path, "../root2"), rights);
  const root = connect(t, kernel, new PseudoDirectory({ one, two }));
  const target = opener.directory(root, "two", READ_WRITE);
  const source = opener.directory(root, "one", READ_WRITE);
  const dstParentToken = (await target.proxy.getToken()).token!;
  const request = { src: "file.txt", dst: "x", dstParentToken };
  t.like(await source.proxy.rename(request), { s: NOT_SUPPORTED });
});

test("names that are no UTF-8 are left out", async (t) => {
  const { path, root } = fixture(t);
  try {
    writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.of(0xff, 0x61)]), "");
  } catch {
    t.log("This file system has no such names.");
  }
  linkSync(join(path, "file.txt"), join(path, "é"));
  t.deepEqual(await namesIn(root), [".", "file.txt", "lib", "é"]);
});

test("one file after the other goes to the disk, whichever fails", async (t) => {
  const done: string[] = [];
  const first = HostTree.sync(async () => {
    done.push("begun");
    await setImmediate();
    done.push("failed");
    throw new Error("full");
  });
  const second = HostTree.sync(async () => void done.push("second"));
  await t.throwsAsync(first, { message: "full" });
  await second;
  t.deepEqual(done, ["begun", "failed", "second"]);
});
