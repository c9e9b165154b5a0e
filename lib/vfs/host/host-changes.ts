import { link, lstat, mkdir, rename, rmdir, unlink, writeFile } from "node:fs/promises";

import { ZirconiaError } from "../../base/errors.js";
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
    return this.#change(name, async (path) => {
      await (kind === "directory" ? mkdir(path) : writeFile(path, "", { flag: "wx" }));
    });
  }

  unlink(name: string, mustBeDirectory: boolean): Promise<void> {
    return this.#change(name, async (path) => {
      await ((await isDirectory(path, mustBeDirectory)) ? rmdir(path) : unlink(path));
    });
  }

  rename(
    name: string,
    mustBeDirectory: boolean,
    target: DirectoryChanges,
    newName: string,
  ): Promise<void> {
    return this.#change(name, async (from) => {
      await isDirectory(from, mustBeDirectory);
      await this.#target(target, newName, (to) => move(from, to));
    });
  }

  link(name: string, target: DirectoryChanges, newName: string): Promise<void> {
    return this.#tree.inTurn(() =>
      askHost(async () => {
        await this.#tree.revisit(this.#path);
        // Some hosts would follow a link out.
        const { path, stats } = await this.#tree.resolve(this.#tree.entry(this.#path, name));
        if (!stats.isFile()) {
          throw new ZirconiaError(`${path} is no file`, ZxStatus.NOT_FILE);
        }
        await this.#tree.itself(path, (from) =>
          this.#target(target, newName, (to) => link(from, to)),
        );
      }),
    );
  }

  #change(name: string, body: (path: string | Buffer) => Promise<void>): Promise<void> {
    return this.#tree.inTurn(() => askHost(() => this.#tree.at(this.#path, name, body)));
  }

  /** @throws `ZirconiaError` `NOT_SUPPORTED` for a target in another tree */
  async #target(
    target: DirectoryChanges,
    name: string,
    body: (path: string | Buffer) => Promise<void>,
  ): Promise<void> {
    if (!(target instanceof HostChanges) || target.#tree !== this.#tree) {
      throw new ZirconiaError("Not in the same directory of the host", ZxStatus.NOT_SUPPORTED);
    }
    await this.#tree.at(target.#path, name, body);
  }
}

/** Renames something. @throws `ZirconiaError` `NOT_DIR` for a directory to where a file is */
async function move(from: string | Buffer, to: string | Buffer): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOTDIR") throw error;
    throw new ZirconiaError("What is there is no directory", ZxStatus.NOT_DIR, { cause: error });
  }
}

/**
 * Whether something is a directory itself, not a link to one.
 *
 * @throws `ZirconiaError` `NOT_DIR` if it must be and is not
 */
async function isDirectory(path: string | Buffer, mustBe: boolean): Promise<boolean> {
  const is = (await lstat(path)).isDirectory();
  if (mustBe && !is) {
    throw new ZirconiaError("It is no directory", ZxStatus.NOT_DIR);
  }
  return is;
}
