import type { Handle } from "../handles/handle.js";
import { Cursor, MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES, padded } from "./wire.js";

/** Writes a message. */
export class Encoder extends Cursor {
  /** In the order of the message. */
  readonly handles: Handle[] = [];
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** What is written so far. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The message; to be asked for anew after each object. */
  get view(): DataView {
    return this.#view;
  }

  /** Room for an object, all zeros. */
  override claim(size: number): number {
    const at = this.#length;
    const length = at + padded(size);
    if (length > MAX_MESSAGE_BYTES) {
      throw this.fail("TooLarge", `is larger than ${MAX_MESSAGE_BYTES} bytes`);
    }
    if (length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      bytes.set(this.bytes);
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    this.#length = length;
    return at;
  }

  /** Writes bytes into an object. */
  set(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at);
  }

  /** Adds a handle. */
  push(handle: Handle): void {
    if (this.handles.length === MAX_MESSAGE_HANDLES) {
      throw this.fail("TooManyHandles", `has more than ${MAX_MESSAGE_HANDLES} handles`);
    }
    this.handles.push(handle);
  }
}
