import { ZxStatus } from "../../base/status.js";
import { pseudoAttributes } from "../attributes.js";
import { Listeners } from "../listeners.js";
import { AdvisoryLocks } from "../locks.js";
import type {
  DirectoryChanges,
  DirectoryNode,
  FileNode,
  VfsAttributes,
  VfsEntry,
  VfsEvent,
  VfsTimes,
} from "../node.js";
import { refusal } from "../refusal.js";
import type { NodeRights } from "../rights.js";
import { MemoryFile } from "./memory-file.js";
import { ENTRY_SIZE, type MemorySpace, now } from "./memory-space.js";

type MemoryNode = MemoryFile | MemoryFolder;

/** A directory in memory, which clients change. */
export class MemoryFolder implements DirectoryNode, DirectoryChanges {
  readonly kind = "directory";
  readonly rights: NodeRights;
  readonly #space: MemorySpace;
  readonly id: bigint;
  readonly #nodes = new Map<string, MemoryNode>();
  readonly #listeners = new Listeners();
  readonly #locks = new AdvisoryLocks();
  /** The directory that it is in. */
  #parent: MemoryFolder | undefined;
  /** Whether it was removed: nothing is made in it any more. */
  #isRemoved = false;
  #times: Required<VfsTimes>;

  constructor(space: MemorySpace, rights: NodeRights, parent?: MemoryFolder) {
    this.#space = space;
    this.rights = rights;
    this.id = space.nextId();
    this.#parent = parent;
    const time = now();
    this.#times = { creationTime: time, modificationTime: time, accessTime: time };
  }

  get changes(): DirectoryChanges {
    return this;
  }

  attributes(): VfsAttributes {
    return { ...pseudoAttributes(), id: this.id, ...this.#times };
  }

  setTimes(times: VfsTimes): void {
    this.#times = { ...this.#times, ...times };
  }

  lookup(name: string): MemoryNode | undefined {
    return this.#nodes.get(name);
  }

  entries(): readonly VfsEntry[] {
    return Array.from(this.#nodes, ([name, { kind, id }]) => ({ name, kind, id }));
  }

  watch(listener: (event: VfsEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  locks(): AdvisoryLocks {
    return this.#locks;
  }

  create(name: string, kind: "directory" | "file"): void {
    this.#checkFree(name);
    const node =
      kind === "directory"
        ? new MemoryFolder(this.#space, this.rights, this)
        : new MemoryFile(this.#space, this.rights);
    this.#add(name, node);
  }

  unlink(name: string, mustBeDirectory: boolean): void {
    const node = this.#find(name, mustBeDirectory);
    if (node.kind === "directory") {
      node.#remove();
    }
    this.#take(name, node);
  }

  rename(name: string, mustBeDirectory: boolean, target: DirectoryChanges, newName: string): void {
    const folder = this.#folder(target);
    const node = this.#find(name, mustBeDirectory);
    if (folder.#isRemoved) {
      throw refusal(ZxStatus.NOT_FOUND);
    }
    if (node.kind === "directory" && folder.#isWithin(node)) {
      throw refusal(ZxStatus.INVALID_ARGS);
    }
    const taken = folder.#nodes.get(newName);
    if (taken === node) {
      return;
    }
    if (taken !== undefined) {
      checkReplaceable(node, taken);
      folder.unlink(newName, false);
    }
    // Without a place for a moment, a file that nobody has open would be given up.
    if (node.kind === "file") {
      node.placed(1);
    }
    this.#take(name, node);
    folder.#add(newName, node);
    if (node.kind === "file") {
      node.placed(-1);
    }
  }

  link(name: string, target: DirectoryChanges, newName: string): void {
    const node = this.#find(name, false);
    if (node.kind === "directory") {
      throw refusal(ZxStatus.NOT_FILE);
    }
    this.#folder(target).put(newName, node);
  }

  put(name: string, file: FileNode): void {
    if (!(file instanceof MemoryFile) || file.space !== this.#space) {
      throw refusal(ZxStatus.NOT_SUPPORTED);
    }
    if (!file.isPlaced) {
      throw refusal(ZxStatus.NOT_FOUND);
    }
    this.#checkFree(name);
    this.#add(name, file);
  }

  /** @throws `ZirconiaError` `NOT_SUPPORTED` for a target in another tree */
  #folder(target: DirectoryChanges): MemoryFolder {
    if (!(target instanceof MemoryFolder) || target.#space !== this.#space) {
      throw refusal(ZxStatus.NOT_SUPPORTED);
    }
    return target;
  }

  /** @throws `ZirconiaError` `NOT_FOUND`, `NOT_DIR` */
  #find(name: string, mustBeDirectory: boolean): MemoryNode {
    const node = this.#nodes.get(name);
    if (node === undefined) {
      throw refusal(ZxStatus.NOT_FOUND);
    }
    if (mustBeDirectory && node.kind !== "directory") {
      throw refusal(ZxStatus.NOT_DIR);
    }
    return node;
  }

  /** @throws `ZirconiaError` `NOT_FOUND` if the directory is gone; `ALREADY_EXISTS` */
  #checkFree(name: string): void {
    if (this.#isRemoved) {
      throw refusal(ZxStatus.NOT_FOUND);
    }
    if (this.#nodes.has(name)) {
      throw refusal(ZxStatus.ALREADY_EXISTS);
    }
  }

  /** @throws `ZirconiaError` `NO_SPACE` */
  #add(name: string, node: MemoryNode): void {
    this.#space.take(ENTRY_SIZE);
    this.#nodes.set(name, node);
    if (node.kind === "directory") {
      node.#parent = this;
    } else {
      node.placed(1);
    }
    this.#changed({ kind: "added", name });
  }

  #take(name: string, node: MemoryNode): void {
    this.#nodes.delete(name);
    this.#space.give(ENTRY_SIZE);
    if (node.kind === "file") {
      node.placed(-1);
    }
    this.#changed({ kind: "removed", name });
  }

  #changed(event: VfsEvent): void {
    this.#times = { ...this.#times, modificationTime: now() };
    this.#listeners.tell(event);
  }

  /** @throws `ZirconiaError` `NOT_EMPTY` */
  #remove(): void {
    if (this.#nodes.size > 0) {
      throw refusal(ZxStatus.NOT_EMPTY);
    }
    this.#isRemoved = true;
    this.#listeners.tell({ kind: "deleted" });
  }

  #isWithin(folder: MemoryFolder): boolean {
    return this === folder || (this.#parent !== undefined && this.#parent.#isWithin(folder));
  }
}

/** @throws `ZirconiaError` `NOT_DIR`, `NOT_FILE` for a file and a directory */
function checkReplaceable(node: MemoryNode, taken: MemoryNode): void {
  if (node.kind !== taken.kind) {
    throw refusal(taken.kind === "directory" ? ZxStatus.NOT_FILE : ZxStatus.NOT_DIR);
  }
}
