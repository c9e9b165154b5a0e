import { stat } from "node:fs/promises";
import { join } from "node:path";

import { ZxStatus } from "../base/status.js";
import type { FileCache } from "../loader-service/file-cache.js";
import { findObject, objectError } from "../loader-service/find-object.js";
import type { LoaderObject } from "../loader-service/loader-object.js";
import type { LoaderServiceOptions } from "../loader-service/loader-service.js";

const LIBRARIES = "lib";

/** A package: files, and among them libraries. */
export interface Package {
  /**
   * The file at a path.
   *
   * @throws {@link ZirconiaError} `NOT_FOUND`; another status for what is there and is no file
   */
  find(path: string): Promise<LoaderObject>;
  /** What a loader service over its `lib/` serves; `undefined` if there is none. */
  libraries(): Promise<LoaderServiceOptions | undefined>;
}

/** A package in memory. VMOs are borrowed. */
export class MemoryPackage implements Package {
  readonly #files: ReadonlyMap<string, LoaderObject>;

  constructor(files: ReadonlyMap<string, LoaderObject>) {
    this.#files = files;
  }

  async find(path: string): Promise<LoaderObject> {
    const file = this.#files.get(path);
    if (file === undefined) {
      const isDirectory = this.#below(path).length > 0;
      throw objectError(path, isDirectory ? ZxStatus.NOT_FILE : ZxStatus.NOT_FOUND);
    }
    return file;
  }

  async libraries(): Promise<LoaderServiceOptions | undefined> {
    const libraries = this.#below(LIBRARIES);
    return libraries.length === 0 ? undefined : { objects: new Map(libraries) };
  }

  /** The files below a directory, by their paths in it. */
  #below(directory: string): [string, LoaderObject][] {
    const prefix = `${directory}/`;
    return Array.from(this.#files)
      .filter(([path]) => path.startsWith(prefix))
      .map(([path, file]) => [path.slice(prefix.length), file]);
  }
}

/** A package that is a folder of the host. Links are followed. */
export class FolderPackage implements Package {
  readonly #path: string;
  readonly #files: FileCache;

  constructor(path: string, files: FileCache) {
    this.#path = path;
    this.#files = files;
  }

  /** Whether there is such a folder. Rejects if that cannot be told. */
  exists(): Promise<boolean> {
    return isFolder(this.#path);
  }

  async find(path: string): Promise<LoaderObject> {
    return (await findObject(path, [this.#path], (file) => this.#files.read(file))).object;
  }

  async libraries(): Promise<LoaderServiceOptions | undefined> {
    const libraries = join(this.#path, LIBRARIES);
    return (await isFolder(libraries)) ? { directories: [libraries] } : undefined;
  }
}

/** Whether there is a folder at a path of the host. Rejects if that cannot be told. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") {
      return false;
    }
    throw error;
  }
}
