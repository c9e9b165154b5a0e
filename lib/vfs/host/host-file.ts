import { constants } from "node:fs";
import { open } from "node:fs/promises";

import { ZirconiaError } from "../../base/errors.js";
import { askHost } from "../../base/host-status.js";
import { ZxStatus } from "../../base/status.js";
import type { Context } from "../../kernel/context.js";
import type { FileNode, OpenFile, VfsAttributes, VfsTimes } from "../node.js";
import { includesRights, NodeRights } from "../rights.js";
import { type HostTree, setHostTimes } from "./host-tree.js";
import { type Opened, OpenHostFile } from "./open-host-file.js";

// Not every host has these.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;

/** A regular file of the host. */
export class HostFile implements FileNode {
  readonly kind = "file";
  readonly rights: NodeRights;
  readonly #tree: HostTree;
  readonly #path: string;

  /** @param path where it really is */
  constructor(tree: HostTree, path: string) {
    this.rights = tree.rights;
    this.#tree = tree;
    this.#path = path;
  }

  attributes(): Promise<VfsAttributes> {
    return this.#tree.attributes(this.#path);
  }

  setTimes(times: VfsTimes): Promise<void> {
    return setHostTimes(this.#tree, this.#path, times);
  }

  async open(context: Context, rights: NodeRights): Promise<OpenFile> {
    const isWritable = includesRights(rights, NodeRights.WRITABLE);
    const closed = this.#tree.countOpen();
    try {
      const opened = await this.#tree.inTurn(() => askHost(() => this.#openHere(isWritable)));
      return new OpenHostFile(context, this.#tree, this.#path, opened, closed);
    } catch (error) {
      closed();
      throw error;
    }
  }

  /** Opens the file, and makes sure that it is the one in the tree, and not what a link led to. */
  async #openHere(isWritable: boolean): Promise<Opened> {
    const access = isWritable ? constants.O_RDWR : constants.O_RDONLY;
    const flags = access | O_NOFOLLOW | O_NONBLOCK;
    const file = await this.#tree.itself(this.#path, (here) => open(here, flags));
    try {
      const opened = await file.stat({ bigint: true });
      const { stats } = await this.#tree.revisit(this.#path);
      if (!opened.isFile() || opened.ino !== stats.ino || opened.dev !== stats.dev) {
        throw new ZirconiaError(`${this.#path} is another file now`, ZxStatus.ACCESS_DENIED);
      }
      return { file, locks: this.#tree.locksOf(opened) };
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}
