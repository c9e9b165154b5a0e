import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkOptions, checkString, invalidType, invalidValue, isBytes } from "../base/validate.js";
import { pseudoAttributes } from "./attributes.js";
import { VfsDirectory } from "./directory.js";
import { Listeners } from "./listeners.js";
import type { VfsAttributes, VfsEntry, VfsEvent, VfsNode } from "./node.js";
import { checkName } from "./path.js";
import { type FileContent, type FileOptions, PseudoFile } from "./pseudo-file.js";
import { ALL_RIGHTS, checkNodeRights, type NodeRights } from "./rights.js";

const KINDS = new Set<unknown>(["directory", "file", "service"] satisfies VfsNode["kind"][]);

/** What a {@link PseudoDirectory} takes: a node, or the content of a file. */
export type PseudoEntry = VfsNode | FileContent;

/**
 * A directory whose entries its embedder adds and removes, also while it is served; clients cannot.
 * One node may have several places, in several directories.
 *
 * @example
 * ```ts
 * import { Kernel } from "zirconia";
 * import { PseudoDirectory, PseudoFile } from "zirconia/vfs";
 *
 * using kernel = new Kernel();
 * const config = new PseudoDirectory({ motd: new PseudoFile("hello") });
 * kernel.environment.namespace.bind("/config", config.connect(kernel));
 * ```
 */
export class PseudoDirectory extends VfsDirectory {
  readonly rights: NodeRights;
  readonly #nodes = new Map<string, VfsNode>();
  readonly #listeners = new Listeners();

  /**
   * @param entries by name; they are borrowed
   * @param options `rights`: all by default; what is below has rights of its own, and no more
   * @throws `ZirconiaError` as {@link PseudoDirectory.add}
   */
  constructor(entries: Readonly<Record<string, PseudoEntry>> = {}, options: FileOptions = {}) {
    super();
    checkOptions(options, ["rights"]);
    const { rights = ALL_RIGHTS } = options;
    this.rights = checkNodeRights("options.rights", rights);
    if (typeof entries !== "object" || entries === null) {
      throw invalidType("entries", "an object", entries);
    }
    for (const [name, entry] of Object.entries(entries)) {
      this.add(name, entry);
    }
  }

  /**
   * Adds an entry.
   *
   * @param name 1 to 255 bytes, without `/` and NUL, neither `.` nor `..`
   * @throws `ZirconiaError` `ALREADY_EXISTS`; `BAD_PATH` for a name that is too long,
   * `INVALID_ARGS` for any other that is none
   */
  add(name: string, entry: PseudoEntry): this {
    checkName(checkString("name", name));
    const node = toNode(entry);
    if (this.#nodes.has(name)) {
      throw new ZirconiaError(`There is '${name}' already`, ZxStatus.ALREADY_EXISTS);
    }
    this.#nodes.set(name, node);
    this.#listeners.tell({ kind: "added", name });
    return this;
  }

  /** Removes an entry: whether there was one. Connections to what it was stay. */
  remove(name: string): boolean {
    const isRemoved = this.#nodes.delete(checkString("name", name));
    if (isRemoved) {
      this.#listeners.tell({ kind: "removed", name });
    }
    return isRemoved;
  }

  override watch(listener: (event: VfsEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  override attributes(): VfsAttributes {
    return pseudoAttributes();
  }

  override lookup(name: string): VfsNode | undefined {
    return this.#nodes.get(name);
  }

  override entries(): readonly VfsEntry[] {
    return Array.from(this.#nodes, ([name, { kind }]) => ({ name, kind }));
  }
}

function toNode(entry: unknown): VfsNode {
  if (typeof entry === "string" || isBytes(entry)) {
    return new PseudoFile(entry);
  }
  if (typeof entry !== "object" || entry === null) {
    throw invalidType("entry", "a node, a string or bytes", entry);
  }
  if (!KINDS.has((entry as Partial<VfsNode>).kind)) {
    throw invalidValue("entry", "must be a node", entry);
  }
  return entry as VfsNode;
}
