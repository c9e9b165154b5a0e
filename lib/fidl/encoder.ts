import { ForeignHandleError } from "../base/errors.js";
import type { Handle } from "../handles/handle.js";
import type { Context } from "../kernel/context.js";
import {
  Cursor,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_HANDLES,
  padded,
  PRESENT,
  type WireFormat,
} from "./wire.js";

/** Room for any message: all zeros, unless one is being written. */
class Scratch {
  readonly bytes = new Uint8Array(MAX_MESSAGE_BYTES);
  readonly text = Buffer.from(this.bytes.buffer);
  readonly view = new DataView(this.bytes.buffer);
}

/** What the last message was written in, until the next one is begun. */
let spare: Scratch | undefined;

/** Writes a message. */
export class Encoder extends Cursor {
  /** In the order of the message. */
  readonly handles: Handle[] = [];
  /** The message, as far as it is claimed. */
  readonly view: DataView;
  readonly #scratch: Scratch;
  readonly #context: Context | undefined;
  #length = 0;

  /** @param context who sends the message, if its handles are to be looked at */
  constructor(format: WireFormat, context?: Context) {
    super(format);
    this.#context = context;
    this.#scratch = spare ?? new Scratch();
    this.view = this.#scratch.view;
    spare = undefined;
  }

  /** How much is claimed. */
  get length(): number {
    return this.#length;
  }

  /** Room for an object, all zeros. */
  override claim(size: number): number {
    const at = this.#length;
    const length = at + padded(size);
    if (length > MAX_MESSAGE_BYTES) {
      throw this.fail("TooLarge", `is larger than ${MAX_MESSAGE_BYTES} bytes`);
    }
    this.#length = length;
    return at;
  }

  /** Writes how many elements there are, and goes to them. */
  sequence(at: number, count: number, size: number): number {
    this.view.setUint32(at, count, true);
    this.markPresent(at + 8);
    return this.descend(count * size);
  }

  /** Writes the marker of a pointer. */
  markPresent(at: number): void {
    this.view.setUint32(at, PRESENT, true);
    this.view.setUint32(at + 4, PRESENT, true);
  }

  /** Writes bytes. */
  setBytes(at: number, bytes: Uint8Array): void {
    this.#scratch.bytes.set(bytes, at);
  }

  /** Writes a string that has so many bytes of UTF-8. */
  setString(at: number, text: string, size: number): void {
    this.#scratch.text.write(text, at, size);
  }

  /** Adds a handle. @throws {@link ForeignHandleError} for another context's than the sender's */
  push(handle: Handle): void {
    if (this.#context !== undefined && handle.isForeignTo(this.#context)) {
      throw new ForeignHandleError(this.path, handle, this.#context);
    }
    if (this.handles.length === MAX_MESSAGE_HANDLES) {
      throw this.fail("TooManyHandles", `has more than ${MAX_MESSAGE_HANDLES} handles`);
    }
    this.handles.push(handle);
  }

  /** Ends the message: its bytes. */
  finish(): Uint8Array {
    const { bytes } = this.#scratch;
    const message = bytes.slice(0, this.#length);
    bytes.fill(0, 0, this.#length);
    spare = this.#scratch;
    return message;
  }
}
