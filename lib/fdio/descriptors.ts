import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkInteger } from "../base/validate.js";
import { Handle } from "../handles/handle.js";
import { moveInto } from "../handles/move.js";
import { checkGiven } from "../handles/take.js";
import type { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import { MAX_FD } from "./constants.js";
import { objectForHandle } from "./create.js";
import { type FdKind, type FdObject, NullObject } from "./object.js";

/** An object, and by how many descriptors and operations it is used. */
interface Shared {
  readonly object: FdObject;
  uses: number;
}

/** The file descriptors of a process (sdk/lib/fdio/fd.cc, unistd.cc): at most 1,024. */
export class FileDescriptors {
  readonly #context: Context;
  readonly #table = new Map<number, Shared>();

  /** @internal */
  constructor(context: Context) {
    this.#context = context;
  }

  /** The open ones, in ascending order. */
  get open(): readonly number[] {
    return [...this.#table.keys()].sort((a, b) => a - b);
  }

  /** What a descriptor refers to; `undefined` for a closed one. */
  kind(fd: number): FdKind | undefined {
    return this.#table.get(fd)?.object.kind;
  }

  /**
   * `fdio_fd_create`: lets a descriptor refer to a handle of whatever context, which is consumed: a
   * node's channel, whose server is asked what it is, a socket, the debug log or a VMO.
   *
   * @param fd which one, in place of what it refers to; by default the lowest that is closed
   * @returns the descriptor
   * @throws {@link ZirconiaError} `BAD_HANDLE`; `INVALID_ARGS` for other objects; `PEER_CLOSED` if
   * nobody serves the channel; `BAD_STATE` if all are open
   */
  async create(handle: Handle, fd?: number): Promise<number> {
    checkGiven("handle", handle, Handle);
    const target = fd === undefined ? undefined : checkFd("fd", fd);
    const object = await objectForHandle(moveInto(this.#context, "handle", handle));
    return this.bind(object, target);
  }

  /**
   * `fdio_null_create`: lets a descriptor refer to the null object, which cannot be passed on.
   *
   * @param fd which one, in place of what it refers to; by default the lowest that is closed
   * @returns the descriptor
   * @throws {@link ZirconiaError} `BAD_STATE` if all are open
   */
  async createNull(fd?: number): Promise<number> {
    return this.bind(new NullObject(), fd);
  }

  /**
   * Lets a descriptor refer to an object, which belongs to it then.
   *
   * @param fd which one, in place of what it refers to; by default the lowest that is closed
   * @returns the descriptor
   * @throws {@link ZirconiaError} `BAD_STATE` if all are open; the object is closed then
   */
  async bind(object: FdObject, fd?: number): Promise<number> {
    let target: number;
    try {
      target = fd === undefined ? this.#lowest() : checkFd("fd", fd);
    } catch (error) {
      await object.close();
      throw error;
    }
    return this.#set(target, { object, uses: 0 });
  }

  /**
   * `dup`, `dup2`: a further descriptor for the same.
   *
   * @param target which one, in place of what it refers to; by default the lowest that is closed
   * @throws {@link ZirconiaError} `INVALID_ARGS` for a closed descriptor; `BAD_STATE` if all are open
   */
  async dup(fd: number, target?: number): Promise<number> {
    const shared = this.#get(fd);
    if (target !== undefined) {
      checkFd("target", target);
    }
    return target === fd ? fd : this.#set(target ?? this.#lowest(), shared);
  }

  /**
   * `close`. The server of a node is told when its last descriptor goes, and is waited for.
   *
   * @throws {@link ZirconiaError} `INVALID_ARGS` for a closed descriptor
   */
  async close(fd: number): Promise<void> {
    await this.#release(this.#take(fd));
  }

  /**
   * `fdio_fd_clone`: a handle to the same for another process. A node's is a new connection, by
   * `Node.Clone`; that of a socket, the debug log or a VMO is a duplicate.
   *
   * @throws {@link ZirconiaError} `INVALID_ARGS` for a closed descriptor; `NOT_SUPPORTED` for what
   * cannot be passed on; {@link ZxError} `ACCESS_DENIED` without DUPLICATE
   */
  clone(fd: number): Handle {
    return this.#get(fd).object.clone();
  }

  /**
   * `fdio_fd_transfer`: the handle behind a descriptor, for another process. The descriptor is
   * closed, whatever comes of it.
   *
   * @throws {@link ZirconiaError} `INVALID_ARGS` for a closed descriptor; `UNAVAILABLE` if there are
   * others for the same, or it is in use; `NOT_SUPPORTED` for what cannot be passed on; `BAD_STATE`
   * if a node's server has sent what nobody asked for
   */
  transfer(fd: number): Handle {
    const shared = this.#take(fd);
    shared.uses -= 1;
    if (shared.uses > 0) {
      throw new ZirconiaError(`File descriptor ${fd} is shared or in use`, ZxStatus.UNAVAILABLE);
    }
    return shared.object.unwrap();
  }

  /**
   * `fdio_get_vmo_exec`: a copy of a file that can be executed.
   *
   * @throws {@link ZirconiaError} `INVALID_ARGS` for a closed descriptor; `NOT_SUPPORTED` for what is
   * no file; as its server says
   */
  async getVmoExec(fd: number): Promise<Vmo> {
    const shared = this.#get(fd);
    shared.uses += 1;
    try {
      return await shared.object.getVmoExec();
    } finally {
      await this.#release(shared);
    }
  }

  #get(fd: number): Shared {
    const shared = this.#table.get(fd);
    if (shared === undefined) {
      throw new ZirconiaError(`File descriptor ${fd} is closed`, ZxStatus.INVALID_ARGS);
    }
    return shared;
  }

  #take(fd: number): Shared {
    const shared = this.#get(fd);
    this.#table.delete(fd);
    return shared;
  }

  async #set(fd: number, shared: Shared): Promise<number> {
    const replaced = this.#table.get(fd);
    shared.uses += 1;
    this.#table.set(fd, shared);
    if (replaced !== undefined) {
      await this.#release(replaced);
    }
    return fd;
  }

  async #release(shared: Shared): Promise<void> {
    shared.uses -= 1;
    if (shared.uses === 0) {
      await shared.object.close();
    }
  }

  #lowest(): number {
    for (let fd = 0; fd < MAX_FD; fd++) {
      if (!this.#table.has(fd)) {
        return fd;
      }
    }
    throw new ZirconiaError("All file descriptors are open", ZxStatus.BAD_STATE);
  }
}

/** Checks a descriptor that is to be opened. */
export function checkFd(name: string, fd: unknown): number {
  return checkInteger(name, fd, MAX_FD - 1);
}
