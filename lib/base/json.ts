// What JSON has of 64-bit numbers, of bytes and of errors, wherever they are: one rule for all.
import { isNativeError } from "node:util/types";

import { hex } from "./text.js";
import { checkBytes, isBytes } from "./validate.js";

/** A 64-bit number as JSON has it: `0x…`, or decimal below 0. `BigInt` of that is the number. */
export function jsonNumber(value: bigint): string {
  return value < 0n ? String(value) : hex(value);
}

/** `toJSON` of objects with numbers, bytes and errors: a property that no copy and no test sees. */
const TO_JSON: PropertyDescriptor = {
  value: function toJSON(this: object) {
    return jsonOf(this);
  },
  configurable: true,
  writable: true,
};

/** Lets `JSON.stringify` take an object or a list: it throws for bigints, and drops errors. */
export function jsonable<T extends object>(value: T): T {
  return Object.defineProperty(value, "toJSON", TO_JSON);
}

/** What is being looked at, so that what leads back to itself is left. */
const path: object[] = [];

/** What `JSON.stringify` is to have of an object or a list in place of itself. */
export function jsonOf(value: object): object {
  return inside(value, () => {
    if (Array.isArray(value)) {
      return value.map((item) => attempt(() => item));
    }
    const fields = Object.fromEntries(
      Object.keys(value).map((key) => [key, attempt(() => value[key as never])]),
    );
    if (!isNativeError(value)) {
      return fields;
    }
    const { name, message, stack } = value;
    return { name, message, ...fields, cause: attempt(() => value.cause), stack };
  });
}

function inside<T>(value: object, look: () => T): T {
  path.push(value);
  try {
    return look();
  } finally {
    path.pop();
  }
}

/** What is somebody else's may throw when it is looked at: it is left out then. */
function attempt(get: () => unknown): unknown {
  try {
    return convert(get());
  } catch {
    return undefined;
  }
}

function convert(value: unknown): unknown {
  if (typeof value === "bigint") {
    return jsonNumber(value);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (isBytes(value)) {
    const { buffer, byteOffset, length } = checkBytes("value", value);
    return Buffer.from(buffer, byteOffset, length).toString("hex");
  }
  if (path.includes(value)) {
    return "[Circular]";
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== "function" || toJSON === TO_JSON.value) {
    return jsonOf(value);
  }
  return inside(value, () => convert(Reflect.apply(toJSON, value, [])));
}
