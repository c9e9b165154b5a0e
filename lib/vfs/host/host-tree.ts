import { type BigIntStats, constants, existsSync } from "node:fs";
import { lstat, lutimes, open, readlink, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

import { ZirconiaError } from "../../base/errors.js";
import { hostPath, pathText } from "../../base/host-path.js";
import { askHost } from "../../base/host-status.js";
import { jsonable } from "../../base/json.js";
import { ZxStatus } from "../../base/status.js";
import { AdvisoryLocks } from "../locks.js";
import type { VfsAttributes, VfsTimes } from "../node.js";
import { includesRights, NodeRights } from "../rights.js";

/** Something of the host's, where it really is: no part of the path is a link. */
export interface HostPlace {
  readonly path: string;
  readonly stats: BigIntStats;
}

/** Where Linux has the files that this process has open. */
const DESCRIPTORS = "/proc/self/fd";
/** Linux's flag for a descriptor that only names what is opened. */
const O_PATH = 0o10_000_000;

/** Files of a directory of the host that are open at once, at most. */
const MAX_OPEN_FILES = 1024;

/** A directory of the host, out of which nothing leads. */
export class HostTree {
  /** Where it really is. */
  readonly root: string;
  /** What everything in it may be used for. */
  readonly rights: NodeRights;
  /** What is done last of all that is done in turn. */
  #last: Promise<unknown> = Promise.resolve();
  /** What goes to the disk last: of all trees, which share Node's threads. */
  static #lastSync: Promise<unknown> = Promise.resolve();
  #openFiles = 0;
  /** Whether directories can be held open, and used by that. */
  readonly #holdsOpen = process.platform === "linux" && existsSync(DESCRIPTORS);
  /** The locks on files that are open, by their devices and numbers. */
  readonly #locks = new Map<string, AdvisoryLocks>();
  readonly #maxOpenFiles: number;

  constructor(root: string, rights: NodeRights, maxOpenFiles = MAX_OPEN_FILES) {
    this.root = root;
    this.rights = rights;
    this.#maxOpenFiles = maxOpenFiles;
  }

  /**
   * Does something with the host. Where clients change the tree it is done in turn: what has been
   * checked of a path still holds when the path is used, whatever clients move meanwhile.
   */
  inTurn<T>(body: () => Promise<T>): Promise<T> {
    if (!includesRights(this.rights, NodeRights.WRITABLE)) {
      return body();
    }
    const result = this.#last.then(body);
    this.#last = result.catch(() => {});
    return result;
  }

  /**
   * Has something go to the disk, after all else that is to. A disk that is busy with others' files takes
   * its time, minutes perhaps, and Node has four threads for all that is done with files: no more than one
   * of them waits.
   */
  static sync(body: () => Promise<void>): Promise<void> {
    const result = HostTree.#lastSync.then(body);
    HostTree.#lastSync = result.catch(() => {});
    return result;
  }

  /**
   * Counts a file that is opened. Clients cannot use up all descriptors of the embedder's.
   *
   * @returns what tells that it is closed
   * @throws `ZirconiaError` `NO_RESOURCES`
   */
  countOpen(): () => void {
    if (this.#openFiles === this.#maxOpenFiles) {
      throw new ZirconiaError(`Too many files of ${this.root} are open`, ZxStatus.NO_RESOURCES);
    }
    this.#openFiles += 1;
    return () => void (this.#openFiles -= 1);
  }

  /**
   * What a path of the host leads to now, through whatever links.
   *
   * @throws `ZirconiaError` `ACCESS_DENIED` if that is outside; `NOT_FOUND`, and others of the
   * host's
   */
  resolve(path: string): Promise<HostPlace> {
    return askHost(async () => {
      const real = pathText(await realpath(hostPath(path), { encoding: "buffer" }));
      if (!this.#contains(real)) {
        throw new ZirconiaError(`${path} leads out of ${this.root}`, ZxStatus.ACCESS_DENIED);
      }
      const stats = await this.itself(real, (here) => lstat(here, { bigint: true }));
      if (stats.isSymbolicLink()) {
        throw elsewhere(path);
      }
      return { path: real, stats };
    });
  }

  /**
   * What is at a real path, which must not have become a link since.
   *
   * @throws `ZirconiaError` `ACCESS_DENIED` if it has; as {@link HostTree.resolve}
   */
  async revisit(path: string): Promise<HostPlace> {
    const place = await this.resolve(path);
    if (place.path !== path) {
      throw elsewhere(path);
    }
    return place;
  }

  /**
   * Does something in a directory at a real path, by a path that leads there.
   *
   * On Linux it is the very directory that is held open meanwhile, and its path has been checked
   * since it was opened: whoever puts a link in the way comes too late, or is found out. On other
   * hosts it is the path, checked right before.
   *
   * @throws `ZirconiaError` `ACCESS_DENIED` if the path leads elsewhere by now; `NOT_FOUND`
   */
  async within<T>(directory: string, use: (here: string) => Promise<T>): Promise<T> {
    if (!this.#holdsOpen) {
      await this.#checkReal(directory);
      return use(directory);
    }
    const held = await open(hostPath(directory), O_PATH | constants.O_DIRECTORY);
    try {
      const here = `${DESCRIPTORS}/${held.fd}`;
      if (pathText(await readlink(here, { encoding: "buffer" })) !== directory) {
        throw elsewhere(directory);
      }
      return await use(here);
    } finally {
      await held.close();
    }
  }

  /**
   * Does something with an entry of a directory at a real path, itself and not what it leads to, as
   * {@link HostTree.within} does.
   *
   * @throws `ZirconiaError` `INVALID_ARGS` for what this host takes for more than a name
   */
  at<T>(directory: string, name: string, use: (path: string | Buffer) => Promise<T>): Promise<T> {
    this.entry(directory, name);
    return this.within(directory, (here) => use(hostPath(join(here, name))));
  }

  /** Does something with what is at a real path, itself and not what it leads to, likewise. */
  itself<T>(path: string, use: (here: string | Buffer) => Promise<T>): Promise<T> {
    return path === this.root
      ? this.within(path, (here) => use(hostPath(`${here}/.`)))
      : this.at(dirname(path), basename(path), use);
  }

  /** @throws `ZirconiaError` `ACCESS_DENIED`, `NOT_FOUND` */
  async #checkReal(path: string): Promise<void> {
    if (pathText(await realpath(hostPath(path), { encoding: "buffer" })) !== path) {
      throw elsewhere(path);
    }
  }

  /** What is known about what is at a real path. @throws as {@link HostTree.revisit} */
  attributes(path: string): Promise<VfsAttributes> {
    return this.inTurn(async () => hostAttributes((await this.revisit(path)).stats));
  }

  /**
   * The path of an entry of a directory at a real path.
   *
   * @throws `ZirconiaError` `INVALID_ARGS` for what this host takes for more than a name
   */
  entry(directory: string, name: string): string {
    const path = join(directory, name);
    if (dirname(path) !== directory || basename(path) !== name) {
      throw new ZirconiaError(`Not a name here: '${name}'`, ZxStatus.INVALID_ARGS);
    }
    return path;
  }

  /** The locks on a file, of whoever has it open. They are kept while there are any. */
  locksOf({ dev, ino }: BigIntStats): AdvisoryLocks {
    const key = `${dev}:${ino}`;
    for (const [other, { isIdle }] of this.#locks) {
      if (isIdle && other !== key) {
        this.#locks.delete(other);
      }
    }
    const locks = this.#locks.get(key) ?? new AdvisoryLocks();
    this.#locks.set(key, locks);
    return locks;
  }

  #contains(path: string): boolean {
    const way = relative(this.root, path);
    return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  }
}

/** Sets times of something at a real path. Node cannot set that of creation. */
export async function setHostTimes(
  tree: HostTree,
  path: string,
  { creationTime, modificationTime, accessTime }: VfsTimes,
): Promise<void> {
  if (creationTime !== undefined) {
    throw new ZirconiaError("The host sets no time of creation", ZxStatus.NOT_SUPPORTED);
  }
  await tree.inTurn(async () => {
    const { stats } = await tree.revisit(path);
    const times = [accessTime ?? stats.atimeNs, modificationTime ?? stats.mtimeNs] as const;
    const [atime, mtime] = times.map((time) => Number(time) / NANOSECONDS_PER_SECOND);
    await askHost(() => tree.itself(path, (here) => lutimes(here, atime!, mtime!)));
  });
}

function elsewhere(path: string): ZirconiaError {
  return new ZirconiaError(`${path} is elsewhere now`, ZxStatus.ACCESS_DENIED);
}

const NANOSECONDS_PER_SECOND = 1e9;

/** Bytes of a block, as files' sizes are told. */
const BLOCK_SIZE = 512n;

/** What is known about something of the host's. */
function hostAttributes(stats: BigIntStats): VfsAttributes {
  return jsonable({
    id: stats.ino,
    contentSize: stats.size,
    storageSize: stats.blocks * BLOCK_SIZE,
    linkCount: stats.nlink,
    creationTime: atLeast0(stats.birthtimeNs),
    modificationTime: atLeast0(stats.mtimeNs),
    accessTime: atLeast0(stats.atimeNs),
    changeTime: atLeast0(stats.ctimeNs),
  });
}

/** There are times before 1970, but not here. */
function atLeast0(time: bigint): bigint {
  return time > 0n ? time : 0n;
}
