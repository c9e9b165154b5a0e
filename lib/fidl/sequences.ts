import { TextDecoder } from "node:util";

import { checkArray, checkBytes, checkString, invalidValue, outOfRange } from "../base/validate.js";
import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import { FidlType, NullableType } from "./type.js";
import type { Cursor, WireFormat } from "./wire.js";

/** No bound: what a count can say at most. */
const UNBOUNDED = 0xffff_ffff;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A count of elements, which are out of line. */
abstract class SequenceType<T> extends NullableType<T> {
  readonly #bound: number;
  readonly #unit: string;

  constructor(base: string, bound: number, unit: string) {
    super(base, bound === UNBOUNDED ? [] : [String(bound)]);
    this.#bound = bound;
    this.#unit = unit;
  }

  override inlineSize(): number {
    return 16;
  }

  override alignment(): number {
    return 8;
  }

  /** Writes the count, and goes to the elements. */
  protected begin(encoder: Encoder, at: number, count: number, size: number): number {
    this.#check(encoder, count);
    return encoder.sequence(at, count, size);
  }

  /** Reads the count. */
  protected count(decoder: Decoder, at: number): number {
    const count = decoder.count(at);
    this.#check(decoder, count, at);
    return count;
  }

  #check(cursor: Cursor, count: number, at?: number): void {
    if (count > this.#bound) {
      throw cursor.fail("TooLong", `is longer than ${this.#bound} ${this.#unit}`, at);
    }
  }
}

class StringType extends SequenceType<string> {
  constructor(bound: number) {
    super("string", bound, "bytes");
  }

  override encode(encoder: Encoder, at: number, value: string): void {
    const size = Buffer.byteLength(checkString(encoder.path, value));
    encoder.setString(this.begin(encoder, at, size, 1), value, size);
    encoder.ascend();
  }

  override decode(decoder: Decoder, at: number): string {
    const size = this.count(decoder, at);
    const begin = decoder.descend(size);
    decoder.ascend();
    try {
      return utf8.decode(decoder.bytes.subarray(begin, begin + size));
    } catch {
      throw decoder.fail("Utf8", "is no UTF-8", begin);
    }
  }
}

class BytesType extends SequenceType<Uint8Array> {
  constructor(bound: number) {
    super("vector<uint8>", bound, "bytes");
  }

  override encode(encoder: Encoder, at: number, value: Uint8Array): void {
    const bytes = checkBytes(encoder.path, value);
    encoder.setBytes(this.begin(encoder, at, bytes.length, 1), bytes);
    encoder.ascend();
  }

  override decode(decoder: Decoder, at: number): Uint8Array {
    const size = this.count(decoder, at);
    const begin = decoder.descend(size);
    decoder.ascend();
    return decoder.bytes.slice(begin, begin + size);
  }
}

class VectorType<T> extends SequenceType<readonly T[]> {
  override readonly parts: readonly FidlType<unknown>[];
  readonly #element: FidlType<T>;

  constructor(element: FidlType<T>, bound: number) {
    super(`vector<${element.name}>`, bound, "elements");
    this.parts = [element];
    this.#element = element;
  }

  override encode(encoder: Encoder, at: number, value: readonly T[]): void {
    const list = checkArray(encoder.path, value) as readonly T[];
    const size = this.#element.inlineSize(encoder.format);
    const begin = this.begin(encoder, at, list.length, size);
    encodeAll(encoder, begin, this.#element, list);
    encoder.ascend();
  }

  override decode(decoder: Decoder, at: number): readonly T[] {
    const count = this.count(decoder, at);
    const begin = decoder.descend(count * this.#element.inlineSize(decoder.format));
    const list = decodeAll(decoder, begin, this.#element, count);
    decoder.ascend();
    return list;
  }
}

class ArrayType<T> extends FidlType<readonly T[]> {
  override readonly name: string;
  override readonly parts: readonly FidlType<unknown>[];
  readonly #element: FidlType<T>;
  readonly #length: number;

  constructor(element: FidlType<T>, length: number) {
    super();
    this.name = `array<${element.name}, ${length}>`;
    this.parts = [element];
    this.#element = element;
    this.#length = length;
  }

  override inlineSize(format: WireFormat): number {
    return this.#element.inlineSize(format) * this.#length;
  }

  override alignment(format: WireFormat): number {
    return this.#element.alignment(format);
  }

  override encode(encoder: Encoder, at: number, value: readonly T[]): void {
    const list = checkArray(encoder.path, value) as readonly T[];
    if (list.length !== this.#length) {
      throw invalidValue(encoder.path, `must have ${this.#length} elements`, value);
    }
    encodeAll(encoder, at, this.#element, list);
  }

  override decode(decoder: Decoder, at: number): readonly T[] {
    return decodeAll(decoder, at, this.#element, this.#length);
  }
}

/** Writes elements, one after the other. */
function encodeAll<T>(
  encoder: Encoder,
  at: number,
  element: FidlType<T>,
  list: readonly T[],
): void {
  const size = element.inlineSize(encoder.format);
  for (let index = 0; index < list.length; index += 1) {
    element.encode(encoder, at + index * size, list[index]!);
  }
}

/** Reads as many elements. */
function decodeAll<T>(decoder: Decoder, at: number, element: FidlType<T>, count: number): T[] {
  const size = element.inlineSize(decoder.format);
  return Array.from({ length: count }, (_, index) => element.decode(decoder, at + index * size));
}

/** A string of at most this many bytes of UTF-8. */
export function string(bound: number = UNBOUNDED): NullableType<string> {
  return new StringType(bound);
}

/** A vector of at most this many bytes, as a Uint8Array. */
export function bytes(bound: number = UNBOUNDED): NullableType<Uint8Array> {
  return new BytesType(bound);
}

/** A vector of at most this many elements. */
export function vector<T>(
  element: FidlType<T>,
  bound: number = UNBOUNDED,
): NullableType<readonly T[]> {
  return new VectorType(element, bound);
}

/** An array of exactly this many elements: one or more. */
export function array<T>(element: FidlType<T>, length: number): FidlType<readonly T[]> {
  if (!Number.isInteger(length) || length < 1) {
    throw outOfRange("length", "an integer >= 1", length);
  }
  return new ArrayType(element, length);
}
