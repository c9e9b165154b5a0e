import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import type { WireFormat } from "./wire.js";

/** A type of FIDL: how its values are laid out in a message. */
export abstract class FidlType<T> {
  /** The type as FIDL spells it: `string:32`. */
  abstract readonly name: string;
  /** The types that it is made of. */
  readonly parts: readonly FidlType<unknown>[] = [];
  /** Its declaration in FIDL, if it has one. */
  readonly declaration: string | undefined = undefined;

  /** Bytes that a value has within its container. */
  abstract inlineSize(format: WireFormat): number;
  /** What the offset of a value is a multiple of. */
  abstract alignment(format: WireFormat): number;
  /** Writes a value to `at`, where there are zeros. */
  abstract encode(encoder: Encoder, at: number, value: T): void;
  /** Reads the value at `at`. */
  abstract decode(decoder: Decoder, at: number): T;
}

/** The values of a type. */
export type ValueOf<T> = T extends FidlType<infer V> ? V : never;

/** A type whose values may be left out, if {@link optional} says so: all zeros stand for that. */
export abstract class NullableType<T> extends FidlType<T> {
  override readonly name: string;
  readonly #base: string;
  readonly #constraints: readonly string[];

  constructor(base: string, constraints: readonly string[] = []) {
    super();
    this.name = spell(base, constraints);
    this.#base = base;
    this.#constraints = constraints;
  }

  /** The name of the type whose values may be left out. */
  get optionalName(): string {
    return spell(this.#base, [...this.#constraints, "optional"]);
  }
}

function spell(base: string, constraints: readonly string[]): string {
  switch (constraints.length) {
    case 0:
      return base;
    case 1:
      return `${base}:${constraints[0]}`;
    default:
      return `${base}:<${constraints.join(", ")}>`;
  }
}

class OptionalType<T> extends FidlType<T | undefined> {
  override readonly name: string;
  override readonly parts: readonly FidlType<unknown>[];
  readonly #type: NullableType<T>;

  constructor(type: NullableType<T>) {
    super();
    this.name = type.optionalName;
    this.parts = [type];
    this.#type = type;
  }

  override inlineSize(format: WireFormat): number {
    return this.#type.inlineSize(format);
  }

  override alignment(format: WireFormat): number {
    return this.#type.alignment(format);
  }

  override encode(encoder: Encoder, at: number, value: T | undefined): void {
    if (value !== undefined) {
      this.#type.encode(encoder, at, value);
    }
  }

  override decode(decoder: Decoder, at: number): T | undefined {
    const isAbsent = decoder.isZero(at, at + this.inlineSize(decoder.format));
    return isAbsent ? undefined : this.#type.decode(decoder, at);
  }
}

/** A string, vector, handle or union that may be left out. Structs have {@link box}. */
export function optional<T>(type: NullableType<T>): FidlType<T | undefined> {
  return new OptionalType(type);
}
