import { link, lstat, mkdir, rename, rmdir, unlink, writeFile } from "node:fs/promises";

import { ZirconiaError } from "../../base/errors.js";
import { hostPath } from "../../base/host-path.js";
import { askHost } from "../../base/host-status.js";
import { ZxStatus } from "../../base/status.js";
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

  create(name: string, kind: "directory" | "file"): Promise<void> {
    return this.#change(async () => {
      const path = hostPath(await this.#entry(name));
      await (kind === "directory" ? mkdir(path) : writeFile(path, "", { flag: "wx" }));
    });
  }

  unlink(name: string, mustBeDirectory: boolean): Promise<void> {
    return this.#change(async () => {
      const path = await this.#entry(name);
      const entry = hostPath(path);
      await ((await isDirectory(path, mustBeDirectory)) ? rmdir(entry) : unlink(entry));
    });
  }

  rename(
    name: string,
    mustBeDirectory: boolean,
    target: DirectoryChanges,
    newName: string,
  ): Promise<void> {
    return this.#change(async () => {
      const [from, to] = await this.#ends(name, target, newName);
      await isDirectory(from, mustBeDirectory);
      await rename(hostPath(from), hostPath(to));
    });
  }

  link(name: string, target: DirectoryChanges, newName: string): Promise<void> {
    return this.#change(async () => {
      const [from, to] = await this.#ends(name, target, newName);
      // Some hosts would follow a link out.
      const { path, stats } = await this.#tree.resolve(from);
      if (!stats.isFile()) {
        throw new ZirconiaError(`${path} is no file`, ZxStatus.NOT_FILE);
      }
      await link(hostPath(path), hostPath(to));
    });
  }

  #change(body: () => Promise<void>): Promise<void> {
    return this.#tree.inTurn(() => askHost(body));
  }

  async #entry(name: string): Promise<string> {
    await this.#tree.revisit(this.#path);
    return this.#tree.entry(this.#path, name);
  }

  /** @throws `ZirconiaError` `NOT_SUPPORTED` for a target in another tree */
  async #ends(name: string, target: DirectoryChanges, newName: string): Promise<[string, string]> {
    if (!(target instanceof HostChanges) || target.#tree !== this.#tree) {
      throw new ZirconiaError("Not in the same directory of the host", ZxStatus.NOT_SUPPORTED);
    }
    return [await this.#entry(name), await target.#entry(newName)];
  }
}

/**
 * Whether something is a directory itself, not a link to one.
 *
 * @throws `ZirconiaError` `NOT_DIR` if it must be and is not
 */
async function isDirectory(path: string, mustBe: boolean): Promise<boolean> {
  const is = (await lstat(hostPath(path))).isDirectory();
  if (mustBe && !is) {
    throw new ZirconiaError(`${path} is no directory`, ZxStatus.NOT_DIR);
  }
  return is;
}
