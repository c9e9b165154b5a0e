import test, { type ExecutionContext } from "ava";

import { type Kernel, Signals } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import {
  type NodeRights,
  OpenFlags,
  PseudoDirectory,
  PseudoFile,
  ServiceNode,
} from "../lib/vfs/index.js";
import { nullKernel } from "./support/kernel.js";
import { closesSilently, connect, type DirectoryClient, flagsOf, Opener } from "./support/vfs.js";

const {
  READABLE,
  WRITABLE,
  ADMIN,
  EXECUTABLE,
  CREATE,
  CREATE_IF_ABSENT,
  TRUNCATE,
  DIRECTORY,
  APPEND,
  NODE_REFERENCE,
  DESCRIBE,
  POSIX,
  NOT_DIRECTORY,
  CLONE_SAME_RIGHTS,
} = OpenFlags;
const ALL = READABLE | WRITABLE | EXECUTABLE;
const MODE_DIRECTORY = 0x4000;
const MODE_FILE = 0x8000;

interface Fixture {
  readonly kernel: Kernel;
  readonly root: DirectoryClient;
  readonly opener: Opener;
}

/** A tree with one of each, and a connection to it. */
function fixture(t: ExecutionContext, rights: NodeRights = ALL): Fixture {
  const kernel = nullKernel(t);
  const directory = new PseudoDirectory({
    file: "content",
    text: new PseudoFile("text", { rights: READABLE }),
    dir: new PseudoDirectory({ file: "inner" }),
    readonly: new PseudoDirectory({ dir: new PseudoDirectory({ file: "" }) }, { rights: READABLE }),
    service: new ServiceNode((channel) => channel.close()),
  });
  return { kernel, root: connect(t, kernel, directory, rights), opener: new Opener(t, kernel) };
}

/** Paths, by the status of opening them to read. */
const PATHS: readonly (readonly [path: string, status: string])[] = [
  ["file", "OK"],
  ["dir", "OK"],
  ["dir/file", "OK"],
  [".", "OK"],
  ["", "BAD_PATH"],
  ["/", "INVALID_ARGS"],
  ["/file", "INVALID_ARGS"],
  ["dir/", "INVALID_ARGS"],
  ["file/", "INVALID_ARGS"],
  ["dir//file", "INVALID_ARGS"],
  ["./file", "INVALID_ARGS"],
  ["dir/.", "INVALID_ARGS"],
  ["dir/./file", "INVALID_ARGS"],
  ["..", "INVALID_ARGS"],
  ["dir/..", "INVALID_ARGS"],
  ["dir/../file", "INVALID_ARGS"],
  ["file\0", "INVALID_ARGS"],
  ["...", "NOT_FOUND"],
  ["missing", "NOT_FOUND"],
  ["FILE", "NOT_FOUND"],
  ["dir/missing", "NOT_FOUND"],
  ["missing/file", "NOT_FOUND"],
  ["file/file", "NOT_DIR"],
  ["service/file", "NOT_DIR"],
  ["a".repeat(255), "NOT_FOUND"],
  ["a".repeat(256), "BAD_PATH"],
  ["é".repeat(127), "NOT_FOUND"],
  ["é".repeat(128), "BAD_PATH"],
  // 4,095 bytes and one more, in names that are short enough.
  [`${"a/".repeat(2047)}a`, "NOT_FOUND"],
  [`${"a/".repeat(2047)}aa`, "BAD_PATH"],
];

test("every path leads where it should, or is refused", async (t) => {
  const { root, opener } = fixture(t);
  for (const [path, status] of PATHS) {
    t.is(await opener.status(root, path, READABLE), status, path.slice(0, 40));
  }
});

test("names are compared byte by byte", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const root = connect(t, kernel, new PseudoDirectory({ "\u00e9": "composed" }));
  t.is(await opener.status(root, "\u00e9", READABLE), "OK");
  t.is(await opener.status(root, "e\u0301", READABLE), "NOT_FOUND");
});

/** Flags with which something is opened, and the status. */
type FlagRule = readonly [path: string, flags: number, status: string, mode?: number];

const FLAG_RULES: readonly FlagRule[] = [
  // A right or a reference there must be.
  ["file", 0, "INVALID_ARGS"],
  ["file", NODE_REFERENCE, "OK"],
  ["dir", NODE_REFERENCE, "OK"],
  ["service", NODE_REFERENCE, "OK"],
  // Rights that there are not.
  ["file", READABLE | 0x10, "INVALID_ARGS"],
  ["file", 0x8000, "INVALID_ARGS"],
  ["file", READABLE | ADMIN, "ACCESS_DENIED"],
  ["dir", ADMIN, "ACCESS_DENIED"],
  // A reference takes no rights, and little else.
  ["file", NODE_REFERENCE | READABLE, "INVALID_ARGS"],
  ["file", NODE_REFERENCE | POSIX, "INVALID_ARGS"],
  ["file", NODE_REFERENCE | APPEND, "INVALID_ARGS"],
  ["file", NODE_REFERENCE | NOT_DIRECTORY, "OK"],
  ["dir", NODE_REFERENCE | DIRECTORY, "OK"],
  // Kinds.
  ["dir", READABLE | DIRECTORY, "OK"],
  [".", READABLE | DIRECTORY, "OK"],
  ["file", READABLE | DIRECTORY, "NOT_DIR"],
  ["service", READABLE | DIRECTORY, "NOT_DIR"],
  ["dir", READABLE | NOT_DIRECTORY, "NOT_FILE"],
  [".", READABLE | NOT_DIRECTORY, "NOT_FILE"],
  ["file", READABLE | NOT_DIRECTORY, "OK"],
  ["dir", READABLE | DIRECTORY | NOT_DIRECTORY, "INVALID_ARGS"],
  // Making what clients cannot make.
  ["file", READABLE | CREATE, "OK"],
  ["file", READABLE | CREATE | CREATE_IF_ABSENT, "ALREADY_EXISTS"],
  ["file", READABLE | CREATE_IF_ABSENT, "INVALID_ARGS"],
  ["missing", READABLE | WRITABLE | CREATE, "NOT_SUPPORTED"],
  ["missing", READABLE | CREATE | DIRECTORY, "INVALID_ARGS", MODE_FILE],
  ["missing", READABLE | CREATE | DIRECTORY, "NOT_SUPPORTED", MODE_DIRECTORY],
  ["missing", READABLE | CREATE | NOT_DIRECTORY, "INVALID_ARGS", MODE_DIRECTORY],
  ["missing", READABLE | CREATE | NOT_DIRECTORY, "NOT_SUPPORTED", MODE_FILE],
  [".", READABLE | CREATE, "INVALID_ARGS"],
  ["missing/file", READABLE | CREATE, "NOT_FOUND"],
  // Truncating and appending.
  ["file", READABLE | TRUNCATE, "INVALID_ARGS"],
  ["file", WRITABLE | TRUNCATE, "ACCESS_DENIED"],
  ["dir", WRITABLE | TRUNCATE, "INVALID_ARGS"],
  ["dir", READABLE | APPEND, "INVALID_ARGS"],
  ["file", READABLE | APPEND, "OK"],
  // Rights of the node.
  ["file", READABLE | EXECUTABLE, "OK"],
  ["file", WRITABLE, "ACCESS_DENIED"],
  ["text", READABLE | EXECUTABLE, "ACCESS_DENIED"],
  ["service", READABLE | EXECUTABLE, "ACCESS_DENIED"],
  // Rights of a directory on the way.
  ["readonly", READABLE, "OK"],
  ["readonly", READABLE | EXECUTABLE, "ACCESS_DENIED"],
  ["readonly/dir", READABLE | WRITABLE, "ACCESS_DENIED"],
  ["readonly/dir/file", READABLE, "OK"],
  ["readonly/dir/file", READABLE | EXECUTABLE, "ACCESS_DENIED"],
  ["readonly/missing", READABLE | CREATE, "ACCESS_DENIED"],
  // Only a clone has these.
  ["dir", CLONE_SAME_RIGHTS, "INVALID_ARGS"],
  ["dir", CLONE_SAME_RIGHTS | READABLE, "INVALID_ARGS"],
  // Nothing is remote.
  ["file", READABLE | OpenFlags.NO_REMOTE, "OK"],
];

test("every flag does what it says, or is refused", async (t) => {
  const { root, opener } = fixture(t);
  for (const [path, flags, status, mode] of FLAG_RULES) {
    t.is(await opener.status(root, path, flags, mode), status, `${path} 0x${flags.toString(16)}`);
  }
});

test("without DESCRIBE a failure only closes", async (t) => {
  const { root, opener } = fixture(t);
  await closesSilently(t, opener.file(root, "missing", READABLE));
  await closesSilently(t, opener.file(root, "..", READABLE));
  await closesSilently(t, opener.file(root, "file", 0));
  const silent = opener.file(root, "file", READABLE);
  t.deepEqual((await silent.proxy.read({ count: 100n })).s, 0);
});

test("a connection opens nothing that has more rights than itself", async (t) => {
  for (const rights of [0, READABLE, WRITABLE, EXECUTABLE, READABLE | EXECUTABLE, ALL]) {
    const { root, opener } = fixture(t, rights);
    for (const wanted of [READABLE, WRITABLE, EXECUTABLE, READABLE | WRITABLE, ALL]) {
      const expected = (wanted & ~rights) === 0 ? "OK" : "ACCESS_DENIED";
      t.is(await opener.status(root, "dir", wanted), expected);
      t.is(await opener.status(root, ".", wanted), expected);
      t.is(await opener.cloneStatus(root, wanted), expected);
    }
  }
});

test("clones have the rights that they ask for, the same, or none", async (t) => {
  const { root, opener } = fixture(t, READABLE | EXECUTABLE);
  t.is(await flagsOf(opener.cloneDirectory(root, CLONE_SAME_RIGHTS)), READABLE | EXECUTABLE);
  t.is(await flagsOf(opener.cloneDirectory(root, READABLE)), READABLE);
  t.is(await flagsOf(opener.cloneDirectory(root, 0)), 0);
  t.is(await flagsOf(opener.cloneDirectory(root, NODE_REFERENCE)), NODE_REFERENCE);
});

test("rights never come back through clones and openings in turn", async (t) => {
  const { root, opener } = fixture(t);
  const reading = opener.cloneDirectory(root, READABLE);
  const again = opener.cloneDirectory(reading, CLONE_SAME_RIGHTS);
  t.is(await opener.cloneStatus(again, READABLE | WRITABLE), "ACCESS_DENIED");
  t.is(await opener.status(again, "file", READABLE | EXECUTABLE), "ACCESS_DENIED");
  const inner = opener.directory(again, "dir", READABLE | POSIX);
  t.is(await flagsOf(inner), READABLE);
  t.is(await opener.status(inner, "file", READABLE | EXECUTABLE), "ACCESS_DENIED");
});

const CLONE_RULES: readonly (readonly [flags: number, status: string])[] = [
  [CLONE_SAME_RIGHTS, "OK"],
  [CLONE_SAME_RIGHTS | READABLE, "INVALID_ARGS"],
  [CLONE_SAME_RIGHTS | NODE_REFERENCE, "INVALID_ARGS"],
  [NODE_REFERENCE, "OK"],
  [READABLE | ADMIN, "ACCESS_DENIED"],
  [READABLE | 0x10, "INVALID_ARGS"],
  [READABLE | DIRECTORY, "OK"],
  [READABLE | NOT_DIRECTORY, "NOT_FILE"],
  [READABLE | DIRECTORY | NOT_DIRECTORY, "INVALID_ARGS"],
];

test("every flag of a clone does what it says, or is refused", async (t) => {
  const { root, opener } = fixture(t);
  for (const [flags, status] of CLONE_RULES) {
    t.is(await opener.cloneStatus(root, flags), status, `0x${flags.toString(16)}`);
  }
  const file = opener.file(root, "file", READABLE);
  t.is(await opener.cloneStatus(file, READABLE | DIRECTORY), "NOT_DIR");
  t.is(await opener.cloneStatus(file, READABLE | EXECUTABLE), "ACCESS_DENIED");
  t.is(await opener.cloneStatus(file, CLONE_SAME_RIGHTS), "OK");
});

test("POSIX gives directories what the way to them allows, and files nothing", async (t) => {
  const { root, opener } = fixture(t);
  const rightsOf = async (from: DirectoryClient, path: string) =>
    flagsOf(opener.directory(from, path, READABLE | POSIX));
  t.is(await rightsOf(root, "dir"), ALL);
  t.is(await rightsOf(root, "."), ALL);
  t.is(await rightsOf(root, "readonly"), READABLE);
  t.is(await rightsOf(root, "readonly/dir"), READABLE);
  t.is(await rightsOf(root, "file"), READABLE);
  const executing = opener.cloneDirectory(root, READABLE | EXECUTABLE);
  t.is(await rightsOf(executing, "dir"), READABLE | EXECUTABLE);
  const reading = opener.cloneDirectory(root, READABLE);
  t.is(await rightsOf(reading, "dir"), READABLE);
});

test("a reference reaches nothing but the node", async (t) => {
  const { root, opener } = fixture(t);
  const bad = { s: -11 };
  const directory = opener.directory(root, "dir", NODE_REFERENCE);
  t.is(await opener.status(directory, "file", READABLE), "BAD_HANDLE");
  await closesSilently(t, opener.file(directory, "file", READABLE));
  t.like(await directory.proxy.readDirents({ maxBytes: 100n }), bad);
  t.like(await directory.proxy.rewind(), bad);
  t.like(await directory.proxy.unlink({ path: "file" }), bad);
  t.like(await directory.proxy.getToken(), bad);
  t.like(await directory.proxy.sync(), bad);
  t.like(await directory.proxy.describe(), { info: { kind: "service" } });
  t.is((await directory.proxy.getAttr()).attributes.mode & 0xff000, MODE_DIRECTORY);
  t.is(await opener.cloneStatus(directory, READABLE), "ACCESS_DENIED");
  t.is(await flagsOf(opener.cloneDirectory(directory, CLONE_SAME_RIGHTS)), NODE_REFERENCE);

  const file = opener.file(root, "file", NODE_REFERENCE);
  t.like(await file.proxy.read({ count: 1n }), bad);
  t.like(await file.proxy.readAt({ count: 1n, offset: 0n }), bad);
  t.like(await file.proxy.write({ data: new Uint8Array(1) }), bad);
  t.like(await file.proxy.writeAt({ data: new Uint8Array(1), offset: 0n }), bad);
  t.like(await file.proxy.seek({ offset: 0n, start: 0 }), bad);
  t.like(await file.proxy.truncate({ length: 0n }), bad);
  t.like(await file.proxy.getBuffer({ flags: 1 }), bad);
  t.like(await file.proxy.sync(), bad);
  t.like(
    await file.proxy.setAttr({ flags: 0, attributes: (await file.proxy.getAttr()).attributes }),
    bad,
  );
  t.like(await file.proxy.describe(), { info: { kind: "service" } });

  const service = opener.file(root, "service", NODE_REFERENCE);
  t.like(await service.proxy.describe(), { info: { kind: "service" } });
  t.is((await service.proxy.getAttr()).attributes.mode & 0xff000, 0x10000);
  t.like(await service.proxy.sync(), bad);
});

test("whoever opens a service speaks to it", async (t) => {
  const kernel = nullKernel(t);
  const directory = new PseudoDirectory({
    service: new ServiceNode((channel) => {
      channel.write(Uint8Array.of(1, 2, 3));
      channel.close();
    }),
    broken: new ServiceNode(() => {
      throw new Error("no");
    }),
  });
  const opener = new Opener(t, kernel);
  const root = connect(t, kernel, directory);
  const silent = opener.channel(root, "service", READABLE | WRITABLE);
  const told = opener.file(root, "service", READABLE | DESCRIBE);
  await closesSilently(t, opener.file(root, "broken", READABLE));
  // Requests are served in their order: the others have been before this one.
  t.deepEqual(silent.read().bytes, Uint8Array.of(1, 2, 3));
  t.throws(() => silent.read(), { code: "ZX_ERR_PEER_CLOSED" });
  silent.close();
  t.deepEqual(await told.nextEvent(), {
    kind: "onOpen",
    value: { s: 0, info: { kind: "service", value: {} } },
  });
});

test("OnOpen is told in the format that the client speaks", async (t) => {
  const kernel = nullKernel(t);
  const directory = new PseudoDirectory({ file: "" });
  const opener = new Opener(t, kernel);
  for (const wireFormat of [1, 2] as const) {
    const channel = directory.connect(kernel);
    const client = new fidl.Client(fidl.io.DirectoryAdmin, channel, { wireFormat });
    const opened = opener.channel(client, "file", READABLE | DESCRIBE);
    await opened.waitOne(Signals.READABLE);
    // The flag of the second format.
    t.is(opened.read().bytes[4], wireFormat === 2 ? 2 : 0);
    opened.close();
    client.close();
  }
});
