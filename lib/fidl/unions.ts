import { invalidValue } from "../base/validate.js";
import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import type { Strictness } from "./enums.js";
import { decodeEnvelope, encodeEnvelope, envelopeSize, skipEnvelope } from "./envelope.js";
import { type FidlType, NullableType, type ValueOf } from "./type.js";
import type { WireFormat } from "./wire.js";

/** Members of a union or table: by name, their ordinals from 1 on and their types. */
export type Members = Readonly<Record<string, readonly [ordinal: number, type: FidlType<unknown>]>>;

/** The value of a union: which member it is, and what. */
export type UnionValue<M extends Members> = {
  readonly [K in keyof M]: { readonly kind: K; readonly value: ValueOf<M[K][1]> };
}[keyof M];

/** The value of a flexible union whose member is not known. */
export interface UnknownMember {
  readonly kind: "unknown";
  readonly ordinal: bigint;
}

/** Spells members as FIDL does. */
export function spellMembers(members: Members): string {
  return Object.entries(members)
    .map(([key, [ordinal, type]]) => `    ${ordinal}: ${key} ${type.name};\n`)
    .join("");
}

class UnionType<M extends Members, V> extends NullableType<V> {
  override readonly parts: readonly FidlType<unknown>[];
  override readonly declaration: string;
  readonly #members: Members;
  readonly #byOrdinal: ReadonlyMap<bigint, readonly [string, FidlType<unknown>]>;
  readonly #flexible: boolean;

  constructor(name: string, members: M, strictness: Strictness) {
    super(name);
    const entries = Object.entries(members);
    this.#members = members;
    this.#byOrdinal = new Map(
      entries.map(([key, [ordinal, type]]) => [BigInt(ordinal), [key, type]]),
    );
    this.#flexible = strictness === "flexible";
    this.parts = entries.map(([, [, type]]) => type);
    this.declaration = `type ${name} = ${strictness} union {\n${spellMembers(members)}};`;
  }

  override inlineSize(format: WireFormat): number {
    return 8 + envelopeSize(format);
  }

  override alignment(): number {
    return 8;
  }

  override encode(encoder: Encoder, at: number, union: V): void {
    const { kind, value } = Object(union) as { kind?: unknown; value?: unknown };
    const member =
      typeof kind === "string" && Object.hasOwn(this.#members, kind)
        ? this.#members[kind]
        : undefined;
    if (member === undefined) {
      throw invalidValue(encoder.path, `must be a ${this.name}`, union);
    }
    const [ordinal, type] = member;
    encoder.view.setBigUint64(at, BigInt(ordinal), true);
    const outer = encoder.enter(kind as string);
    encodeEnvelope(encoder, at + 8, type, value);
    encoder.path = outer;
  }

  override decode(decoder: Decoder, at: number): V {
    const ordinal = decoder.view.getBigUint64(at, true);
    if (ordinal === 0n) {
      throw decoder.fail("Absent", "is absent", at);
    }
    const member = this.#byOrdinal.get(ordinal);
    if (member === undefined) {
      return this.#unknown(decoder, at, ordinal) as V;
    }
    const [kind, type] = member;
    const outer = decoder.enter(kind);
    const content = decodeEnvelope(decoder, at + 8, type);
    if (content === undefined) {
      throw decoder.fail("Absent", "is absent", at);
    }
    decoder.path = outer;
    return { kind, value: content.value } as V;
  }

  #unknown(decoder: Decoder, at: number, ordinal: bigint): UnknownMember {
    if (!this.#flexible) {
      throw decoder.fail("UnknownMember", `is no ${this.name}`, at);
    }
    if (!skipEnvelope(decoder, at + 8)) {
      throw decoder.fail("Absent", "is absent", at);
    }
    return { kind: "unknown", ordinal };
  }
}

/** A union: one of its members, as `{ kind, value }`. Members it does not know are refused. */
export function union<const M extends Members>(
  name: string,
  members: M,
): NullableType<UnionValue<M>> {
  return new UnionType(name, members, "strict");
}

/** A union whose unknown members are read as `{ kind: "unknown", ordinal }`, and never written. */
export function flexibleUnion<const M extends Members>(
  name: string,
  members: M,
): NullableType<UnionValue<M> | UnknownMember> {
  return new UnionType(name, members, "flexible");
}
