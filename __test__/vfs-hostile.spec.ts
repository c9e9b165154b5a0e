import { execFileSync, spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

import test from "ava";

import { type Event, Rights, Signals } from "../index.js";
import { HostFolder } from "../lib/vfs/host/host-folder.js";
import { HostTree } from "../lib/vfs/host/host-tree.js";
import {
  type DirectoryNode,
  type FileNode,
  HostDirectory,
  OpenFlags,
  PseudoDirectory,
  PseudoFile,
  ServiceNode,
  VmoFlags,
} from "../lib/vfs/index.js";
import { directoryWith } from "./support/directory.js";
import { nullKernel } from "./support/kernel.js";
import { posixTest } from "./support/platform.js";
import { settlesTo } from "./support/settled.js";
import {
  closesSilently,
  connect,
  type DirectoryClient,
  namesIn,
  Opener,
  parseDirents,
} from "./support/vfs.js";

const { READABLE, WRITABLE, APPEND, CREATE, DESCRIBE, CLONE_SAME_RIGHTS } = OpenFlags;
const READ_WRITE = READABLE | WRITABLE;
const NO_ATTRIBUTES = {
  contentSize: 0n,
  storageSize: 0n,
  linkCount: 1n,
  creationTime: 0n,
  modificationTime: 0n,
};

const bytes = (content: string) => new TextEncoder().encode(content);

test("a listing of 100,000 entries asks its directory once", async (t) => {
  const kernel = nullKernel(t);
  const count = 100_000;
  const all = Array.from({ length: count }, (_, index) => ({
    name: `entry-${index}`,
    kind: "file" as const,
  }));
  let asked = 0;
  const large: DirectoryNode = {
    kind: "directory",
    rights: READABLE,
    attributes: () => NO_ATTRIBUTES,
    lookup: () => undefined,
    entries: () => {
      asked += 1;
      return all;
    },
  };
  const root = connect(t, kernel, new PseudoDirectory({ large }));
  const { proxy } = new Opener(t, kernel).directory(root, "large", READABLE);
  const names = new Set<string>();
  for (;;) {
    const { s, dirents } = await proxy.readDirents({ maxBytes: 8192n });
    if (s !== 0 || dirents.length === 0) break;
    parseDirents(dirents).forEach(({ name }) => names.add(name));
  }
  t.is(names.size, count + 1);
  t.is(asked, 1);
});

test("names that no client could ask for are not listed", async (t) => {
  const kernel = nullKernel(t);
  const names = ["a".repeat(256), "", "..", "a/b", "\ud800", "fine"];
  const odd: DirectoryNode = {
    kind: "directory",
    rights: READABLE,
    attributes: () => NO_ATTRIBUTES,
    lookup: () => undefined,
    entries: () => names.map((name) => ({ name, kind: "file" })),
  };
  const root = connect(t, kernel, new PseudoDirectory({ odd }));
  const directory = new Opener(t, kernel).directory(root, "odd", READABLE);
  t.deepEqual(await namesIn(directory), [".", "fine"]);
});

test("3,000 clones share one file, which is closed after the last of them", async (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  let opened = 0;
  let closed = 0;
  const file: FileNode = {
    kind: "file",
    rights: READABLE,
    attributes: () => NO_ATTRIBUTES,
    open: () => {
      opened += 1;
      return {
        isMemory: false,
        size: () => 1n,
        read: () => bytes("x"),
        buffer: () => t.fail() as never,
        close: () => {
          closed += 1;
          throw new Error("nobody hears this");
        },
      };
    },
  };
  const directory = new PseudoDirectory({ file });
  const root = connect(t, kernel, directory);
  const opener = new Opener(t, kernel);
  const first = opener.file(root, "file", READABLE);
  const clones = Array.from({ length: 3_000 }, () => opener.cloneFile(first, CLONE_SAME_RIGHTS));
  const { data } = await clones.at(-1)!.proxy.read({ count: 1n });
  t.is(Buffer.from(data).toString(), "x");
  t.is(opened, 1);
  [first, ...clones.slice(1)].forEach((client) => client.close());
  t.like(await clones[0]!.proxy.read({ count: 1n }), { s: 0 });
  t.is(closed, 0);
  [root, clones[0]!].forEach((client) => client.close());
  await settlesTo(t, kernel, before);
  t.is(closed, 1);
});

posixTest("a file of 64 GiB is read where it is asked for, and is no VMO", async (t) => {
  const kernel = nullKernel(t);
  const path = directoryWith(t, { huge: "begin" });
  const size = 64 * 2 ** 30;
  truncateSync(join(path, "huge"), size);
  const opener = new Opener(t, kernel);
  const root = connect(t, kernel, new HostDirectory(path));
  const { proxy } = opener.file(root, "huge", READABLE);
  t.is((await proxy.getAttr()).attributes.contentSize, BigInt(size));
  const { data } = await proxy.read({ count: 5n });
  t.is(Buffer.from(data).toString(), "begin");
  t.is((await proxy.readAt({ count: 8192n, offset: BigInt(size - 10) })).data.length, 10);
  for (const flags of [VmoFlags.READ, VmoFlags.READ | VmoFlags.PRIVATE]) {
    t.like(await proxy.getBuffer({ flags }), { s: -53 });
  }
});

posixTest(
  "what is neither directory nor regular file is not there, and nothing waits",
  async (t) => {
    const kernel = nullKernel(t);
    const path = directoryWith(t, { file: "" });
    execFileSync("mkfifo", [join(path, "fifo")]);
    // Made from within: a socket's address has 104 bytes on some hosts, and its directory may be deep.
    const listen = `net.createServer().listen("socket", () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["--eval", listen], { cwd: path });
    t.true(lstatSync(join(path, "socket")).isSocket());
    symlinkSync("/dev/zero", join(path, "zero"));
    symlinkSync("fifo", join(path, "link"));
    const root = connect(t, kernel, new HostDirectory(path, { rights: READ_WRITE }));
    const opener = new Opener(t, kernel);
    t.deepEqual(await namesIn(root), [".", "file"]);
    for (const name of ["fifo", "socket", "link"]) {
      t.is(await opener.status(root, name, READABLE), "NOT_FOUND");
      t.is(await opener.status(root, name, READ_WRITE | CREATE), "ALREADY_EXISTS");
      const { token } = await root.proxy.getToken();
      const link = { src: name, dst: "linked", dstParentToken: token! };
      t.like(await root.proxy.link(link), { s: -52 });
    }
    t.is(await opener.status(root, "zero", READABLE), "ACCESS_DENIED");
  },
);

posixTest("no client gets out by moving links while others make files", async (t) => {
  const kernel = nullKernel(t);
  const outer = directoryWith(t, { "out/secret": "", "root/dir/file": "" });
  const path = join(outer, "root");
  symlinkSync("../out", join(path, "link"));
  const directory = new HostDirectory(path, { rights: READ_WRITE });
  const opener = new Opener(t, kernel);
  const roots = Array.from({ length: 6 }, () => connect(t, kernel, directory));
  const [first, second, ...makers] = roots as [DirectoryClient, DirectoryClient];
  await Promise.all(roots.map(({ proxy }) => proxy.describe()));
  const token = (await first.proxy.getToken()).token as Event;
  const move = ({ proxy }: DirectoryClient, src: string, dst: string) =>
    proxy.rename({ src, dst, dstParentToken: token.duplicate() });
  for (let round = 0; round < 20; round += 1) {
    // Between what is looked at to make a file and making it is as much as moving takes.
    const made = makers.map((root, index) =>
      opener.status(root, `dir/made-${round}-${index}`, READ_WRITE | CREATE),
    );
    await Promise.all([move(first, "dir", "kept"), move(second, "link", "dir"), ...made]);
    await move(first, "dir", "link");
    await move(first, "kept", "dir");
  }
  t.deepEqual(readdirSync(join(outer, "out")), ["secret"]);
});

test("what two connections append is all there", async (t) => {
  const kernel = nullKernel(t);
  const path = directoryWith(t, { log: "" });
  const directory = new HostDirectory(path, { rights: READ_WRITE });
  const opener = new Opener(t, kernel);
  const writers = Array.from({ length: 2 }, () =>
    opener.file(connect(t, kernel, directory), "log", READ_WRITE | APPEND),
  );
  const line = bytes("x".repeat(100));
  await Promise.all(
    writers.flatMap(({ proxy }) =>
      Array.from({ length: 50 }, async () => {
        t.like(await proxy.write({ data: line }), { s: 0, actual: 100n });
      }),
    ),
  );
  t.is(readFileSync(join(path, "log")).length, 10_000);
});

test("two connections make one file", async (t) => {
  const kernel = nullKernel(t);
  const path = directoryWith(t, {});
  const directory = new HostDirectory(path, { rights: READ_WRITE });
  const opener = new Opener(t, kernel);
  const roots = [connect(t, kernel, directory), connect(t, kernel, directory)];
  for (let round = 0; round < 20; round += 1) {
    const open = roots.map((root) => opener.status(root, `log-${round}`, READ_WRITE | CREATE));
    t.deepEqual(await Promise.all(open), ["OK", "OK"]);
  }
});

posixTest("a clone is to the same file, also when that has no name any more", async (t) => {
  const kernel = nullKernel(t);
  const path = directoryWith(t, { file: "content" });
  const opener = new Opener(t, kernel);
  const root = connect(t, kernel, new HostDirectory(path));
  const file = opener.file(root, "file", READABLE);
  await file.proxy.describe();
  unlinkSync(join(path, "file"));
  const clone = opener.cloneFile(file, CLONE_SAME_RIGHTS);
  file.close();
  t.is(Buffer.from((await clone.proxy.read({ count: 10n })).data).toString(), "content");
});

test("so many files of the host can be open, and others once they are closed", async (t) => {
  const kernel = nullKernel(t);
  const path = directoryWith(t, { file: "content" });
  const opener = new Opener(t, kernel);
  const host = new HostFolder(new HostTree(path, READABLE, 3), path);
  const root = connect(t, kernel, new PseudoDirectory({ host }));
  const files = Array.from({ length: 3 }, () => opener.file(root, "host/file", READABLE));
  t.is(await opener.status(root, "host/file", READABLE), "NO_RESOURCES");
  // Clones are to the same files.
  t.like(await opener.cloneFile(files[0]!, CLONE_SAME_RIGHTS).proxy.getAttr(), { s: 0 });
  await files[1]!.proxy.close();
  t.is(await opener.status(root, "host/file", READABLE), "OK");
});

test("a file that has become a directory, or one of another tree, is not opened", async (t) => {
  const kernel = nullKernel(t);
  const path = directoryWith(t, { file: "content" });
  const node = await new HostDirectory(path).lookup("file");
  renameSync(join(path, "file"), join(path, "old"));
  mkdirSync(join(path, "file"));
  const root = connect(t, kernel, new PseudoDirectory({ node: node! }));
  t.is(await new Opener(t, kernel).status(root, "node", READABLE), "ACCESS_DENIED");
});

test("a protocol that fails to connect closes its client's channel", async (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const broken = new Error("no");
  const directory = new PseudoDirectory({
    now: new ServiceNode(() => {
      throw broken;
    }),
    later: new ServiceNode(async () => {
      await setImmediate();
      throw broken;
    }),
    own: {
      kind: "service",
      rights: READABLE,
      attributes: () => NO_ATTRIBUTES,
      connect: () => Promise.reject(broken),
    },
  });
  const root = connect(t, kernel, directory);
  const opener = new Opener(t, kernel);
  for (const name of ["now", "later", "own"]) {
    const client = opener.file(root, name, READABLE);
    await closesSilently(t, client);
    client.close();
  }
  root.close();
  await settlesTo(t, kernel, before);
});

test("nothing is connected any more once a directory is disposed of", async (t) => {
  const kernel = nullKernel(t);
  let found: (node: ServiceNode) => void = () => t.fail();
  const asked = new Promise<void>((resolve) => {
    slow.lookup = () => {
      resolve();
      return new Promise((resolve) => (found = resolve));
    };
  });
  const directory = new PseudoDirectory({ slow });
  const root = connect(t, kernel, directory);
  const service = new Opener(t, kernel).file(root, "slow/service", READABLE);
  const closed = closesSilently(t, service);
  await asked;
  directory.dispose();
  found(new ServiceNode(() => t.fail()));
  await closed;
});

/** A directory that takes its time. */
const slow: DirectoryNode = {
  kind: "directory",
  rights: READABLE,
  attributes: () => NO_ATTRIBUTES,
  lookup: () => undefined,
  entries: () => [],
};

test("requests that fail leave nothing", async (t) => {
  const kernel = nullKernel(t);
  const path = directoryWith(t, { file: "content", "dir/file": "" });
  const before = kernel.stats();
  const directory = new PseudoDirectory({
    host: new HostDirectory(path, { rights: READ_WRITE }),
    broken: new PseudoFile(() => Promise.reject(new Error("no"))),
  });
  const root = connect(t, kernel, directory);
  const opener = new Opener(t, kernel);
  const host = opener.directory(root, "host", READ_WRITE);
  for (const src of ["missing", "file/", ".", "..", "a/b", "a".repeat(300), ""]) {
    for (const call of ["rename", "link"] as const) {
      const { token } = await host.proxy.getToken();
      const { s } = await host.proxy[call]({ src, dst: "x", dstParentToken: token! });
      t.true(s < 0, `${call} ${src}`);
    }
  }
  const file = opener.file(host, "file", READABLE);
  t.true((await file.proxy.getBuffer({ flags: VmoFlags.READ | VmoFlags.WRITE })).s < 0);
  t.true((await file.proxy.getBuffer({ flags: VmoFlags.READ | VmoFlags.EXACT })).s < 0);
  for (const name of ["broken", "host/missing", "host/file/x"]) {
    const silent = opener.file(root, name, READABLE);
    await closesSilently(t, silent);
    silent.close();
    t.not(await opener.status(root, name, READABLE), "OK");
  }
  // Server ends that cannot be waited for, or read, or answered over.
  for (const rights of [Rights.READ | Rights.WRITE, Rights.WAIT, Rights.WAIT | Rights.READ]) {
    const [end, object] = kernel.createChannel();
    end.write(new Uint8Array(16));
    root.proxy.open({
      flags: READABLE | DESCRIBE,
      mode: 0,
      path: "host/file",
      object: object.replace(rights | Rights.TRANSFER),
    });
    await end.waitOne(Signals.PEER_CLOSED);
    end.close();
  }
  [file, host, root].forEach((client) => client.close());
  await settlesTo(t, kernel, before);
});
