import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { TextDecoder } from "node:util";

import { ZirconiaError } from "../../base/errors.js";
import { hostPath } from "../../base/host-path.js";
import { askHost } from "../../base/host-status.js";
import { ZxStatus } from "../../base/status.js";
import type { AdvisoryLocks } from "../locks.js";
import type {
  DirectoryChanges,
  DirectoryNode,
  VfsAttributes,
  VfsEntry,
  VfsNode,
  VfsTimes,
} from "../node.js";
import type { NodeRights } from "../rights.js";
import { HostChanges } from "./host-changes.js";
import { HostFile } from "./host-file.js";
import { type HostPlace, type HostTree, setHostTimes } from "./host-tree.js";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A directory in a tree of the host's. What is neither directory nor regular file is not in it. */
export class HostFolder implements DirectoryNode {
  readonly kind = "directory";
  readonly rights: NodeRights;
  readonly changes: DirectoryChanges;
  readonly #tree: HostTree;
  readonly #path: string;

  /** @param path where it really is */
  constructor(tree: HostTree, path: string) {
    this.rights = tree.rights;
    this.changes = new HostChanges(tree, path);
    this.#tree = tree;
    this.#path = path;
  }

  attributes(): Promise<VfsAttributes> {
    return this.#tree.attributes(this.#path);
  }

  setTimes(times: VfsTimes): Promise<void> {
    return setHostTimes(this.#tree, this.#path, times);
  }

  locks(): Promise<AdvisoryLocks> {
    return this.#tree.inTurn(async () => {
      const { stats } = await this.#tree.revisit(this.#path);
      return this.#tree.locksOf(stats);
    });
  }

  lookup(name: string): Promise<VfsNode | undefined> {
    return this.#tree.inTurn(() => this.#lookup(name));
  }

  /** Leaves out what cannot be opened, and what has no name in UTF-8. */
  entries(): Promise<readonly VfsEntry[]> {
    return this.#tree.inTurn(async () => {
      const options = { withFileTypes: true, encoding: "buffer" } as const;
      const dirents = await askHost(() =>
        this.#tree.within(this.#path, (here) => readdir(hostPath(here), options)),
      );
      const entries = await Promise.all(dirents.map((dirent) => this.#entry(dirent)));
      return entries.filter((entry) => entry !== undefined);
    });
  }

  async #lookup(name: string): Promise<VfsNode | undefined> {
    const path = this.#tree.entry(this.#path, name);
    try {
      return this.#node(await this.#tree.resolve(path));
    } catch (error) {
      if (error instanceof ZirconiaError && error.status === ZxStatus.NOT_FOUND) {
        return undefined;
      }
      throw error;
    }
  }

  #node({ path, stats }: HostPlace): VfsNode | undefined {
    if (stats.isDirectory()) {
      return new HostFolder(this.#tree, path);
    }
    return stats.isFile() ? new HostFile(this.#tree, path) : undefined;
  }

  async #entry(dirent: Dirent<Buffer>): Promise<VfsEntry | undefined> {
    try {
      const name = utf8.decode(dirent.name);
      const kind = dirent.isDirectory()
        ? "directory"
        : dirent.isFile()
          ? "file"
          : (await this.#lookup(name))?.kind;
      return kind === undefined ? undefined : { name, kind };
    } catch {
      return undefined;
    }
  }
}
