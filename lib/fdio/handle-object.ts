import type { Handle } from "../handles/handle.js";
import { type FdKind, FdObject } from "./object.js";

/** A kernel object that is passed on by its handle: a socket, the debug log, a VMO. */
export class HandleObject extends FdObject {
  override readonly kind: FdKind;
  /** The handle, which belongs to the object. */
  readonly handle: Handle;

  constructor(kind: "socket" | "log" | "vmo", handle: Handle) {
    super();
    this.kind = kind;
    this.handle = handle;
  }

  override clone(): Handle {
    return this.handle.duplicate();
  }

  override unwrap(): Handle {
    return this.handle;
  }

  override async close(): Promise<void> {
    this.handle.close();
  }
}
