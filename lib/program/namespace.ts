import { DISPOSE } from "../base/dispose.js";
import { invalidType } from "../base/validate.js";
import { MountTree } from "../fdio/mount-tree.js";
import type { Kernel } from "../kernel/kernel.js";
import type { NamespaceEntry } from "../process-builder/process-builder.js";
import { VfsDirectory } from "../vfs/directory.js";
import { HostDirectory } from "../vfs/host-directory.js";

/** A program's directories by their paths: nodes, or paths of the host. */
export type NamespaceOption = Readonly<Record<string, VfsDirectory | string>>;

/**
 * Checks a namespace: its types, and that its paths can all be bound.
 *
 * @throws {@link ZirconiaError} as {@link Namespace.bind}
 */
export function checkNamespace(name: string, namespace: unknown): void {
  if (typeof namespace !== "object" || namespace === null) {
    throw invalidType(name, "an object", namespace);
  }
  const places = new MountTree<unknown>();
  for (const [path, directory] of Object.entries(namespace)) {
    if (typeof directory !== "string" && !(directory instanceof VfsDirectory)) {
      throw invalidType(`${name}.${path}`, "a VfsDirectory or a string", directory);
    }
    places.bind(path, directory);
  }
}

/** The directories of a program. Those of the host are served until this is disposed of. */
export class ServedNamespace implements Disposable {
  readonly #directories: ReadonlyMap<string, VfsDirectory>;
  readonly #own: VfsDirectory[] = [];

  /** @throws Node's error if there is no such directory of the host */
  constructor(namespace: NamespaceOption) {
    this.#directories = new Map(
      Object.entries(namespace).map(([path, directory]) => [path, this.#directory(directory)]),
    );
  }

  /** New connections to all of them, which belong to the caller. */
  connect(kernel: Kernel): NamespaceEntry[] {
    const entries: NamespaceEntry[] = [];
    try {
      for (const [path, directory] of this.#directories) {
        entries.push({ path, directory: directory.connect(kernel) });
      }
      return entries;
    } catch (error) {
      entries.forEach((entry) => entry.directory.close());
      throw error;
    }
  }

  [DISPOSE](): void {
    this.#own.forEach((directory) => directory.dispose());
  }

  #directory(directory: VfsDirectory | string): VfsDirectory {
    if (typeof directory !== "string") {
      return directory;
    }
    const own = new HostDirectory(directory);
    this.#own.push(own);
    return own;
  }
}
