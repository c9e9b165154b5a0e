import test, { type ExecutionContext } from "ava";

import { type Channel, type Kernel, Rights, Signals } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { encodeBody } from "../lib/fidl/message.js";
import {
  HostDirectory,
  MemoryDirectory,
  PseudoDirectory,
  PseudoFile,
  ServiceNode,
  type VfsDirectory,
} from "../lib/vfs/index.js";
import { directoryWith } from "./support/directory.js";
import { until } from "./support/holdings.js";
import { nullKernel } from "./support/kernel.js";
import { lies } from "./support/liars.js";
import { settlesTo } from "./support/settled.js";
import { bytes, Flags, ok, Opener, READABLE, statusOf, WRITABLE } from "./support/vfs-2026.js";

const READ_WRITE = READABLE | WRITABLE;
const FILE = READ_WRITE | Flags.PROTOCOL_FILE | Flags.FLAG_MAYBE_CREATE;
const { Directory, File } = fidl.io2026;

/** Resolves once the other end is closed. */
const peerClosed = (channel: Channel) => channel.waitOne(Signals.PEER_CLOSED);

/** A tree with whatever there can be. */
function tree(t: ExecutionContext): VfsDirectory {
  return new PseudoDirectory({
    file: "content",
    tmp: new MemoryDirectory({ capacity: 2 ** 20 }),
    host: new HostDirectory(directoryWith(t, { file: "content" }), { rights: 3 }),
    service: new ServiceNode((channel) => channel.close()),
    broken: new PseudoFile(() => {
      throw new Error("no");
    }),
  });
}

/** Every request of a directory and of a file, with handles of the right kinds. */
function requests(kernel: Kernel) {
  const end = () => {
    const [ours, theirs] = kernel.createChannel();
    ours.close();
    return theirs;
  };
  const event = () => kernel.createEvent();
  const name = bytes("user.x");
  const value = { kind: "bytes", value: bytes("x") } as const;
  const node = {
    Clone: () => ({ request: end() }),
    Close: () => ({}),
    Query: () => ({}),
    GetAttributes: () => ({ query: 2n ** 64n - 1n }),
    UpdateAttributes: () => ({ payload: { modificationTime: 1n } }),
    Sync: () => ({}),
    GetFlags: () => ({}),
    SetFlags: () => ({ flags: Flags.FILE_APPEND }),
    QueryFilesystem: () => ({}),
    ListExtendedAttributes: () => ({ iterator: end() }),
    GetExtendedAttribute: () => ({ name }),
    SetExtendedAttribute: () => ({ name, value, mode: 1 }),
    RemoveExtendedAttribute: () => ({ name }),
    AdvisoryLock: () => ({ request: { type: 1, range: { origin: 0, offset: 0n, length: 1n } } }),
  };
  const directory = {
    ...node,
    Open: () => ({
      path: "tmp/file",
      flags: FILE | Flags.FLAG_SEND_REPRESENTATION,
      options: { attributes: 1n },
      object: end(),
    }),
    Unlink: () => ({ name: "file", options: { flags: 2n } }),
    ReadDirents: () => ({ maxBytes: 100n }),
    Rewind: () => ({}),
    GetToken: () => ({}),
    Rename: () => ({ src: "a", dstParentToken: event(), dst: "b" }),
    Link: () => ({ src: "a", dstParentToken: event(), dst: "b" }),
    CreateSymlink: () => ({ name: "a", target: bytes("b"), connection: end() }),
    Watch: () => ({ mask: 0x1f, options: 0, watcher: end() }),
  };
  const file = {
    ...node,
    LinkInto: () => ({ dstParentToken: event(), dst: "b" }),
    Describe: () => ({}),
    Read: () => ({ count: 10n }),
    ReadAt: () => ({ count: 10n, offset: 1n }),
    Write: () => ({ data: bytes("x") }),
    WriteAt: () => ({ data: bytes("x"), offset: 1n }),
    Seek: () => ({ origin: 1, offset: -1n }),
    Resize: () => ({ length: 1n }),
    GetBackingMemory: () => ({ flags: 3 }),
    Allocate: () => ({ offset: 0n, length: 1n, mode: 1 }),
    EnableVerity: () => ({ options: { hashAlgorithm: 1 } }),
  };
  return { directory, file } as const;
}

type Requests = Readonly<Record<string, (() => object) | undefined>>;

/** A request as a client sends it. */
function encode(method: fidl.Method, value: object) {
  const { ordinal, isFlexible } = method;
  if (method.kind === "event") throw new Error("An event is no request");
  const txid = method.kind === "two-way" ? 1 : 0;
  const header = { txid, ordinal, format: 2, isFlexible } as const;
  return encodeBody(header, method.request, value as never);
}

test("a request that is spoiled anywhere does no harm", async (t) => {
  const kernel = nullKernel(t);
  const root = tree(t);
  const opener = new Opener(t, kernel);
  const top = opener.connect(root);
  const all = requests(kernel);
  for (const [protocol, path, values] of [
    [Directory, ".", all.directory],
    [File, "tmp/made", all.file],
  ] as const) {
    for (const method of protocol.allMethods.filter(({ kind }) => kind !== "event")) {
      const make = (values as Requests)[method.name];
      t.truthy(make, method.name);
      const { bytes: whole, handles: unused } = encode(method, make!());
      unused.forEach((handle) => handle.close());
      for (const spoil of lies(whole.length)) {
        const flags = path === "." ? READ_WRITE : FILE;
        const channel = opener.channel(top, path, flags);
        const { bytes, handles } = encode(method, make!());
        channel.write(spoil(Uint8Array.from(bytes)), handles);
        // What happens to be a request is answered; then this one is too short.
        try {
          channel.write(Uint8Array.of(0));
        } catch {
          // It is closed already.
        }
        await peerClosed(channel);
        channel.close();
      }
    }
  }
  t.is(await statusOf(top.proxy.sync()), 0);
  top.close();
  root.dispose();
});

test("handles of requests are closed, whatever becomes of them", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const top = opener.connect(tree(t));
  await ok(top.proxy.getFlags());
  const before = kernel.stats();
  for (const path of [".", "tmp", "host"]) {
    for (const flags of [0n, READABLE, READ_WRITE]) {
      const { directory } = requests(kernel);
      for (const [name, make] of Object.entries<() => object>(directory)) {
        const method = (Directory.methods as Readonly<Record<string, fidl.Method>>)[name]!;
        const channel = opener.channel(top, path, flags);
        const { bytes, handles } = encode(method, make());
        channel.write(bytes, handles);
        channel.close();
      }
    }
  }
  for (const path of ["file", "tmp/file", "host/file"]) {
    const { file } = requests(kernel);
    for (const [name, make] of Object.entries<() => object>(file)) {
      const method = (File.methods as Readonly<Record<string, fidl.Method>>)[name]!;
      const channel = opener.channel(top, path, path === "file" ? READABLE : FILE);
      const { bytes, handles } = encode(method, make());
      channel.write(bytes, handles);
      channel.close();
    }
  }
  await settlesTo(t, kernel, before);
});

test("an ordinal that nobody knows ends the connection, unless it may be unknown", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const top = opener.connect(tree(t));
  const Newer = fidl.protocol(
    "test.io/Newer",
    {
      Ask: fidl.flexible(fidl.twoWay({}, fidl.flexibleResult("Newer_Ask", {}))),
      Tell: fidl.flexible(fidl.oneWay({})),
      Insist: fidl.twoWay({}, {}),
    },
    { openness: "open" },
  );
  for (const [path, flags] of [
    [".", READABLE],
    ["file", READABLE],
    ["file", Flags.PROTOCOL_NODE],
  ] as const) {
    const client = opener.client(Newer, opener.channel(top, path, flags));
    client.proxy.tell();
    t.is(await statusOf(client.proxy.ask()), -2);
    await t.throwsAsync(client.proxy.insist(), { code: "ZX_ERR_PEER_CLOSED" });
  }
});

test("3,000 clones share one file, and each has a place of its own", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const directory = new PseudoDirectory({ file: "content" });
  const before = kernel.stats();
  const root = opener.connect(directory);
  const first = opener.file(root, "file", READABLE);
  t.is((await ok(first.proxy.read({ count: 3n }))).data.length, 3);
  const clones = Array.from({ length: 3_000 }, () => opener.clone(File, first));
  const { data } = await ok(clones.at(-1)!.proxy.read({ count: 3n }));
  t.is(Buffer.from(data).toString(), "con");
  [root, first, ...clones].forEach((client) => client.close());
  await settlesTo(t, kernel, before);
});

test("server ends that cannot be waited for, read or written are given up", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const top = opener.connect(tree(t));
  await ok(top.proxy.getFlags());
  const before = kernel.stats();
  for (const rights of [Rights.READ | Rights.WRITE, Rights.WAIT, Rights.WAIT | Rights.READ]) {
    for (const flags of [READABLE, READABLE | Flags.FLAG_SEND_REPRESENTATION]) {
      for (const path of ["file", "tmp", "missing", "broken", "service"]) {
        const [end, object] = kernel.createChannel();
        end.write(new Uint8Array(16));
        const server = object.replace(rights | Rights.TRANSFER);
        top.proxy.open({ path, flags, options: {}, object: server });
        await peerClosed(end);
        end.close();
      }
      const [end, request] = kernel.createChannel();
      end.write(new Uint8Array(16));
      top.proxy.clone({ request: request.replace(rights | Rights.TRANSFER) });
      await peerClosed(end);
      end.close();
    }
  }
  await settlesTo(t, kernel, before);
});

test("what is being opened when a directory is disposed of is refused", async (t) => {
  const kernel = nullKernel(t);
  let make: ((content: string) => void) | undefined;
  const root = new PseudoDirectory({
    slow: new PseudoFile(() => new Promise<string>((resolve) => (make = resolve))),
  });
  const before = kernel.stats();
  const opener = new Opener(t, kernel);
  const client = opener.connect(root);
  const file = opener.file(client, "slow", READABLE | Flags.FLAG_SEND_REPRESENTATION);
  const told = file.nextEvent();
  await until(() => make !== undefined);
  root.dispose();
  make!("late");
  await t.throwsAsync(told, { code: "ZX_ERR_CANCELED" });
  [client, file].forEach((each) => each.close());
  await settlesTo(t, kernel, before);
});
