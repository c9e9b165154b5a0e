import type { Handle } from "../handles/handle.js";
import { Cursor, padded, type WireFormat } from "./wire.js";

/** Reads a message, and trusts nothing in it. */
export class Decoder extends Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** All handles of the message. */
  readonly handles: Handle[];
  #at = 0;
  #nextHandle = 0;

  constructor(format: WireFormat, bytes: Uint8Array, handles: readonly Handle[]) {
    super(format);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.handles = [...handles];
  }

  /** Bytes that are not claimed yet. */
  get remaining(): number {
    return this.bytes.length - this.#at;
  }

  /** How far the message is claimed. */
  get at(): number {
    return this.#at;
  }

  /** How many handles are taken. */
  get handlesTaken(): number {
    return this.#nextHandle;
  }

  /** The next object. */
  override claim(size: number): number {
    const at = this.#at;
    if (padded(size) > this.remaining) {
      throw this.fail("TooShort", "is too short", at);
    }
    this.#at += padded(size);
    this.checkPadding(at + size, this.#at);
    return at;
  }

  /** Checks that nothing is in a gap. */
  checkPadding(from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      if (this.bytes[at] !== 0) {
        throw this.fail("Padding", "has padding that is not zero", at);
      }
    }
  }

  /** Takes the next handle, or another one with fewer rights in its place. */
  takeHandle(at: number, accept: (handle: Handle) => Handle): Handle {
    const index = this.#nextHandle;
    const handle = this.handles[index];
    if (handle === undefined) {
      throw this.fail("MissingHandle", "has too few handles", at);
    }
    const accepted = accept(handle);
    this.handles[index] = accepted;
    this.#nextHandle += 1;
    return accepted;
  }

  /** Passes over an object that nobody knows: its handles are closed. */
  skip(at: number, bytes: number, handles: number): void {
    if (bytes > this.remaining) {
      throw this.fail("TooShort", "is too short", at);
    }
    if (this.#nextHandle + handles > this.handles.length) {
      throw this.fail("MissingHandle", "has too few handles", at);
    }
    this.#at += bytes;
    for (const handle of this.handles.slice(this.#nextHandle, this.#nextHandle + handles)) {
      handle.close();
    }
    this.#nextHandle += handles;
  }

  /** Checks that the message ends here. */
  finish(): void {
    if (this.remaining > 0) {
      throw this.fail("TrailingBytes", "has trailing bytes", this.#at);
    }
    if (this.#nextHandle < this.handles.length) {
      throw this.fail("TrailingHandles", "has trailing handles");
    }
  }
}
