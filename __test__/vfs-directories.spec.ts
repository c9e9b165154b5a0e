import test from "ava";

import { ZirconiaError } from "../index.js";
import { OpenFlags, PseudoDirectory, PseudoFile, ServiceNode } from "../lib/vfs/index.js";
import { hex } from "./support/fidl.js";
import { nullKernel } from "./support/kernel.js";
import { connect, namesIn, Opener, parseDirents } from "./support/vfs.js";

const { READABLE, WRITABLE } = OpenFlags;
const BAD_HANDLE = { s: -11 };
const NOT_SUPPORTED = { s: -2 };
const ACCESS_DENIED = { s: -30 };
const BUFFER_TOO_SMALL = { s: -15 };

test("entries are packed: id, length of the name, type, name", async (t) => {
  const kernel = nullKernel(t);
  const directory = new PseudoDirectory({
    sub: new PseudoDirectory(),
    abc: "",
    é: new ServiceNode(() => {}),
  });
  const { proxy } = connect(t, kernel, directory);
  const { s, dirents } = await proxy.readDirents({ maxBytes: 8192n });
  t.is(s, 0);
  t.deepEqual(
    Uint8Array.from(dirents),
    hex(
      `ffffffffffffffff 01 04 2e
       ffffffffffffffff 03 08 616263
       ffffffffffffffff 03 04 737562
       ffffffffffffffff 02 10 c3a9`,
    ),
  );
  t.like(await proxy.readDirents({ maxBytes: 8192n }), { s: 0, dirents: { length: 0 } });
  t.deepEqual(await proxy.rewind(), { s: 0 });
  t.deepEqual((await proxy.readDirents({ maxBytes: 8192n })).dirents, dirents);
});

test("a listing goes on where it stopped, and `.` comes first whatever there is", async (t) => {
  const kernel = nullKernel(t);
  const directory = new PseudoDirectory({ "!": "", "-": "", a: "", b: "" });
  const { proxy } = connect(t, kernel, directory);
  const next = async (maxBytes: bigint) => {
    const { s, dirents } = await proxy.readDirents({ maxBytes });
    t.is(s, 0);
    return parseDirents(dirents).map(({ name }) => name);
  };
  // Each takes 11 bytes.
  t.deepEqual(await next(11n), ["."]);
  t.deepEqual(await next(32n), ["!", "-"]);
  t.deepEqual(await next(11n), ["a"]);
  t.deepEqual(await next(22n), ["b"]);
  t.deepEqual(await next(22n), []);
});

test("a buffer too small for one entry is refused, and nothing is skipped", async (t) => {
  const kernel = nullKernel(t);
  const { proxy } = connect(t, kernel, new PseudoDirectory({ abc: "" }));
  t.like(await proxy.readDirents({ maxBytes: 0n }), BUFFER_TOO_SMALL);
  t.like(await proxy.readDirents({ maxBytes: 10n }), BUFFER_TOO_SMALL);
  t.like(await proxy.readDirents({ maxBytes: 11n }), { s: 0, dirents: { length: 11 } });
  t.like(await proxy.readDirents({ maxBytes: 12n }), BUFFER_TOO_SMALL);
  t.like(await proxy.readDirents({ maxBytes: 13n }), { s: 0, dirents: { length: 13 } });
  // At the end nothing has to fit.
  t.like(await proxy.readDirents({ maxBytes: 0n }), { s: 0, dirents: { length: 0 } });
  t.like(await proxy.readDirents({ maxBytes: 8193n }), BAD_HANDLE);
});

test("a listing that takes several replies has every name once, in the order of bytes", async (t) => {
  const kernel = nullKernel(t);
  const names = Array.from({ length: 100 }, (_, index) => `${index}-${"x".repeat(250)}`);
  // By UTF-16, the second would come first.
  names.push("\uffee", "\u{1f600}");
  const entries = Object.fromEntries(names.map((name) => [name, ""]));
  const client = connect(t, kernel, new PseudoDirectory(entries));
  const listed: string[] = [];
  for (let page = await namesIn(client); page.length > 0; page = await namesIn(client)) {
    listed.push(...page);
  }
  const sorted = names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  t.deepEqual(listed, [".", ...sorted]);
});

test("entries come and go while the directory is served", async (t) => {
  const kernel = nullKernel(t);
  const directory = new PseudoDirectory({ b: "", d: "" });
  const client = connect(t, kernel, directory);
  const opener = new Opener(t, kernel);
  const open = opener.file(client, "b", READABLE);
  await open.proxy.describe();
  t.is(parseDirents((await client.proxy.readDirents({ maxBytes: 22n })).dirents).length, 2);
  directory.add("a", "").add("c", "");
  t.true(directory.remove("b"));
  t.false(directory.remove("b"));
  // A listing that is begun stays as it was.
  t.deepEqual(await namesIn(client), ["d"]);
  t.like(await client.proxy.rewind(), { s: 0 });
  t.deepEqual(await namesIn(client), [".", "a", "c", "d"]);
  t.is(await opener.status(client, "a", READABLE), "OK");
  t.is(await opener.status(client, "b", READABLE), "NOT_FOUND");
  // What is open stays open.
  t.like(await open.proxy.read({ count: 1n }), { s: 0 });
});

test("only names are added, and nothing twice", (t) => {
  const directory = new PseudoDirectory({ taken: "" });
  const status = (name: string) =>
    t.throws(() => directory.add(name, ""), { instanceOf: ZirconiaError })!.code;
  t.is(status("taken"), "ZX_ERR_ALREADY_EXISTS");
  // Half of a character is none: there is no UTF-8 for it.
  for (const name of ["", ".", "..", "a/b", "a\0", "a\ud83d"]) {
    t.is(status(name), "ZX_ERR_INVALID_ARGS");
  }
  t.is(status("a".repeat(256)), "ZX_ERR_BAD_PATH");
  directory.add("a".repeat(255), "").add("\u{1f600}", "");
  t.throws(() => directory.add("x", 5 as never), { code: "ERR_INVALID_ARG_TYPE" });
  t.throws(() => directory.add("x", {} as never), { code: "ERR_INVALID_ARG_VALUE" });
  t.throws(() => new PseudoDirectory({ ".": "" }), { code: "ZX_ERR_INVALID_ARGS" });
  t.throws(() => new PseudoDirectory({}, { rights: OpenFlags.ADMIN }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
});

test("a directory may be in several places, and in itself", async (t) => {
  const kernel = nullKernel(t);
  const shared = new PseudoDirectory({ file: "" });
  const directory = new PseudoDirectory({ one: shared, two: shared });
  directory.add("self", directory);
  const opener = new Opener(t, kernel);
  const client = connect(t, kernel, directory);
  t.is(await opener.status(client, "one/file", READABLE), "OK");
  t.is(await opener.status(client, "self/self/two/file", READABLE), "OK");
});

test("clients change nothing in a pseudo-directory", async (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const directory = new PseudoDirectory({ file: "" });
  for (const [rights, expected] of [
    [READABLE | WRITABLE, NOT_SUPPORTED],
    [READABLE, BAD_HANDLE],
  ] as const) {
    const client = connect(t, kernel, directory, rights);
    const { proxy } = client;
    const place = { src: "file", dst: "file2" };
    t.like(await proxy.unlink({ path: "file" }), expected);
    t.like(await proxy.rename({ ...place, dstParentToken: kernel.createEvent() }), expected);
    t.like(await proxy.link({ ...place, dstParentToken: kernel.createEvent() }), expected);
    t.like(await proxy.getToken(), expected);
    const { attributes } = await proxy.getAttr();
    t.like(await proxy.setAttr({ flags: 3, attributes }), expected);
    const [watcher, server] = kernel.createChannel();
    t.like(await proxy.watch({ mask: 2, options: 0, watcher: server }), { s: 0 });
    watcher.close();
    t.like(await proxy.sync(), NOT_SUPPORTED);
    t.like(await proxy.queryFilesystem(), NOT_SUPPORTED);
    const [remote, mounted] = kernel.createChannel();
    t.like(await proxy.mount({ remote }), ACCESS_DENIED);
    const another = { remote: mounted, name: "new", flags: 0 };
    t.like(await proxy.mountAndCreate(another), ACCESS_DENIED);
    t.like(await proxy.unmount(), ACCESS_DENIED);
    t.like(await proxy.unmountNode(), ACCESS_DENIED);
    t.like(await proxy.getDevicePath(), ACCESS_DENIED);
    t.deepEqual(await proxy.close(), { s: 0 });
    client.close();
  }
  t.deepEqual(kernel.stats(), before);
});

test("attributes tell kind, rights and size", async (t) => {
  const kernel = nullKernel(t);
  const directory = new PseudoDirectory({
    file: "12345",
    made: new PseudoFile(() => "123", { rights: READABLE }),
  });
  const opener = new Opener(t, kernel);
  const client = connect(t, kernel, directory);
  const node = {
    id: 2n ** 64n - 1n,
    contentSize: 0n,
    storageSize: 0n,
    linkCount: 1n,
    creationTime: 0n,
    modificationTime: 0n,
  };
  const attributes = async (path: string) =>
    (await opener.file(client, path, READABLE).proxy.getAttr()).attributes;
  t.deepEqual(await attributes("."), { ...node, mode: 0o40700 });
  t.deepEqual(await attributes("file"), {
    ...node,
    mode: 0o100500,
    contentSize: 5n,
    storageSize: 5n,
  });
  t.deepEqual(await attributes("made"), { ...node, mode: 0o100400 });
});

test("what a directory of the embedder's throws is the status", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const directory = new PseudoDirectory({
    picky: {
      kind: "directory",
      rights: READABLE,
      attributes: () => {
        throw new ZirconiaError("no", -44);
      },
      lookup: async (name) => {
        throw name === "own" ? new ZirconiaError("no", -45) : new Error("no");
      },
      entries: () => {
        throw new ZirconiaError("no", -46);
      },
    },
  });
  const client = connect(t, kernel, directory);
  t.is(await opener.status(client, "picky/own", READABLE), "IO_OVERRUN");
  t.is(await opener.status(client, "picky/other", READABLE), "INTERNAL");
  const { proxy } = opener.directory(client, "picky", READABLE);
  t.like(await proxy.readDirents({ maxBytes: 100n }), { s: -46 });
  t.like(await proxy.getAttr(), { s: -44 });
});
