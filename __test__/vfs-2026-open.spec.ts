import test, { type ExecutionContext } from "ava";

import { type Kernel, Signals } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import {
  MemoryDirectory,
  NodeRights,
  PseudoDirectory,
  PseudoFile,
  ServiceNode,
} from "../lib/vfs/index.js";
import { nullKernel } from "./support/kernel.js";
import {
  ALL,
  bytes,
  type DirectoryClient,
  EXECUTABLE,
  Flags,
  flagsOf,
  nameOf,
  ok,
  Opener,
  read,
  READABLE,
  statusOf,
  WRITABLE,
} from "./support/vfs-2026.js";

const {
  FILE_APPEND,
  FILE_TRUNCATE,
  FLAG_CREATE_AS_UNNAMED_TEMPORARY,
  FLAG_MAYBE_CREATE,
  FLAG_MUST_CREATE,
  PERM_EXECUTE,
  PERM_GET_ATTRIBUTES,
  PERM_INHERIT_EXECUTE,
  PERM_INHERIT_WRITE,
  PERM_READ_BYTES,
  PERM_TRAVERSE,
  PERM_UPDATE_ATTRIBUTES,
  PERM_WRITE_BYTES,
  PROTOCOL_DIRECTORY,
  PROTOCOL_FILE,
  PROTOCOL_NODE,
  PROTOCOL_SERVICE,
  PROTOCOL_SYMLINK,
} = Flags;
const Query = fidl.io2026.NodeAttributesQuery.members;

interface Fixture {
  readonly kernel: Kernel;
  readonly root: DirectoryClient;
  readonly opener: Opener;
}

/** A tree with one of each, and a connection to it. */
async function fixture(t: ExecutionContext, rights: NodeRights = 0b1011): Promise<Fixture> {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const tmp = new MemoryDirectory();
  const directory = new PseudoDirectory({
    file: "content",
    text: new PseudoFile("text", { rights: NodeRights.READABLE }),
    dir: new PseudoDirectory({ file: "inner" }),
    readonly: new PseudoDirectory(
      { dir: new PseudoDirectory({ file: "" }), tmp },
      { rights: NodeRights.READABLE },
    ),
    tmp,
    service: new ServiceNode((channel) => channel.close()),
  });
  const made = opener.file(
    opener.connect(tmp),
    "file",
    READABLE | WRITABLE | PROTOCOL_FILE | FLAG_MAYBE_CREATE,
  );
  await ok(made.proxy.write({ data: bytes("text") }));
  return { kernel, root: opener.connect(directory, rights), opener };
}

/** Paths, by what opening them to read comes to. */
const PATHS: readonly (readonly [path: string, outcome: string])[] = [
  ["file", "file"],
  ["dir", "directory"],
  ["dir/file", "file"],
  [".", "directory"],
  ["/", "directory"],
  ["/file", "file"],
  ["dir/", "directory"],
  ["file/", "file"],
  ["/dir/file/", "file"],
  ["", "INVALID_ARGS"],
  ["//", "INVALID_ARGS"],
  ["//file", "INVALID_ARGS"],
  ["dir//", "INVALID_ARGS"],
  ["dir//file", "INVALID_ARGS"],
  ["./file", "INVALID_ARGS"],
  ["/.", "directory"],
  ["dir/.", "INVALID_ARGS"],
  ["dir/./file", "INVALID_ARGS"],
  ["..", "INVALID_ARGS"],
  ["dir/..", "INVALID_ARGS"],
  ["dir/../file", "INVALID_ARGS"],
  ["/../file", "INVALID_ARGS"],
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
  ["é".repeat(128), "BAD_PATH"],
  [`${"a/".repeat(2047)}a`, "NOT_FOUND"],
];

test("every path leads where it should, or is refused", async (t) => {
  const { root, opener } = await fixture(t);
  for (const [path, outcome] of PATHS) {
    t.is(await opener.outcome(root, path, READABLE), outcome, path.slice(0, 40));
  }
  // One byte over the limit cannot be decoded.
  t.throws(() => opener.channel(root, `${"a/".repeat(2047)}aa`, READABLE), {
    instanceOf: fidl.FidlError,
  });
});

/** Flags with which something is opened, and what that comes to. */
type FlagRule = readonly [path: string, flags: bigint, outcome: string];

const FLAG_RULES: readonly FlagRule[] = [
  // No right need be asked for.
  ["file", 0n, "file"],
  ["dir", 0n, "directory"],
  // What it may be.
  ["file", PROTOCOL_FILE, "file"],
  ["file", PROTOCOL_DIRECTORY, "NOT_DIR"],
  ["file", PROTOCOL_SYMLINK, "WRONG_TYPE"],
  ["file", PROTOCOL_SERVICE, "WRONG_TYPE"],
  ["file", PROTOCOL_FILE | PROTOCOL_SYMLINK, "file"],
  ["file", PROTOCOL_DIRECTORY | PROTOCOL_SYMLINK, "NOT_DIR"],
  ["dir", PROTOCOL_DIRECTORY, "directory"],
  ["dir", PROTOCOL_FILE, "NOT_FILE"],
  ["dir", PROTOCOL_FILE | PROTOCOL_SYMLINK, "NOT_FILE"],
  ["dir", PROTOCOL_SYMLINK, "WRONG_TYPE"],
  [".", PROTOCOL_FILE, "NOT_FILE"],
  ["service", PROTOCOL_DIRECTORY, "NOT_DIR"],
  ["service", PROTOCOL_FILE, "NOT_FILE"],
  // A service takes nothing but its protocol: not even the representation, which is sent here.
  ["service", PROTOCOL_SERVICE, "INVALID_ARGS"],
  // The node itself.
  ["file", PROTOCOL_NODE, "node"],
  ["dir", PROTOCOL_NODE | READABLE, "node"],
  ["service", PROTOCOL_NODE, "node"],
  ["file", PROTOCOL_NODE | PROTOCOL_FILE, "node"],
  ["file", PROTOCOL_NODE | PROTOCOL_DIRECTORY, "NOT_DIR"],
  ["file", PROTOCOL_NODE | FILE_APPEND, "INVALID_ARGS"],
  ["file", PROTOCOL_NODE | FILE_TRUNCATE, "INVALID_ARGS"],
  // Flags that nobody knows are passed over.
  ["file", READABLE | 0x8000_0000_0000_0000n, "file"],
  // Making what clients cannot make.
  ["file", READABLE | FLAG_MAYBE_CREATE | PROTOCOL_FILE, "file"],
  ["file", READABLE | FLAG_MUST_CREATE | PROTOCOL_FILE, "ALREADY_EXISTS"],
  ["missing", READABLE | FLAG_MAYBE_CREATE | PROTOCOL_FILE, "NOT_SUPPORTED"],
  ["missing", READABLE | FLAG_MAYBE_CREATE, "INVALID_ARGS"],
  ["missing", READABLE | FLAG_MAYBE_CREATE | PROTOCOL_FILE | PROTOCOL_DIRECTORY, "INVALID_ARGS"],
  ["missing", READABLE | FLAG_MAYBE_CREATE | PROTOCOL_SYMLINK, "NOT_SUPPORTED"],
  ["missing", READABLE | FLAG_MAYBE_CREATE | PROTOCOL_SERVICE, "NOT_SUPPORTED"],
  ["missing", READABLE | FLAG_MAYBE_CREATE | PROTOCOL_NODE, "NOT_SUPPORTED"],
  ["missing/file", READABLE | FLAG_MAYBE_CREATE | PROTOCOL_FILE, "NOT_FOUND"],
  [".", FLAG_MUST_CREATE | PROTOCOL_DIRECTORY, "ALREADY_EXISTS"],
  [".", FLAG_MAYBE_CREATE | PROTOCOL_DIRECTORY, "directory"],
  ["tmp", FLAG_CREATE_AS_UNNAMED_TEMPORARY, "NOT_SUPPORTED"],
  // Making what they can.
  ["tmp/new", WRITABLE | FLAG_MAYBE_CREATE | PROTOCOL_FILE, "file"],
  ["tmp/new", WRITABLE | FLAG_MUST_CREATE | PROTOCOL_FILE, "ALREADY_EXISTS"],
  ["tmp/new", WRITABLE | FLAG_MAYBE_CREATE | PROTOCOL_DIRECTORY, "NOT_DIR"],
  ["tmp/dir/", WRITABLE | FLAG_MUST_CREATE | PROTOCOL_DIRECTORY, "directory"],
  // A slash at the end means nothing.
  ["tmp/odd/", WRITABLE | FLAG_MUST_CREATE | PROTOCOL_FILE, "file"],
  ["readonly/tmp/x", READABLE | FLAG_MAYBE_CREATE | PROTOCOL_FILE, "ACCESS_DENIED"],
  // Truncating and appending.
  ["tmp/file", READABLE | FILE_TRUNCATE, "INVALID_ARGS"],
  ["tmp/file", WRITABLE | FILE_TRUNCATE, "file"],
  ["tmp/file", READABLE | FILE_APPEND, "file"],
  ["tmp", WRITABLE | FILE_TRUNCATE, "INVALID_ARGS"],
  ["tmp", READABLE | FILE_APPEND, "INVALID_ARGS"],
  // Rights of the node, and of the directories on the way.
  ["file", PERM_EXECUTE, "file"],
  ["file", PERM_WRITE_BYTES, "ACCESS_DENIED"],
  // What is asked for of a file that means nothing for one is left out.
  ["text", PERM_UPDATE_ATTRIBUTES, "file"],
  ["text", PERM_EXECUTE, "ACCESS_DENIED"],
  ["tmp", PERM_EXECUTE, "ACCESS_DENIED"],
  ["tmp/file", READABLE | WRITABLE, "file"],
  ["tmp/file", PERM_EXECUTE, "ACCESS_DENIED"],
  ["readonly", READABLE, "directory"],
  ["readonly", WRITABLE, "ACCESS_DENIED"],
  ["readonly/dir", WRITABLE, "ACCESS_DENIED"],
  ["readonly/dir/file", READABLE, "file"],
  ["readonly/tmp/file", PERM_WRITE_BYTES, "ACCESS_DENIED"],
];

test("every flag does what it says, or is refused", async (t) => {
  const { root, opener } = await fixture(t);
  for (const [path, flags, outcome] of FLAG_RULES) {
    t.is(await opener.outcome(root, path, flags), outcome, `${path} 0x${flags.toString(16)}`);
  }
});

test("a connection opens nothing that has more rights than itself", async (t) => {
  for (const rights of [0, 0b0001, 0b0010, 0b1000, 0b1001, 0b0011, 0b1011]) {
    const { root, opener } = await fixture(t, rights);
    const own = (await flagsOf(root)) & 0x1ffn;
    for (let bit = 1n; bit < 0x200n; bit <<= 1n) {
      const expected = (own & bit) === 0n ? "ACCESS_DENIED" : "directory";
      t.is(await opener.outcome(root, "dir", bit), expected, `${rights} ${bit}`);
      t.is(await opener.outcome(root, ".", bit), expected);
    }
    const inheriting = PERM_INHERIT_WRITE | PERM_INHERIT_EXECUTE;
    for (const flags of [0n, own, own | inheriting, inheriting]) {
      const opened = opener.directory(root, "dir", flags);
      t.is((await flagsOf(opened)) & 0x1ffn & ~own, 0n);
      const clone = opener.clone(fidl.io2026.Directory, opened);
      t.is(await flagsOf(clone), await flagsOf(opened));
    }
  }
});

test("no right comes back through the dialect of 2020, nor from there", async (t) => {
  const { kernel, root, opener } = await fixture(t);
  const old = fidl.io.Directory;
  // Of reading, this lacks what listing takes.
  const some = opener.channel(root, "tmp", PERM_READ_BYTES | PERM_GET_ATTRIBUTES | PERM_TRAVERSE);
  const asOld = opener.client(old, some);
  t.like(await asOld.proxy.nodeGetFlags(), { s: 0, flags: 0 });
  for (const flags of [1, 2, 3]) {
    const [end, object] = kernel.createChannel();
    asOld.proxy.open({ flags: flags | 0x80_0000, mode: 0, path: "file", object });
    t.like((await opener.client(old, end).nextEvent()).value, { s: -30 });
  }
  const [end, object] = kernel.createChannel();
  asOld.proxy.clone({ flags: 0x400_0000, object });
  const clone = opener.client(fidl.io2026.Directory, end);
  t.is((await flagsOf(clone)) & 0x1ffn, PERM_READ_BYTES | PERM_GET_ATTRIBUTES | PERM_TRAVERSE);

  const [readOnly, server] = kernel.createChannel();
  const whole = opener.client(old, opener.channel(root, "tmp", READABLE | WRITABLE));
  whole.proxy.open({ flags: 1, mode: 0, path: ".", object: server });
  const reading = opener.client(fidl.io2026.Directory, readOnly);
  t.is((await flagsOf(reading)) & 0x1ffn, READABLE);
  t.is(await opener.outcome(reading, "file", PERM_WRITE_BYTES), "ACCESS_DENIED");
  t.is(await statusOf(reading.proxy.unlink({ name: "file", options: {} })), -11);
});

test("directories inherit what the way to them allows, and files nothing", async (t) => {
  const { root, opener } = await fixture(t);
  const inherit = PERM_INHERIT_WRITE | PERM_INHERIT_EXECUTE;
  const rightsOf = async (from: DirectoryClient, path: string) =>
    (await flagsOf(opener.directory(from, path, READABLE | inherit))) & 0x1ffn;
  t.is(await rightsOf(root, "dir"), READABLE | 0x164n | PERM_EXECUTE);
  t.is(await rightsOf(root, "tmp"), READABLE | 0x164n);
  t.is(await rightsOf(root, "readonly"), READABLE);
  t.is(await rightsOf(root, "readonly/tmp"), READABLE);
  t.is(await rightsOf(root, "file"), PERM_READ_BYTES | PERM_GET_ATTRIBUTES);
  const reading = opener.directory(root, ".", READABLE);
  t.is(await rightsOf(reading, "dir"), READABLE);
  const executing = opener.directory(root, ".", READABLE | EXECUTABLE);
  t.is(await rightsOf(executing, "dir"), READABLE | PERM_EXECUTE);
  t.is((await flagsOf(opener.directory(root, "dir", ALL))) & 0x1ffn, 0x1ffn);
});

test("the representation tells attributes if any are asked for, and comes once", async (t) => {
  const { root, opener } = await fixture(t);
  const representation = async (path: string, flags: bigint, attributes: bigint) => {
    const sending = flags | Flags.FLAG_SEND_REPRESENTATION;
    const channel = opener.channel(root, path, sending, { attributes });
    const client = opener.client(fidl.io2026.File, channel);
    const { value } = await client.nextEvent();
    // What comes next is the reply.
    await ok(client.proxy.getFlags());
    return value.payload;
  };
  t.deepEqual(await representation("dir", 0n, 0n), { kind: "directory", value: {} });
  t.deepEqual(await representation("file", FILE_APPEND, 0n), {
    kind: "file",
    value: { isAppend: true },
  });
  const asked = Query.PROTOCOLS | Query.ABILITIES | Query.CONTENT_SIZE | Query.ID | Query.MODE;
  t.deepEqual(await representation("file", 0n, asked), {
    kind: "file",
    value: {
      isAppend: false,
      attributes: {
        mutableAttributes: {},
        // Neither a number nor a mode is known.
        immutableAttributes: { protocols: 4n, abilities: 0x1an, contentSize: 7n },
      },
    },
  });
  t.like(await representation("service", PROTOCOL_NODE, asked), {
    kind: "node",
    value: { attributes: { immutableAttributes: { protocols: 1n, abilities: 0x11n } } },
  });
  t.like(await representation("tmp", 0n, asked), {
    value: { attributes: { immutableAttributes: { protocols: 2n, abilities: 0x1f0n } } },
  });
  const bare = opener.directory(root, ".", 0n);
  const options = { attributes: Query.ID };
  t.is(await opener.outcome(bare, "file", 0n, options), "ACCESS_DENIED");
});

test("attributes for what is made are refused, and so are they without making anything", async (t) => {
  const { root, opener } = await fixture(t);
  const create = FLAG_MAYBE_CREATE | PROTOCOL_FILE | WRITABLE;
  const mode = { createAttributes: { mode: 0o644 } };
  t.is(await opener.outcome(root, "tmp/x", create, mode), "NOT_SUPPORTED");
  t.is(await opener.outcome(root, "tmp/file", WRITABLE, mode), "INVALID_ARGS");
  t.is(await opener.outcome(root, "tmp/x", 0n), "NOT_FOUND");
  t.is(await opener.outcome(root, "tmp/x", create, { createAttributes: {} }), "file");
});

test("a failure is an epitaph, whether or not a representation was asked for", async (t) => {
  const { root, opener } = await fixture(t);
  const silent = opener.file(root, "missing", READABLE);
  t.is(nameOf(t, await t.throwsAsync(silent.nextEvent())), "NOT_FOUND");
  const missing = opener.channel(root, "missing", READABLE | Flags.FLAG_SEND_REPRESENTATION);
  await missing.waitOne(Signals.PEER_CLOSED);
  t.is(missing.read().bytes.length, 24);
  t.throws(() => missing.read(), { code: "ZX_ERR_PEER_CLOSED" });
  missing.close();
  t.is(await read(opener.file(root, "file", READABLE)), "content");
});

test("a reference reaches nothing but the node", async (t) => {
  const { root, opener } = await fixture(t);
  for (const path of ["dir", "file", "service"]) {
    const flags = PROTOCOL_NODE | PERM_GET_ATTRIBUTES | PERM_READ_BYTES;
    const node = opener.file(root, path, flags);
    t.is(await flagsOf(node), PROTOCOL_NODE | PERM_GET_ATTRIBUTES);
    const { protocol } = await node.proxy.query();
    t.is(Buffer.from(protocol).toString(), "fuchsia.io.Node");
    t.is(
      (await ok(node.proxy.getAttributes({ query: 1n }))).immutableAttributes.protocols,
      {
        dir: 2n,
        file: 4n,
        service: 1n,
      }[path],
    );
    t.is(await statusOf(node.proxy.sync()), -11);
    t.is(await statusOf(node.proxy.updateAttributes({ payload: {} })), -11);
    t.is(await statusOf(node.proxy.setFlags({ flags: 0n })), -2);
    t.is(await flagsOf(opener.clone(fidl.io2026.File, node)), await flagsOf(node));
    // It is no file: the method is not known, and the connection is over.
    await t.throwsAsync(node.proxy.read({ count: 1n }), { code: "ZX_ERR_PEER_CLOSED" });
  }
});

test("whoever opens a service speaks to it", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const root = opener.connect(
    new PseudoDirectory({
      service: new ServiceNode((channel) => {
        channel.write(Uint8Array.of(1, 2, 3));
        channel.close();
      }),
    }),
  );
  for (const flags of [0n, PROTOCOL_SERVICE]) {
    const channel = opener.channel(root, "service", flags);
    await ok(root.proxy.getFlags());
    t.deepEqual(channel.read().bytes, Uint8Array.of(1, 2, 3));
    channel.close();
  }
  for (const flags of [READABLE, PROTOCOL_SERVICE | PERM_GET_ATTRIBUTES, FILE_APPEND]) {
    const refused = opener.file(root, "service", flags);
    t.is(nameOf(t, await t.throwsAsync(refused.nextEvent())), "INVALID_ARGS");
  }
});

/** What a connection says is spoken over it. */
async function spoken({ proxy }: DirectoryClient): Promise<string> {
  return Buffer.from((await proxy.query()).protocol).toString();
}

test("connections say what is spoken over them", async (t) => {
  const { root, opener } = await fixture(t);
  t.is(await spoken(root), "fuchsia.io.Directory");
  t.is(await spoken(opener.directory(root, "file", 0n)), "fuchsia.io.File");
});
