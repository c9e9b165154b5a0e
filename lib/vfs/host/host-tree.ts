import type { BigIntStats } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

import { ZirconiaError } from "../../base/errors.js";
import { hostPath, pathText } from "../../base/host-path.js";
import { askHost } from "../../base/host-status.js";
import { jsonable } from "../../base/json.js";
import { ZxStatus } from "../../base/status.js";
import type { VfsAttributes } from "../node.js";
import { includesRights, NodeRights } from "../rights.js";

/** Something of the host's, where it really is: no part of the path is a link. */
export interface HostPlace {
  readonly path: string;
  readonly stats: BigIntStats;
}

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
  #openFiles = 0;
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
      return { path: real, stats: await lstat(hostPath(real), { bigint: true }) };
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
      throw new ZirconiaError(`${path} is elsewhere now`, ZxStatus.ACCESS_DENIED);
    }
    return place;
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

  #contains(path: string): boolean {
    const way = relative(this.root, path);
    return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  }
}

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
  });
}

/** There are times before 1970, but not here. */
function atLeast0(time: bigint): bigint {
  return time > 0n ? time : 0n;
}
