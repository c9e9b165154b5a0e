import { pseudoAttributes } from "./attributes.js";
import { VfsDirectory } from "./directory.js";
import type { DirectoryChanges, DirectoryNode, VfsAttributes, VfsEntry, VfsNode } from "./node.js";
import { splitPath } from "./path.js";
import { ALL_RIGHTS, includesRights, NodeRights } from "./rights.js";

interface Place {
  mounted?: DirectoryNode;
  readonly below: Places;
}

/** Places by the first of their names. */
type Places = Map<string, Place>;

/**
 * A directory with others at places below it: a namespace has no place within another, this has.
 * What is on the way to a place need not be in the directory; what was at the place is hidden.
 */
export class MountedDirectory extends VfsDirectory {
  /** As much as what is below may have. */
  readonly rights = ALL_RIGHTS;
  readonly #base: DirectoryNode | undefined;
  /** The directory, if it may be changed. */
  readonly #writable: DirectoryNode | undefined;
  readonly #places: Places;

  private constructor(base: DirectoryNode | undefined, places: Places) {
    super();
    this.#base = base;
    this.#places = places;
    const writable = base && includesRights(base.rights, NodeRights.WRITABLE) ? base : undefined;
    this.#writable = writable;
    if (writable?.setTimes !== undefined) this.setTimes = (times) => writable.setTimes!(times);
    if (base?.locks !== undefined) this.locks = () => base.locks!();
    if (base?.watch !== undefined) this.watch = (listener) => base.watch!(listener);
  }

  /**
   * @param base the directory, which is borrowed
   * @param mounts the others, by their paths below it, likewise
   */
  static of(
    base: DirectoryNode,
    mounts: Iterable<readonly [string, DirectoryNode]>,
  ): MountedDirectory {
    const all: Places = new Map();
    for (const [path, mounted] of mounts) {
      const names = [...splitPath(path)];
      const last = names.pop()!;
      const places = names.reduce((above, name) => placeIn(above, name).below, all);
      placeIn(places, last).mounted = mounted;
    }
    return new MountedDirectory(base, all);
  }

  override get changes(): DirectoryChanges | undefined {
    return this.#writable?.changes;
  }

  override attributes(): VfsAttributes | Promise<VfsAttributes> {
    return this.#base?.attributes() ?? pseudoAttributes();
  }

  override async lookup(name: string): Promise<VfsNode | undefined> {
    const place = this.#places.get(name);
    const node = place?.mounted ?? (await this.#base?.lookup(name));
    if (place === undefined || place.below.size === 0) return node;
    return new MountedDirectory(node?.kind === "directory" ? node : undefined, place.below);
  }

  override async entries(): Promise<readonly VfsEntry[]> {
    const own = (await this.#base?.entries()) ?? [];
    const places = Array.from(this.#places.keys(), (name) => ({
      name,
      kind: "directory" as const,
    }));
    return [...own.filter(({ name }) => !this.#places.has(name)), ...places];
  }
}

function placeIn(places: Places, name: string): Place {
  const place: Place = places.get(name) ?? { below: new Map() };
  places.set(name, place);
  return place;
}
