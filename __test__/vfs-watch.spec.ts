import test, { type ExecutionContext } from "ava";

import { type Channel, type Kernel, ZxError, ZxStatus } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import {
  HostDirectory,
  MemoryDirectory,
  PseudoDirectory,
  type VfsDirectory,
} from "../lib/vfs/index.js";
import { directoryWith } from "./support/directory.js";
import { until } from "./support/holdings.js";
import { nullKernel } from "./support/kernel.js";
import { settlesTo } from "./support/settled.js";
import {
  type DirectoryClient,
  Flags,
  ok,
  Opener,
  READABLE,
  statusOf,
  WRITABLE,
} from "./support/vfs-2026.js";

const { DELETED, ADDED, REMOVED, EXISTING, IDLE } = fidl.io2026.WatchMask.members;
const ALL = DELETED | ADDED | REMOVED | EXISTING | IDLE;
const EVENTS = ["deleted", "added", "removed", "existing", "idle"];
const READ_WRITE = READABLE | WRITABLE;
const FILE = READ_WRITE | Flags.FLAG_MUST_CREATE | Flags.PROTOCOL_FILE;
const DIRECTORY = READ_WRITE | Flags.FLAG_MUST_CREATE | Flags.PROTOCOL_DIRECTORY;

/** A watcher of a connection's directory: its end. */
async function watch(
  t: ExecutionContext,
  kernel: Kernel,
  { proxy }: DirectoryClient,
  mask: number,
): Promise<Channel> {
  const [end, watcher] = kernel.createChannel();
  t.teardown(() => end.close());
  t.deepEqual(await proxy.watch({ mask, options: 0, watcher }), { s: 0 });
  return end;
}

/** The events in a message. */
function parse(bytes: Uint8Array): string[] {
  const events: string[] = [];
  for (let at = 0; at < bytes.length; at += 2 + bytes[at + 1]!) {
    const name = Buffer.from(bytes.subarray(at + 2, at + 2 + bytes[at + 1]!)).toString();
    events.push(`${EVENTS[bytes[at]!]} ${name}`.trim());
  }
  return events;
}

/** What a watcher has been told since it was asked last, by message. */
function messages(channel: Channel): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (;;) {
    try {
      all.push(channel.read().bytes);
    } catch (error) {
      if (error instanceof ZxError && error.status === ZxStatus.SHOULD_WAIT) {
        return all;
      }
      throw error;
    }
  }
}

function told(channel: Channel): string[] {
  return messages(channel).flatMap(parse);
}

async function tokenOf({ proxy }: DirectoryClient) {
  return (await proxy.getToken()).token! as never;
}

async function unlink({ proxy }: DirectoryClient, name: string): Promise<void> {
  await ok(proxy.unlink({ name, options: {} }));
}

test("a watcher is told what there is, and then what comes and goes", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const root = opener.connect(new MemoryDirectory());
  t.is(await opener.outcome(root, "file", FILE), "file");
  const all = await watch(t, kernel, root, ALL);
  const some = await watch(t, kernel, root, REMOVED | IDLE);
  t.deepEqual(told(all), ["existing .", "existing file", "idle"]);
  t.deepEqual(told(some), []);
  const dir = opener.directory(root, "dir", DIRECTORY);
  const inner = await watch(t, kernel, dir, ALL);
  await ok(root.proxy.rename({ src: "file", dst: "moved", dstParentToken: await tokenOf(dir) }));
  await dir.proxy.link({ src: "moved", dst: "linked", dstParentToken: await tokenOf(root) });
  await unlink(root, "linked");
  await unlink(dir, "moved");
  await unlink(root, "dir");
  t.deepEqual(told(all), [
    "added dir",
    "removed file",
    "added linked",
    "removed linked",
    "removed dir",
  ]);
  t.deepEqual(told(some), ["removed file", "removed linked", "removed dir"]);
  t.deepEqual(told(inner), ["existing .", "idle", "added moved", "removed moved", "deleted ."]);
});

test("what takes the place of something removes it first", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const root = opener.connect(new MemoryDirectory());
  for (const name of ["a", "b"]) {
    t.is(await opener.outcome(root, name, FILE), "file");
  }
  const watcher = await watch(t, kernel, root, ALL);
  await ok(root.proxy.rename({ src: "a", dst: "b", dstParentToken: await tokenOf(root) }));
  t.deepEqual(told(watcher).slice(4), ["removed b", "removed a", "added b"]);
});

test("what an embedder adds and removes is told, through either dialect", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const directory = new PseudoDirectory({ a: "" });
  const root = opener.connect(directory);
  const today = await watch(t, kernel, root, ALL);
  const old = opener.client(fidl.io.Directory, root.intoChannel());
  const [end, watcher] = kernel.createChannel();
  t.teardown(() => end.close());
  t.deepEqual(await old.proxy.watch({ mask: ALL, options: 0, watcher }), { s: 0 });
  directory.add("b", "");
  directory.remove("a");
  directory.remove("a");
  const events = ["existing .", "existing a", "idle", "added b", "removed a"];
  t.deepEqual(told(today), events);
  t.deepEqual(told(end), events);
});

test("a long listing comes in messages of 8,192 bytes at most", async (t) => {
  const kernel = nullKernel(t);
  const names = Array.from({ length: 100 }, (_, index) => `${index}-${"x".repeat(250)}`);
  const entries = Object.fromEntries(names.map((name) => [name, ""]));
  const root = new Opener(t, kernel).connect(new PseudoDirectory(entries));
  const watcher = await watch(t, kernel, root, EXISTING);
  const all = messages(watcher);
  t.true(all.length > 3 && all.every(({ length }) => length <= 8_192));
  const existing = [".", ...names].map((name) => `existing ${name}`);
  t.deepEqual(all.flatMap(parse), existing);
});

test("requests to watch are checked, and their watchers closed", async (t) => {
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const path = directoryWith(t, {});
  const rules: readonly (readonly [VfsDirectory, mask: number, options: number, s: number])[] = [
    [new PseudoDirectory(), 0, 0, -10],
    [new PseudoDirectory(), ALL, 1, -10],
    [new PseudoDirectory(), 0x20, 0, -10],
    [new HostDirectory(path), ALL, 0, -2],
  ];
  for (const [directory, mask, options, s] of rules) {
    const client = opener.client(fidl.io.Directory, directory.connect(kernel));
    const [end, watcher] = kernel.createChannel();
    t.deepEqual(await client.proxy.watch({ mask, options, watcher }), { s });
    t.throws(() => end.read(), { code: "ZX_ERR_PEER_CLOSED" });
    end.close();
  }
});

test("a watcher outlives the connection that it was given to, and ends with the server", async (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const directory = new PseudoDirectory();
  const root = new Opener(t, kernel).connect(directory);
  const watcher = await watch(t, kernel, root, ADDED);
  root.close();
  directory.add("a", "");
  t.deepEqual(told(watcher), ["added a"]);
  directory.dispose();
  t.throws(() => watcher.read(), { code: "ZX_ERR_PEER_CLOSED" });
  watcher.close();
  await settlesTo(t, kernel, before);
});

test("a client that goes, or reads nothing, is told no more, and leaves nothing", async (t) => {
  const kernel = nullKernel(t);
  const directory = new PseudoDirectory();
  const root = new Opener(t, kernel).connect(directory);
  const before = kernel.stats();
  const gone = await watch(t, kernel, root, ALL);
  gone.close();
  await settlesTo(t, kernel, before);
  const lazy = await watch(t, kernel, root, ADDED | REMOVED);
  const isClosed = () => kernel.stats().handles === before.handles + 1;
  for (let events = 0; !isClosed(); events += 1) {
    t.true(events < 10_000);
    directory.add("a", "").remove("a");
  }
  lazy.close();
  await until(() => kernel.stats().handles === before.handles);
  t.is(await statusOf(root.proxy.sync()), 0);
});
