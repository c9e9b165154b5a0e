import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { NodeInfo } from "../fidl/libraries/fuchsia-io.js";
import type { ValueOf } from "../fidl/type.js";
import type { Handle } from "../handles/handle.js";
import type { Vmo } from "../handles/vmo.js";

/** What file descriptors can refer to: a node, as it says of itself, or something without one. */
export type FdKind = NodeKind | "socket" | "log" | "vmo" | "localDirectory" | "null";

/** What a node says that it is; a pipe is its socket. */
export type NodeKind = Exclude<ValueOf<typeof NodeInfo>["kind"], "pipe">;

/** What a file descriptor refers to (`fdio_t`). */
export abstract class FdObject {
  abstract readonly kind: FdKind;

  /**
   * A handle to the same for another process.
   *
   * @throws {@link ZirconiaError} `NOT_SUPPORTED` for what has none
   */
  clone(): Handle {
    throw this.unsupported("cloned");
  }

  /**
   * The handle behind it, which ends the object, whatever comes of it.
   *
   * @throws {@link ZirconiaError} `NOT_SUPPORTED` for what has none
   */
  unwrap(): Handle {
    throw this.unsupported("transferred");
  }

  /**
   * A VMO with a file's content that can be executed.
   *
   * @throws {@link ZirconiaError} `NOT_SUPPORTED` for what is no file
   */
  async getVmoExec(): Promise<Vmo> {
    throw this.unsupported("executed");
  }

  /** Gives up what is behind it. */
  abstract close(): Promise<void>;

  private unsupported(what: string): ZirconiaError {
    return new ZirconiaError(`${this.kind}: cannot be ${what}`, ZxStatus.NOT_SUPPORTED);
  }
}

/** The null object: takes everything, gives nothing, and is not passed on. */
export class NullObject extends FdObject {
  override readonly kind = "null";

  override async close(): Promise<void> {}
}

/** A directory that exists in the namespace only, on the way to what is mounted. */
export class LocalDirectory extends FdObject {
  override readonly kind = "localDirectory";
  /** What is in it. */
  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    super();
    this.names = names;
  }

  override async close(): Promise<void> {}
}
