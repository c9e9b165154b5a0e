import { encode } from "../strings.js";
import { checkArray, checkBytes, checkString, invalidValue, outOfRange } from "../validate.js";
import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import { FidlType, NullableType } from "./type.js";
import { PRESENT, type WireFormat } from "./wire.js";

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
  protected encodeElements(
    encoder: Encoder,
    at: number,
    count: number,
    size: number,
    body: (at: number) => void,
  ): void {
    if (count > this.#bound) {
      throw encoder.fail("TooLong", this.#tooLong());
    }
    encoder.view.setBigUint64(at, BigInt(count), true);
    encoder.view.setBigUint64(at + 8, PRESENT, true);
    encoder.outOfLine(count * size, body);
  }

  /** Reads the count, and goes to the elements. */
  protected decodeElements<R>(
    decoder: Decoder,
    at: number,
    size: number,
    body: (at: number, count: number) => R,
  ): R {
    const presence = decoder.view.getBigUint64(at + 8, true);
    if (presence !== PRESENT) {
      throw presence === 0n
        ? decoder.fail("Absent", "is absent", at)
        : decoder.fail("Presence", "is neither present nor absent", at);
    }
    const count = decoder.view.getBigUint64(at, true);
    if (count > this.#bound) {
      throw decoder.fail("TooLong", this.#tooLong(), at);
    }
    return decoder.outOfLine(Number(count) * size, (at) => body(at, Number(count)));
  }

  #tooLong(): string {
    return `is longer than ${this.#bound} ${this.#unit}`;
  }
}

class StringType extends SequenceType<string> {
  constructor(bound: number) {
    super("string", bound, "bytes");
  }

  override encode(encoder: Encoder, at: number, value: string): void {
    const bytes = encode(checkString(encoder.path, value));
    this.encodeElements(encoder, at, bytes.length, 1, (at) => encoder.set(at, bytes));
  }

  override decode(decoder: Decoder, at: number): string {
    return this.decodeElements(decoder, at, 1, (at, count) => {
      try {
        return utf8.decode(decoder.bytes.subarray(at, at + count));
      } catch {
        throw decoder.fail("Utf8", "is no UTF-8", at);
      }
    });
  }
}

class BytesType extends SequenceType<Uint8Array> {
  constructor(bound: number) {
    super("vector<uint8>", bound, "bytes");
  }

  override encode(encoder: Encoder, at: number, value: Uint8Array): void {
    const bytes = checkBytes(encoder.path, value);
    this.encodeElements(encoder, at, bytes.length, 1, (at) => encoder.set(at, bytes));
  }

  override decode(decoder: Decoder, at: number): Uint8Array {
    return this.decodeElements(decoder, at, 1, (at, count) => decoder.bytes.slice(at, at + count));
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
    this.encodeElements(encoder, at, list.length, size, (at) =>
      list.forEach((item, index) => this.#element.encode(encoder, at + index * size, item)),
    );
  }

  override decode(decoder: Decoder, at: number): readonly T[] {
    const size = this.#element.inlineSize(decoder.format);
    return this.decodeElements(decoder, at, size, (at, length) =>
      Array.from({ length }, (_, index) => this.#element.decode(decoder, at + index * size)),
    );
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
    const size = this.#element.inlineSize(encoder.format);
    list.forEach((item, index) => this.#element.encode(encoder, at + index * size, item));
  }

  override decode(decoder: Decoder, at: number): readonly T[] {
    const size = this.#element.inlineSize(decoder.format);
    return Array.from({ length: this.#length }, (_, index) =>
      this.#element.decode(decoder, at + index * size),
    );
  }
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
