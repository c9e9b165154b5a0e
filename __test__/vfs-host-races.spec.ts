import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";

import type { ExecutionContext } from "ava";

import { HostFolder } from "../lib/vfs/host/host-folder.js";
import { HostTree } from "../lib/vfs/host/host-tree.js";
import { NodeRights, PseudoDirectory } from "../lib/vfs/index.js";
import { directoryWith } from "./support/directory.js";
import { nullKernel } from "./support/kernel.js";
import { linuxTest } from "./support/platform.js";
import {
  bytes,
  type DirectoryClient,
  Flags,
  Opener,
  READABLE,
  WRITABLE,
} from "./support/vfs-2026.js";

const READ_WRITE = READABLE | WRITABLE;
const { FILE_TRUNCATE, FLAG_MUST_CREATE, PROTOCOL_DIRECTORY, PROTOCOL_FILE } = Flags;

/** A tree in which something happens when a directory is used for the nth time. */
class Racing extends HostTree {
  #left: number;
  readonly #when: "before" | "during";
  readonly #happen: () => void;

  constructor(root: string, nth: number, when: "before" | "during", happen: () => void) {
    super(root, NodeRights.READABLE | NodeRights.WRITABLE);
    this.#left = nth;
    this.#when = when;
    this.#happen = happen;
  }

  /** Whether it has happened. */
  get isOver(): boolean {
    return this.#left <= 0;
  }

  override within<T>(directory: string, use: (here: string) => Promise<T>): Promise<T> {
    this.#left -= 1;
    const isNow = this.#left === 0;
    if (isNow && this.#when === "before") {
      this.#happen();
    }
    return super.within(directory, (here) => {
      if (isNow && this.#when === "during") {
        this.#happen();
      }
      return use(here);
    });
  }
}

/** What a client may do in a directory that is being taken away. */
const ACTIONS: Readonly<
  Record<string, (opener: Opener, directory: DirectoryClient) => Promise<unknown>>
> = {
  read: (opener, directory) => opener.file(directory, "file", READABLE).proxy.read({ count: 100n }),
  write: (opener, directory) =>
    opener.file(directory, "file", READ_WRITE).proxy.write({ data: bytes("mine") }),
  truncate: (opener, directory) =>
    opener.file(directory, "file", WRITABLE | FILE_TRUNCATE).proxy.sync(),
  createFile: (opener, directory) =>
    opener.file(directory, "new", WRITABLE | FLAG_MUST_CREATE | PROTOCOL_FILE).proxy.sync(),
  createDirectory: (opener, directory) =>
    opener
      .directory(directory, "new", WRITABLE | FLAG_MUST_CREATE | PROTOCOL_DIRECTORY)
      .proxy.sync(),
  list: (_, { proxy }) => proxy.readDirents({ maxBytes: 8192n }),
  attributes: (_, { proxy }) => proxy.getAttributes({ query: 0xffffn }),
  setTimes: (opener, directory) =>
    opener
      .file(directory, "file", READ_WRITE)
      .proxy.updateAttributes({ payload: { modificationTime: 0n } }),
  unlink: (_, { proxy }) => proxy.unlink({ name: "file", options: {} }),
  removeDirectory: (_, { proxy }) => proxy.unlink({ name: "empty", options: { flags: 2n } }),
  rename: async (_, { proxy }) => {
    const { token } = await proxy.getToken();
    return proxy.rename({ src: "file", dst: "moved", dstParentToken: token! as never });
  },
  link: async (_, { proxy }) => {
    const { token } = await proxy.getToken();
    return proxy.link({ src: "file", dst: "linked", dstParentToken: token! });
  },
};

/** All that can be seen of a directory. */
function snapshot(path: string): unknown {
  return readdirSync(path).map((name) => {
    const { mtimeMs, nlink, size } = lstatSync(join(path, name));
    return [name, mtimeMs, nlink, size];
  });
}

/** Whether bytes that lie outside are in what a client was told. */
function tellsSecret(told: unknown): boolean {
  return JSON.stringify(told, (_, value: unknown) =>
    ArrayBuffer.isView(value)
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1")
      : typeof value === "bigint"
        ? String(value)
        : value,
  ).includes("secret");
}

/** Acts while the directory becomes a link out at the nth use: whether it came to that. */
async function race(
  t: ExecutionContext,
  action: (typeof ACTIONS)[string],
  nth: number,
  when: "before" | "during",
): Promise<boolean> {
  const base = realpathSync(directoryWith(t, { "root/dir/file": "content", "out/file": "secret" }));
  mkdirSync(join(base, "root/dir/empty"));
  mkdirSync(join(base, "out/empty"));
  mkdirSync(join(base, "out/secret"));
  utimesSync(join(base, "out/file"), 1_000, 1_000);
  const before = snapshot(join(base, "out"));
  const tree = new Racing(join(base, "root"), nth, when, () => {
    renameSync(join(base, "root/dir"), join(base, "root/away"));
    symlinkSync("../out", join(base, "root/dir"));
  });
  const kernel = nullKernel(t);
  const opener = new Opener(t, kernel);
  const top = opener.connect(new PseudoDirectory({ host: new HostFolder(tree, tree.root) }));
  const directory = opener.directory(top, "host/dir", READ_WRITE | Flags.PROTOCOL_DIRECTORY);
  const told = await action(opener, directory).catch((error: unknown) => error);
  const label = `${when} ${nth}`;
  t.false(tellsSecret(told), label);
  t.deepEqual(snapshot(join(base, "out")), before, label);
  t.is(readFileSync(join(base, "out/file"), "utf8"), "secret", label);
  return tree.isOver;
}

for (const [name, action] of Object.entries(ACTIONS)) {
  linuxTest(`a link that appears at any moment does not lead out: ${name}`, async (t) => {
    for (const when of ["before", "during"] as const) {
      let nth = 1;
      while (await race(t, action, nth, when)) {
        nth += 1;
      }
      // It did something with the directory after it had found it.
      t.true(nth > 2, when);
    }
  });
}

linuxTest("what is done in a directory that is moved away meanwhile is done there", async (t) => {
  const base = realpathSync(directoryWith(t, { "root/dir/file": "content" }));
  const root = join(base, "root");
  const tree = new Racing(root, 1, "during", () => {
    renameSync(join(root, "dir"), join(root, "away"));
    mkdirSync(join(root, "dir"));
  });
  const { changes } = new HostFolder(tree, join(root, "dir"));
  await changes.unlink("file", false);
  t.true(tree.isOver);
  t.deepEqual(readdirSync(join(root, "away")), []);
  // From then on the path leads to another directory.
  await changes.create("new", "file");
  t.deepEqual(readdirSync(join(root, "dir")), ["new"]);
});
