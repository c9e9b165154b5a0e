import { invalidValue } from "../base/validate.js";
import { FidlError, type FidlErrorKind } from "./errors.js";

/** 1, or 2 with small envelopes, which every recent peer wants to see. */
export type WireFormat = 1 | 2;

/** Checks a wire format that may be left out. */
export function checkWireFormat(format: unknown): WireFormat | undefined {
  if (format !== undefined && format !== 1 && format !== 2) {
    throw invalidValue("options.wireFormat", "must be 1 or 2", format);
  }
  return format;
}

/** What a channel takes in one message. */
export const MAX_MESSAGE_BYTES = 65_536;
export const MAX_MESSAGE_HANDLES = 64;

const MAX_DEPTH = 32;

/** What is in the place of something present: once for a handle, twice for a pointer. */
export const PRESENT = 0xffff_ffff;

/** A size rounded up to where the next object begins. */
export function padded(size: number): number {
  return align(size, 8);
}

/** A size or offset rounded up to a multiple of `alignment`, a power of two. */
export function align(size: number, alignment: number): number {
  return Math.ceil(size / alignment) * alignment;
}

/** Where a walk through a message is. */
export abstract class Cursor {
  /** The wire format of the message. */
  readonly format: WireFormat;
  /** The field at hand, as in `info.name`; empty for the message itself. */
  path = "";
  #depth = 0;

  constructor(format: WireFormat) {
    this.format = format;
  }

  /** Where the next object goes that is not within another. */
  protected abstract claim(size: number): number;

  /** Goes down to an object of this size that is out of line: where it is. */
  descend(size: number): number {
    if (this.#depth === MAX_DEPTH) {
      throw this.fail("TooDeep", `is deeper than ${MAX_DEPTH} levels`);
    }
    this.#depth += 1;
    return this.claim(size);
  }

  /** Comes back from there. */
  ascend(): void {
    this.#depth -= 1;
  }

  /** Goes into a field: the path to come back to. */
  enter(field: string): string {
    const outer = this.path;
    this.path = outer === "" ? field : `${outer}.${field}`;
    return outer;
  }

  /** The error that says this of the field at hand. */
  fail(kind: FidlErrorKind, predicate: string, offset?: number): FidlError {
    const subject = this.path === "" ? "message" : this.path;
    return new FidlError(kind, `${subject} ${predicate}`, offset === undefined ? {} : { offset });
  }
}
