import { invalidType } from "../base/validate.js";
import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import { FidlType, type ValueOf } from "./type.js";
import { align, type WireFormat } from "./wire.js";

/** The fields of a struct, in their order. */
export type Fields = Readonly<Record<string, FidlType<unknown>>>;

type OptionalKey<F extends Fields> = {
  [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never;
}[keyof F];

/** The value of a struct: what is optional may be left out. */
export type FieldValues<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKey<F>>]: ValueOf<F[K]>;
} & { readonly [K in OptionalKey<F>]?: ValueOf<F[K]> };

/** A field, where it begins, and where the one before it ends. */
interface Placed {
  readonly key: string;
  readonly type: FidlType<unknown>;
  readonly at: number;
  readonly gap: number;
}

interface Layout {
  readonly size: number;
  readonly alignment: number;
  readonly fields: readonly Placed[];
  /** Where the last field ends. */
  readonly end: number;
}

/** A struct: its fields, one after the other. */
export class StructType<F extends Fields> extends FidlType<FieldValues<F>> {
  override readonly name: string;
  override readonly parts: readonly FidlType<unknown>[];
  override readonly declaration: string;
  readonly #fields: F;
  readonly #layouts: Partial<Record<WireFormat, Layout>> = {};

  constructor(name: string, fields: F) {
    super();
    this.name = name;
    this.parts = Object.values(fields);
    this.#fields = fields;
    const lines = Object.entries(fields).map(([key, type]) => `    ${key} ${type.name};\n`);
    this.declaration = `type ${name} = struct {${lines.length === 0 ? "" : "\n"}${lines.join("")}};`;
  }

  override inlineSize(format: WireFormat): number {
    return this.#layout(format).size;
  }

  override alignment(format: WireFormat): number {
    return this.#layout(format).alignment;
  }

  override encode(encoder: Encoder, at: number, value: FieldValues<F>): void {
    if (typeof value !== "object" || value === null) {
      throw invalidType(encoder.path, "an object", value);
    }
    const values = value as Readonly<Record<string, unknown>>;
    for (const field of this.#layout(encoder.format).fields) {
      const outer = encoder.enter(field.key);
      field.type.encode(encoder, at + field.at, values[field.key]);
      encoder.path = outer;
    }
  }

  override decode(decoder: Decoder, at: number): FieldValues<F> {
    const { fields, end, size } = this.#layout(decoder.format);
    const values: Record<string, unknown> = {};
    for (const field of fields) {
      decoder.checkPadding(at + field.gap, at + field.at);
      const outer = decoder.enter(field.key);
      const value = field.type.decode(decoder, at + field.at);
      decoder.path = outer;
      if (value !== undefined) {
        values[field.key] = value;
      }
    }
    decoder.checkPadding(at + end, at + size);
    return values as FieldValues<F>;
  }

  /** Made when first used: most structs never are. */
  #layout(format: WireFormat): Layout {
    return (this.#layouts[format] ??= layOut(this.#fields, format));
  }
}

/** Fields at their alignment, the whole rounded up to the greatest; nothing takes one byte. */
function layOut(types: Fields, format: WireFormat): Layout {
  let end = 0;
  let alignment = 1;
  const fields = Object.entries(types).map(([key, type]) => {
    const gap = end;
    const at = align(gap, type.alignment(format));
    end = at + type.inlineSize(format);
    alignment = Math.max(alignment, type.alignment(format));
    return { key, type, at, gap };
  });
  return { size: Math.max(1, align(end, alignment)), alignment, fields, end };
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
      encoder.markPresent(at);
      const size = this.#type.inlineSize(encoder.format);
      this.#type.encode(encoder, encoder.descend(size), value);
      encoder.ascend();
    }
  }

  override decode(decoder: Decoder, at: number): FieldValues<F> | undefined {
    if (!decoder.isPresent(at)) {
      return undefined;
    }
    const size = this.#type.inlineSize(decoder.format);
    const value = this.#type.decode(decoder, decoder.descend(size));
    decoder.ascend();
    return value;
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
