import { checkI64, checkU64, invalidType, outOfRange } from "../base/validate.js";
import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import { FidlType } from "./type.js";

/** How a DataView reads and writes a number. */
interface Accessor<T> {
  readonly size: number;
  check(name: string, value: unknown): T;
  get(view: DataView, at: number): T;
  set(view: DataView, at: number, value: T): void;
}

/** A number. */
export class NumberType<T extends number | bigint> extends FidlType<T> {
  override readonly name: string;
  readonly #accessor: Accessor<T>;

  constructor(name: string, accessor: Accessor<T>) {
    super();
    this.name = name;
    this.#accessor = accessor;
  }

  override inlineSize(): number {
    return this.#accessor.size;
  }

  override alignment(): number {
    return this.#accessor.size;
  }

  override encode(encoder: Encoder, at: number, value: T): void {
    this.#accessor.set(encoder.view, at, this.#accessor.check(encoder.path, value));
  }

  override decode(decoder: Decoder, at: number): T {
    return this.#accessor.get(decoder.view, at);
  }

  /** The same number under a name of its own. */
  alias(name: string): NumberType<T> {
    return new NumberType(name, this.#accessor);
  }
}

class BoolType extends FidlType<boolean> {
  override readonly name = "bool";

  override inlineSize(): number {
    return 1;
  }

  override alignment(): number {
    return 1;
  }

  override encode(encoder: Encoder, at: number, value: boolean): void {
    if (typeof value !== "boolean") {
      throw invalidType(encoder.path, "a boolean", value);
    }
    encoder.view.setUint8(at, Number(value));
  }

  override decode(decoder: Decoder, at: number): boolean {
    const byte = decoder.view.getUint8(at);
    if (byte > 1) {
      throw decoder.fail("Bool", "is neither true nor false", at);
    }
    return byte === 1;
  }
}

function between(min: number, max: number): (name: string, value: unknown) => number {
  return (name, value) => {
    if (typeof value !== "number") {
      throw invalidType(name, "a number", value);
    }
    if (!Number.isInteger(value) || value < min || value > max) {
      throw outOfRange(name, `an integer >= ${min} and <= ${max}`, value);
    }
    return value;
  };
}

function checkNumber(name: string, value: unknown): number {
  if (typeof value !== "number") {
    throw invalidType(name, "a number", value);
  }
  return value;
}

export const bool: FidlType<boolean> = new BoolType();

export const int8 = new NumberType("int8", {
  size: 1,
  check: between(-(2 ** 7), 2 ** 7 - 1),
  get: (view, at) => view.getInt8(at),
  set: (view, at, value) => view.setInt8(at, value),
});

export const int16 = new NumberType("int16", {
  size: 2,
  check: between(-(2 ** 15), 2 ** 15 - 1),
  get: (view, at) => view.getInt16(at, true),
  set: (view, at, value) => view.setInt16(at, value, true),
});

export const int32 = new NumberType("int32", {
  size: 4,
  check: between(-(2 ** 31), 2 ** 31 - 1),
  get: (view, at) => view.getInt32(at, true),
  set: (view, at, value) => view.setInt32(at, value, true),
});

export const int64 = new NumberType("int64", {
  size: 8,
  check: checkI64,
  get: (view, at) => view.getBigInt64(at, true),
  set: (view, at, value) => view.setBigInt64(at, value, true),
});

export const uint8 = new NumberType("uint8", {
  size: 1,
  check: between(0, 2 ** 8 - 1),
  get: (view, at) => view.getUint8(at),
  set: (view, at, value) => view.setUint8(at, value),
});

export const uint16 = new NumberType("uint16", {
  size: 2,
  check: between(0, 2 ** 16 - 1),
  get: (view, at) => view.getUint16(at, true),
  set: (view, at, value) => view.setUint16(at, value, true),
});

export const uint32 = new NumberType("uint32", {
  size: 4,
  check: between(0, 2 ** 32 - 1),
  get: (view, at) => view.getUint32(at, true),
  set: (view, at, value) => view.setUint32(at, value, true),
});

export const uint64 = new NumberType("uint64", {
  size: 8,
  check: checkU64,
  get: (view, at) => view.getBigUint64(at, true),
  set: (view, at, value) => view.setBigUint64(at, value, true),
});

export const float32 = new NumberType("float32", {
  size: 4,
  check: checkNumber,
  get: (view, at) => view.getFloat32(at, true),
  set: (view, at, value) => view.setFloat32(at, value, true),
});

export const float64 = new NumberType("float64", {
  size: 8,
  check: checkNumber,
  get: (view, at) => view.getFloat64(at, true),
  set: (view, at, value) => view.setFloat64(at, value, true),
});

/** `zx.Status` */
export const status = int32.alias("zx.Status");
