import type { Handle } from "../handles/handle.js";
import type { FidlError } from "./errors.js";
import { Cursor, padded, PRESENT, type WireFormat } from "./wire.js";

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
    const end = at + padded(size);
    this.#pass(at, end);
    this.checkPadding(at + size, end);
    return at;
  }

  /** Whether the marker of a pointer says that there is something. */
  isPresent(at: number): boolean {
    const present = this.hasHandle(at);
    if (present !== this.hasHandle(at + 4)) {
      throw this.#neither(at);
    }
    return present;
  }

  /** Whether the marker of a handle does. */
  hasHandle(at: number): boolean {
    const marker = this.view.getUint32(at, true);
    if (marker !== 0 && marker !== PRESENT) {
      throw this.#neither(at);
    }
    return marker === PRESENT;
  }

  /** Reads how many elements there are, which must not be absent. */
  count(at: number): number {
    if (!this.isPresent(at + 8)) {
      throw this.fail("Absent", "is absent", at);
    }
    // What is rounded is beyond every message.
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32;
  }

  /** Whether there is nothing but zeros. */
  isZero(from: number, to: number): boolean {
    return this.#firstByte(from, to) === to;
  }

  /** Checks that nothing is in a gap. */
  checkPadding(from: number, to: number): void {
    const at = this.#firstByte(from, to);
    if (at < to) {
      throw this.fail("Padding", "has padding that is not zero", at);
    }
  }

  /** Takes the next handle, or another one with fewer rights in its place. */
  takeHandle(at: number, accept: (handle: Handle) => Handle): Handle {
    const index = this.#nextHandle;
    const handle = this.handles[index];
    if (handle === undefined) {
      throw this.#missingHandle(at);
    }
    const accepted = accept(handle);
    this.handles[index] = accepted;
    this.#nextHandle += 1;
    return accepted;
  }

  /** Passes over an object that nobody knows: its handles are closed. */
  skip(at: number, bytes: number, handles: number): void {
    const next = this.#nextHandle + handles;
    if (next > this.handles.length) {
      throw this.#missingHandle(at);
    }
    this.#pass(at, this.#at + bytes);
    this.handles.slice(this.#nextHandle, next).forEach((handle) => handle.close());
    this.#nextHandle = next;
  }

  /** Checks that the message ends here. */
  finish(): void {
    if (this.#at < this.bytes.length) {
      throw this.fail("TrailingBytes", "has trailing bytes", this.#at);
    }
    if (this.#nextHandle < this.handles.length) {
      throw this.fail("TrailingHandles", "has trailing handles");
    }
  }

  /** Claims what is in front of `end`. */
  #pass(at: number, end: number): void {
    if (end > this.bytes.length) {
      throw this.fail("TooShort", "is too short", at);
    }
    this.#at = end;
  }

  /** Where the first byte is that is not zero, or the end. */
  #firstByte(from: number, to: number): number {
    let at = from;
    while (at < to && this.bytes[at] === 0) {
      at += 1;
    }
    return at;
  }

  #neither(at: number): FidlError {
    return this.fail("Presence", "is neither present nor absent", at);
  }

  #missingHandle(at: number): FidlError {
    return this.fail("MissingHandle", "has too few handles", at);
  }
}
