import { invalidType } from "../validate.js";
import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import { FidlType, type ValueOf } from "./type.js";
import { align, PRESENT, type WireFormat } from "./wire.js";

/** The fields of a struct, in their order. */
export type Fields = Readonly<Record<string, FidlType<unknown>>>;

type OptionalKey<F extends Fields> = {
  [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never;
}[keyof F];

/** The value of a struct: what is optional may be left out. */
export type FieldValues<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKey<F>>]: ValueOf<F[K]>;
} & { readonly [K in OptionalKey<F>]?: ValueOf<F[K]> };

interface Layout {
  readonly size: number;
  readonly alignment: number;
  /** By field: where it begins, and where the one before it ends. */
  readonly offsets: readonly { readonly gap: number; readonly at: number }[];
  /** Where the last field ends. */
  readonly end: number;
}

/** A struct: its fields, one after the other. */
export class StructType<F extends Fields> extends FidlType<FieldValues<F>> {
  override readonly name: string;
  override readonly parts: readonly FidlType<unknown>[];
  override readonly declaration: string;
  readonly #fields: readonly (readonly [string, FidlType<unknown>])[];
  readonly #layouts: Readonly<Record<WireFormat, Layout>>;

  constructor(name: string, fields: F) {
    super();
    this.name = name;
    this.#fields = Object.entries(fields);
    this.parts = Object.values(fields);
    this.#layouts = { 1: layOut(this.parts, 1), 2: layOut(this.parts, 2) };
    const lines = this.#fields.map(([key, type]) => `    ${key} ${type.name};\n`);
    this.declaration = `type ${name} = struct {${lines.length === 0 ? "" : "\n"}${lines.join("")}};`;
  }

  override inlineSize(format: WireFormat): number {
    return this.#layouts[format].size;
  }

  override alignment(format: WireFormat): number {
    return this.#layouts[format].alignment;
  }

  override encode(encoder: Encoder, at: number, value: FieldValues<F>): void {
    if (typeof value !== "object" || value === null) {
      throw invalidType(encoder.path, "an object", value);
    }
    const { offsets } = this.#layouts[encoder.format];
    this.#fields.forEach(([key, type], index) => {
      const field = (value as Readonly<Record<string, unknown>>)[key];
      encoder.within(key, () => type.encode(encoder, at + offsets[index]!.at, field));
    });
  }

  override decode(decoder: Decoder, at: number): FieldValues<F> {
    const { offsets, end, size } = this.#layouts[decoder.format];
    const entries = this.#fields.map(([key, type], index) => {
      const offset = offsets[index]!;
      decoder.checkPadding(at + offset.gap, at + offset.at);
      return [key, decoder.within(key, () => type.decode(decoder, at + offset.at))] as const;
    });
    decoder.checkPadding(at + end, at + size);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as FieldValues<F>;
  }
}

/** Fields at their alignment, the whole rounded up to the greatest; nothing takes one byte. */
function layOut(types: readonly FidlType<unknown>[], format: WireFormat): Layout {
  let end = 0;
  const offsets = types.map((type) => {
    const gap = end;
    const at = align(gap, type.alignment(format));
    end = at + type.inlineSize(format);
    return { gap, at };
  });
  const alignment = Math.max(1, ...types.map((type) => type.alignment(format)));
  return { size: Math.max(1, align(end, alignment)), alignment, offsets, end };
}

class BoxType<F extends Fields> extends FidlType<FieldValues<F> | undefined> {
  override readonly name: string;
  override readonly parts: readonly FidlType<unknown>[];
  readonly #type: StructType<F>;

  constructor(type: StructType<F>) {
    super();
    this.name = `box<${type.name}>`;
    this.parts = [type];
    this.#type = type;
  }

  override inlineSize(): number {
    return 8;
  }

  override alignment(): number {
    return 8;
  }

  override encode(encoder: Encoder, at: number, value: FieldValues<F> | undefined): void {
    if (value !== undefined) {
      encoder.view.setBigUint64(at, PRESENT, true);
      encoder.outOfLine(this.#type.inlineSize(encoder.format), (at) =>
        this.#type.encode(encoder, at, value),
      );
    }
  }

  override decode(decoder: Decoder, at: number): FieldValues<F> | undefined {
    const presence = decoder.view.getBigUint64(at, true);
    if (presence === 0n) {
      return undefined;
    }
    if (presence !== PRESENT) {
      throw decoder.fail("Presence", "is neither present nor absent", at);
    }
    return decoder.outOfLine(this.#type.inlineSize(decoder.format), (at) =>
      this.#type.decode(decoder, at),
    );
  }
}

/** A struct with these fields, in this order. */
export function struct<F extends Fields>(name: string, fields: F): StructType<F> {
  return new StructType(name, fields);
}

/** A struct that is out of line, and may be left out. */
export function box<F extends Fields>(type: StructType<F>): FidlType<FieldValues<F> | undefined> {
  return new BoxType(type);
}
