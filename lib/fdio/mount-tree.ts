import { ZirconiaError } from "../base/errors.js";
import { statusName, ZxStatus } from "../base/status.js";
import { isName } from "../vfs/path.js";

/** A place in a {@link MountTree}: something is mounted there, or there are places below it. */
export interface Place<T> {
  readonly mounted: T | undefined;
  /** What is left of the path below the mount; `.` for nothing. */
  readonly rest: string;
  /** Names of the places directly below, in the order in which they came. */
  readonly names: readonly string[];
}

interface Node<T> {
  mounted?: T;
  readonly children: Map<string, Node<T>>;
}

/** The error for a path with which something cannot be done. */
export function pathError(what: string, path: string, status: number): ZirconiaError {
  return new ZirconiaError(`Cannot ${what} ${path}: ${statusName(status)}`, status);
}

/**
 * What is mounted where in a namespace: at absolute paths, none of which is within another
 * (sdk/lib/fdio/namespace).
 */
export class MountTree<T> {
  readonly #root: Node<T> = { children: new Map() };

  /**
   * Mounts something.
   *
   * @throws {@link ZirconiaError} `INVALID_ARGS` for a path that is not absolute or has a part that
   * is no name; `NOT_SUPPORTED` below another mount, and at `/` if there are mounts below;
   * `ALREADY_EXISTS` where something is mounted, or mounts are below
   */
  bind(path: string, mounted: T): void {
    const fail = (status: number) => pathError("bind", path, status);
    const names = namesOf(path, fail);
    const root = this.#root;
    if (names.length === 0) {
      if (root.mounted !== undefined) {
        throw fail(ZxStatus.ALREADY_EXISTS);
      }
      if (root.children.size > 0) {
        throw fail(ZxStatus.NOT_SUPPORTED);
      }
      root.mounted = mounted;
      return;
    }
    // Looks first, so that a failure leaves nothing behind.
    let existing: Node<T> | undefined = root;
    for (const name of names) {
      checkName(name, fail);
      if (existing?.mounted !== undefined) {
        throw fail(ZxStatus.NOT_SUPPORTED);
      }
      existing = existing?.children.get(name);
    }
    if (existing !== undefined) {
      throw fail(ZxStatus.ALREADY_EXISTS);
    }
    let node = root;
    for (const name of names) {
      const child: Node<T> = node.children.get(name) ?? { children: new Map() };
      node.children.set(name, child);
      node = child;
    }
    node.mounted = mounted;
  }

  /**
   * Takes a mount away, and the places that only led to it.
   *
   * @returns what was mounted
   * @throws {@link ZirconiaError} `INVALID_ARGS` as {@link MountTree.bind}; `NOT_SUPPORTED` for `/`;
   * `NOT_FOUND` where nothing is mounted
   */
  unbind(path: string): T {
    const fail = (status: number) => pathError("unbind", path, status);
    const names = namesOf(path, fail);
    if (names.length === 0) {
      throw fail(ZxStatus.NOT_SUPPORTED);
    }
    let node = this.#root;
    /** Where the branch ends that leads to nothing else. */
    let end: [parent: Node<T>, name: string] | undefined;
    for (const name of names) {
      checkName(name, fail);
      const child = node.children.get(name);
      if (child === undefined) {
        throw fail(ZxStatus.NOT_FOUND);
      }
      if (end === undefined || node.children.size > 1) {
        end = [node, name];
      }
      node = child;
    }
    const { mounted } = node;
    if (mounted === undefined || end === undefined) {
      throw fail(ZxStatus.NOT_FOUND);
    }
    const [parent, name] = end;
    parent.children.delete(name);
    return mounted;
  }

  /**
   * Walks along a path as far as there are places.
   *
   * @throws {@link ZirconiaError} `NOT_FOUND` for a path that is not absolute, and where nothing is
   * mounted on the way; `BAD_PATH` for an empty part among the places
   */
  walk(path: string): Place<T> {
    const fail = (status: number) => pathError("open", path, status);
    if (!path.startsWith("/")) {
      throw fail(ZxStatus.NOT_FOUND);
    }
    let node = this.#root;
    let rest = path === "/" ? undefined : path.slice(1);
    while (rest !== undefined && rest !== ".") {
      const [name, after] = splitFirst(rest);
      if (name === "") {
        throw fail(ZxStatus.BAD_PATH);
      }
      const child = node.children.get(name);
      if (child === undefined) {
        if (node.mounted === undefined) {
          throw fail(ZxStatus.NOT_FOUND);
        }
        return place(node, rest);
      }
      node = child;
      rest = after;
    }
    return place(node, ".");
  }

  /** All mounts with their paths, depth first, in the order in which they came. */
  *mounts(): Generator<[path: string, mounted: T]> {
    yield* mountsBelow("", this.#root);
  }
}

function* mountsBelow<T>(path: string, node: Node<T>): Generator<[path: string, mounted: T]> {
  if (node.mounted !== undefined) {
    yield [path === "" ? "/" : path, node.mounted];
  }
  for (const [name, child] of node.children) {
    yield* mountsBelow(`${path}/${name}`, child);
  }
}

function place<T>({ mounted, children }: Node<T>, rest: string): Place<T> {
  return { mounted, rest, names: [...children.keys()] };
}

function splitFirst(path: string): [first: string, rest: string | undefined] {
  const slash = path.indexOf("/");
  return slash < 0 ? [path, undefined] : [path.slice(0, slash), path.slice(slash + 1)];
}

/** The parts of an absolute path, not yet checked; none of `/`. */
function namesOf(path: string, fail: (status: number) => ZirconiaError): string[] {
  if (!path.startsWith("/")) {
    throw fail(ZxStatus.INVALID_ARGS);
  }
  return path === "/" ? [] : path.slice(1).split("/");
}

function checkName(name: string, fail: (status: number) => ZirconiaError): void {
  if (!isName(name)) {
    throw fail(ZxStatus.INVALID_ARGS);
  }
}
