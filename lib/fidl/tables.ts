import { invalidType } from "../base/validate.js";
import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import { decodeEnvelope, encodeEnvelope, envelopeSize, skipEnvelope } from "./envelope.js";
import { FidlType, type ValueOf } from "./type.js";
import { type Members, spellMembers } from "./unions.js";

/** The value of a table: those of its members that are there. */
export type TableValue<M extends Members> = {
  readonly [K in keyof M]?: ValueOf<M[K][1]>;
};

class TableType<M extends Members> extends FidlType<TableValue<M>> {
  override readonly name: string;
  override readonly parts: readonly FidlType<unknown>[];
  override readonly declaration: string;
  readonly #byOrdinal: ReadonlyMap<number, readonly [string, FidlType<unknown>]>;

  constructor(name: string, members: M) {
    super();
    const entries = Object.entries(members);
    this.name = name;
    this.#byOrdinal = new Map(entries.map(([key, [ordinal, type]]) => [ordinal, [key, type]]));
    this.parts = entries.map(([, [, type]]) => type);
    this.declaration = `type ${name} = table {\n${spellMembers(members)}};`;
  }

  override inlineSize(): number {
    return 16;
  }

  override alignment(): number {
    return 8;
  }

  override encode(encoder: Encoder, at: number, table: TableValue<M>): void {
    if (typeof table !== "object" || table === null) {
      throw invalidType(encoder.path, "an object", table);
    }
    const values = table as Readonly<Record<string, unknown>>;
    const present = [...this.#byOrdinal]
      .filter(([, [key]]) => values[key] !== undefined)
      .sort(([a], [b]) => a - b);
    const last = present.at(-1)?.[0] ?? 0;
    const size = envelopeSize(encoder.format);
    const envelopes = encoder.sequence(at, last, size);
    for (const [ordinal, [key, type]] of present) {
      const outer = encoder.enter(key);
      encodeEnvelope(encoder, envelopes + (ordinal - 1) * size, type, values[key]);
      encoder.path = outer;
    }
    encoder.ascend();
  }

  override decode(decoder: Decoder, at: number): TableValue<M> {
    const count = decoder.count(at);
    const size = envelopeSize(decoder.format);
    const envelopes = decoder.descend(count * size);
    const values: Record<string, unknown> = {};
    for (let ordinal = 1; ordinal <= count; ordinal += 1) {
      const envelope = envelopes + (ordinal - 1) * size;
      const present = this.#decodeMember(decoder, envelope, ordinal, values);
      if (ordinal === count && !present) {
        throw decoder.fail("Absent", "ends with an absent member", envelope);
      }
    }
    decoder.ascend();
    return values as TableValue<M>;
  }

  /** Whether the member is there. */
  #decodeMember(
    decoder: Decoder,
    at: number,
    ordinal: number,
    values: Record<string, unknown>,
  ): boolean {
    const member = this.#byOrdinal.get(ordinal);
    if (member === undefined) {
      return skipEnvelope(decoder, at);
    }
    const [key, type] = member;
    const outer = decoder.enter(key);
    const content = decodeEnvelope(decoder, at, type);
    decoder.path = outer;
    if (content !== undefined) {
      values[key] = content.value;
    }
    return content !== undefined;
  }
}

/** A table: any of its members. Members it does not know are passed over. */
export function table<const M extends Members>(name: string, members: M): FidlType<TableValue<M>> {
  return new TableType(name, members);
}
