import { checkInteger, checkOptions } from "../base/validate.js";
import { VfsDirectory } from "./directory.js";
import { MemoryFolder } from "./memory/memory-folder.js";
import { MemorySpace } from "./memory/memory-space.js";
import type { AdvisoryLocks } from "./locks.js";
import type {
  DirectoryChanges,
  VfsAttributes,
  VfsEntry,
  VfsEvent,
  VfsNode,
  VfsTimes,
} from "./node.js";
import type { FileOptions } from "./pseudo-file.js";
import { checkNodeRights, NodeRights } from "./rights.js";

/** Bytes that a directory in memory may hold unless its embedder says otherwise. */
const CAPACITY = 256 * 2 ** 20;

/** How a directory in memory is made. */
export interface MemoryDirectoryOptions extends FileOptions {
  /**
   * Bytes that it may hold with all below it, of which each entry takes 512 besides its content;
   * 256 MiB by default. More is refused with `NO_SPACE`.
   */
  capacity?: number;
}

/**
 * A directory in memory, as a program's `/tmp` is: clients make, write, link, rename and remove files
 * and directories, and it is gone with its last user. Empty at first.
 */
export class MemoryDirectory extends VfsDirectory {
  readonly rights: NodeRights;
  readonly #root: MemoryFolder;

  /** @param options `rights`: what everything in it may be used for; read and write by default */
  constructor(options: MemoryDirectoryOptions = {}) {
    super();
    checkOptions(options, ["rights", "capacity"]);
    const { rights = NodeRights.READABLE | NodeRights.WRITABLE, capacity = CAPACITY } = options;
    this.rights = checkNodeRights("options.rights", rights);
    const space = checkInteger("options.capacity", capacity, Number.MAX_SAFE_INTEGER);
    this.#root = new MemoryFolder(new MemorySpace(space), this.rights);
  }

  override get changes(): DirectoryChanges {
    return this.#root.changes;
  }

  override attributes(): VfsAttributes {
    return this.#root.attributes();
  }

  override setTimes(times: VfsTimes): void {
    this.#root.setTimes(times);
  }

  override locks(): AdvisoryLocks {
    return this.#root.locks();
  }

  override lookup(name: string): VfsNode | undefined {
    return this.#root.lookup(name);
  }

  override entries(): readonly VfsEntry[] {
    return this.#root.entries();
  }

  override watch(listener: (event: VfsEvent) => void): () => void {
    return this.#root.watch(listener);
  }
}
