import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import type { NumberType } from "./primitives.js";
import { FidlType } from "./type.js";

/** Whether a type takes members that it does not know; `strict` by default. */
export type Strictness = "strict" | "flexible";

/** An enum or bits: a number of which some values have names. */
export class MembersType<T extends number | bigint, M> extends FidlType<T> {
  override readonly name: string;
  override readonly declaration: string;
  /** The values, by name. */
  readonly members: M;
  readonly #type: NumberType<T>;
  readonly #knows: (value: T) => boolean;

  constructor(
    kind: "enum" | "bits",
    name: string,
    type: NumberType<T>,
    members: M & Readonly<Record<string, T>>,
    strictness: Strictness,
  ) {
    super();
    this.name = name;
    this.members = Object.freeze(members);
    this.#type = type;
    const values = Object.values<T>(members);
    if (strictness === "flexible") {
      this.#knows = () => true;
    } else if (kind === "enum") {
      const known = new Set(values);
      this.#knows = (value) => known.has(value);
    } else {
      const mask = values.reduce((bits, value) => bits | BigInt(value), 0n);
      this.#knows = (value) => (BigInt(value) & ~mask) === 0n;
    }
    const lines = Object.entries<T>(members).map(([key, value]) => `    ${key} = ${value};\n`);
    this.declaration = `type ${name} = ${strictness} ${kind} : ${type.name} {\n${lines.join("")}};`;
  }

  override inlineSize(): number {
    return this.#type.inlineSize();
  }

  override alignment(): number {
    return this.#type.alignment();
  }

  override encode(encoder: Encoder, at: number, value: T): void {
    this.#type.encode(encoder, at, value);
    if (!this.#knows(value)) {
      throw encoder.fail("UnknownMember", `is no ${this.name}`);
    }
  }

  override decode(decoder: Decoder, at: number): T {
    const value = this.#type.decode(decoder, at);
    if (!this.#knows(value)) {
      throw decoder.fail("UnknownMember", `is no ${this.name}`, at);
    }
    return value;
  }
}

/** An enum: one of its members, or any value if it is flexible. */
export function enumeration<T extends number | bigint, const M extends Readonly<Record<string, T>>>(
  name: string,
  type: NumberType<T>,
  members: M,
  strictness: Strictness = "strict",
): MembersType<T, M> {
  return new MembersType<T, M>("enum", name, type, members, strictness);
}

/** Bits: any of its members together, or any value if it is flexible. */
export function bits<T extends number | bigint, const M extends Readonly<Record<string, T>>>(
  name: string,
  type: NumberType<T>,
  members: M,
  strictness: Strictness = "strict",
): MembersType<T, M> {
  return new MembersType<T, M>("bits", name, type, members, strictness);
}
