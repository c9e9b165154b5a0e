import { linkSync } from "node:fs";
import { join } from "node:path";

import test, { type ExecutionContext } from "ava";

import {
  AdvisoryLocks,
  HostDirectory,
  MemoryDirectory,
  type VfsDirectory,
} from "../lib/vfs/index.js";
import { directoryWith } from "./support/directory.js";
import { nullKernel } from "./support/kernel.js";
import { settlesTo } from "./support/settled.js";
import {
  type DirectoryClient,
  type FileClient,
  Flags,
  ok,
  Opener,
  statusOf,
} from "./support/vfs-2026.js";

const READ = 1;
const WRITE = 2;
const UNLOCK = 3;
const BAD_STATE = -20;
const INVALID_ARGS = -10;
const NOT_SUPPORTED = -2;

/** The status of locking a file or a directory through a connection. */
function lock(
  { proxy }: FileClient | DirectoryClient,
  type: 1 | 2 | 3,
  wait?: boolean,
): Promise<number> {
  const request = { type, ...(wait === undefined ? {} : { wait }) };
  return statusOf(proxy.advisoryLock({ request }));
}

/** Whether a promise has not settled yet. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}

test("many read, or one writes", async (t) => {
  const locks = new AdvisoryLocks();
  const [a, b, c] = [{}, {}, {}];
  await locks.acquire(a, "read", false);
  await locks.acquire(b, "read", false);
  const busy = { code: "ZX_ERR_BAD_STATE" };
  await t.throwsAsync(locks.acquire(c, "write", false), busy);
  await t.throwsAsync(locks.acquire(a, "write", false), busy);
  locks.release(b);
  // The only owner may change what it has.
  await locks.acquire(a, "write", false);
  await locks.acquire(a, "write", false);
  await t.throwsAsync(locks.acquire(b, "read", false), busy);
  await locks.acquire(a, "read", false);
  await locks.acquire(b, "read", false);
  locks.release(a);
  locks.release(a);
  locks.release(b);
  t.true(locks.isIdle);
});

test("who waits gets the lock in turn", async (t) => {
  const locks = new AdvisoryLocks();
  const [a, b, c, d] = [{}, {}, {}, {}];
  const order: string[] = [];
  const wait = async (name: string, owner: object, type: "read" | "write") => {
    await locks.acquire(owner, type, true);
    order.push(name);
  };
  await locks.acquire(a, "write", false);
  const all = [wait("b", b, "write"), wait("c", c, "read"), wait("d", d, "read")];
  locks.release(a);
  await all[0];
  t.deepEqual(order, ["b"]);
  locks.release(b);
  await Promise.all(all);
  t.deepEqual(order, ["b", "c", "d"]);
});

test("who gives up waiting does not get it, and lets others through", async (t) => {
  const locks = new AdvisoryLocks();
  const [a, b, c] = [{}, {}, {}];
  await locks.acquire(a, "read", false);
  const waiting = locks.acquire(b, "write", true);
  const behind = locks.acquire(c, "write", true);
  t.true(await isPending(waiting));
  locks.release(b);
  await t.throwsAsync(waiting, { code: "ZX_ERR_CANCELED" });
  locks.release(a);
  await behind;
  locks.release(c);
  t.true(locks.isIdle);
});

/** Files that can be locked, under two names, in one directory. */
const LOCKED: readonly (readonly [name: string, make: (t: ExecutionContext) => VfsDirectory])[] = [
  ["in memory", () => new MemoryDirectory()],
  ["of the host", (t) => new HostDirectory(directoryWith(t, {}), { rights: 3 })],
];

for (const [where, make] of LOCKED) {
  test(`a file ${where} is locked by a connection, whatever it is called`, async (t) => {
    const kernel = nullKernel(t);
    const before = kernel.stats();
    const opener = new Opener(t, kernel);
    const root = opener.connect(make(t));
    const create = 0x1f7n | Flags.PROTOCOL_FILE | Flags.FLAG_MAYBE_CREATE;
    const first = opener.file(root, "file", create);
    await ok(first.proxy.getFlags());
    const { token } = await root.proxy.getToken();
    await root.proxy.link({ src: "file", dst: "linked", dstParentToken: token! });
    const second = opener.file(root, "linked", create);
    t.is(await lock(first, WRITE), 0);
    t.is(await lock(second, READ), BAD_STATE);
    t.is(await lock(second, UNLOCK), 0);
    t.is(await lock(first, READ), 0);
    t.is(await lock(second, READ), 0);
    t.is(await lock(second, WRITE, false), BAD_STATE);
    const granted = lock(second, WRITE, true);
    t.is(await lock(first, READ), 0);
    t.is(await lock(first, UNLOCK), 0);
    t.is(await granted, 0);
    // A connection that ends gives up what it has.
    const last = lock(first, WRITE, true);
    second.close();
    t.is(await last, 0);
    t.is(await statusOf(first.proxy.advisoryLock({ request: {} })), INVALID_ARGS);
    const range = { origin: 0, offset: 0n, length: 1n } as const;
    const part = { request: { type: READ, range } } as const;
    t.is(await statusOf(first.proxy.advisoryLock(part)), NOT_SUPPORTED);
    [first, root].forEach((client) => client.close());
    await settlesTo(t, kernel, before);
  });

  test(`directories are locked ${where}`, async (t) => {
    const kernel = nullKernel(t);
    const before = kernel.stats();
    const opener = new Opener(t, kernel);
    const root = opener.connect(make(t));
    const create = 0x1f7n | Flags.PROTOCOL_DIRECTORY | Flags.FLAG_MAYBE_CREATE;
    const [first, second] = [0, 0].map(() => opener.directory(root, "dir", create));
    t.is(await lock(first!, WRITE), 0);
    t.is(await lock(second!, READ), BAD_STATE);
    // Every directory is locked by itself.
    t.is(await lock(root, WRITE), 0);
    const granted = lock(second!, READ, true);
    t.is(await lock(first!, UNLOCK), 0);
    t.is(await granted, 0);
    const last = lock(first!, WRITE, true);
    second!.close();
    t.is(await last, 0);
    [first!, root].forEach((client) => client.close());
    await settlesTo(t, kernel, before);
  });

  test(`who goes while it waits for a lock ${where} leaves nothing`, async (t) => {
    const kernel = nullKernel(t);
    const opener = new Opener(t, kernel);
    const root = opener.connect(make(t));
    const create = 0x1f7n | Flags.PROTOCOL_FILE | Flags.FLAG_MAYBE_CREATE;
    const holder = opener.file(root, "file", create);
    await ok(holder.proxy.advisoryLock({ request: { type: WRITE } }));
    const before = kernel.stats();
    const waiting = opener.file(root, "file", create);
    await ok(waiting.proxy.getFlags());
    const waits = waiting.proxy.advisoryLock({ request: { type: WRITE, wait: true } });
    waiting.close();
    await t.throwsAsync(waits);
    await ok(holder.proxy.advisoryLock({ request: { type: UNLOCK } }));
    await settlesTo(t, kernel, before);
    t.is(await statusOf(holder.proxy.advisoryLock({ request: { type: WRITE } })), 0);
  });
}

test("a lock on a file of the host holds through another link to it", async (t) => {
  const path = directoryWith(t, { file: "" });
  linkSync(join(path, "file"), join(path, "linked"));
  const opener = new Opener(t, nullKernel(t));
  const root = opener.connect(new HostDirectory(path));
  const [one, two] = [opener.file(root, "file", 0xd3n), opener.file(root, "linked", 0xd3n)];
  await ok(one.proxy.advisoryLock({ request: { type: WRITE } }));
  t.is(await statusOf(two.proxy.advisoryLock({ request: { type: READ } })), BAD_STATE);
  one.close();
  await ok(two.proxy.advisoryLock({ request: { type: READ, wait: true } }));
});
