import { link, lstat, mkdir, rename, rmdir, unlink, writeFile } from "node:fs/promises";

import { ZirconiaError } from "../../errors.js";
import { askHost } from "../../host-status.js";
import { ZxStatus } from "../../status.js";
import type { DirectoryChanges } from "../node.js";
import type { HostTree } from "./host-tree.js";

/** Changes a directory of the host. Links in it are removed and moved, not what they lead to. */
export class HostChanges implements DirectoryChanges {
  readonly #tree: HostTree;
  readonly #path: string;

  /** @param path where the directory really is */
  constructor(tree: HostTree, path: string) {
    this.#tree = tree;
    this.#path = path;
  }

  async create(name: string, kind: "directory" | "file"): Promise<void> {
    const path = await this.#entry(name);
    await askHost(() => (kind === "directory" ? mkdir(path) : writeFile(path, "", { flag: "wx" })));
  }

  async unlink(name: string, mustBeDirectory: boolean): Promise<void> {
    const path = await this.#entry(name);
    await askHost(async () => {
      if ((await lstat(path)).isDirectory()) {
        await rmdir(path);
      } else if (mustBeDirectory) {
        throw new ZirconiaError(`${path} is no directory`, ZxStatus.NOT_DIR);
      } else {
        await unlink(path);
      }
    });
  }

  async rename(name: string, target: DirectoryChanges, newName: string): Promise<void> {
    const [from, to] = await this.#ends(name, target, newName);
    await askHost(() => rename(from, to));
  }

  async link(name: string, target: DirectoryChanges, newName: string): Promise<void> {
    const [from, to] = await this.#ends(name, target, newName);
    // Some hosts would follow a link out.
    const { path } = await this.#tree.resolve(from);
    await askHost(() => link(path, to));
  }

  async #entry(name: string): Promise<string> {
    await this.#tree.revisit(this.#path);
    return this.#tree.entry(this.#path, name);
  }

  /** @throws {@link ZirconiaError} `NOT_SUPPORTED` for a target in another tree */
  async #ends(name: string, target: DirectoryChanges, newName: string): Promise<[string, string]> {
    if (!(target instanceof HostChanges) || target.#tree !== this.#tree) {
      throw new ZirconiaError("Not in the same directory of the host", ZxStatus.NOT_SUPPORTED);
    }
    return [await this.#entry(name), await target.#entry(newName)];
  }
}
