// Checks of what callers pass. Misuse is a TypeError or RangeError with one of Node's codes.
//
// Values may come from another realm, such as a context of `node:vm`, whose classes are not ours:
// nothing here asks for an instance of a class of the language or of Node's.
import { inspect } from "node:util";
import { isAnyArrayBuffer, isMap, isSharedArrayBuffer, isUint8Array } from "node:util/types";

import { pathOfUrl } from "./host-path.js";

/** Bytes: a buffer, or any view of one. */
export type Bytes = ArrayBufferLike | ArrayBufferView;

/** An error with one of Node's codes. */
function coded<E extends Error>(error: E, code: string): E {
  Object.defineProperty(error, "code", { value: code, enumerable: true });
  return error;
}

/** The error for a value of another type than `expected`, as in `a string`. */
export function invalidType(name: string, expected: string, actual: unknown): TypeError {
  const message = `The "${name}" argument must be ${expected}. Received ${describe(actual)}`;
  return coded(new TypeError(message), "ERR_INVALID_ARG_TYPE");
}

/** The error for a value of the right type that cannot be. */
export function invalidValue(name: string, reason: string, actual: unknown): TypeError {
  const message = `The argument '${name}' ${reason}. Received ${describe(actual)}`;
  return coded(new TypeError(message), "ERR_INVALID_ARG_VALUE");
}

/** The error for a number out of its range. */
export function outOfRange(name: string, range: string, actual: unknown): RangeError {
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${describe(actual)}`;
  return coded(new RangeError(message), "ERR_OUT_OF_RANGE");
}

/** The error for two options of which only one may be given. */
export function incompatibleOptions(first: string, second: string): TypeError {
  const message = `Option "${first}" cannot be used in combination with option "${second}"`;
  return coded(new TypeError(message), "ERR_INCOMPATIBLE_OPTION_PAIR");
}

function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return inspect(value);
    case "bigint":
      return `${value}n`;
    case "function":
      return `function ${value.name}`;
    case "object":
      return value === null ? "null" : `an instance of ${value.constructor?.name ?? "Object"}`;
    default:
      return `${String(value)}`;
  }
}

/** Checks an options object: its type, and that it has no key but these. */
export function checkOptions(options: unknown, known: readonly string[], name = "options"): void {
  if (typeof options !== "object" || options === null) {
    throw invalidType(name, "an object", options);
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw invalidValue(`${name}.${unknown}`, "is not a known option", unknown);
  }
}

/** Checks one of a few strings. */
export function checkChoice<T extends string>(
  name: string,
  value: unknown,
  choices: readonly T[],
): T {
  if (!choices.includes(value as T)) {
    throw invalidValue(
      name,
      `must be one of: ${choices.map((choice) => `'${choice}'`).join(", ")}`,
      value,
    );
  }
  return value as T;
}

/** Checks a string. */
export function checkString(name: string, value: unknown): string {
  if (typeof value !== "string") {
    throw invalidType(name, "a string", value);
  }
  return value;
}

/** Checks a path of the host or a file URL: the path, as `host-path.ts` writes it. */
export function checkPath(name: string, value: unknown): string {
  if (isUrl(value)) return pathOfUrl(new URL(value.href));
  if (typeof value !== "string") {
    throw invalidType(name, "a string or a URL", value);
  }
  return value;
}

/** Whether a value is a URL, by what URLs have and what `url.parse` makes has not. */
export function isUrl(value: unknown): value is URL {
  const { href, protocol, auth } = (value ?? {}) as Partial<URL & { auth: unknown }>;
  return typeof href === "string" && typeof protocol === "string" && auth === undefined;
}

/** Checks an integer from 0 to 2^32 - 1. */
export function checkU32(name: string, value: unknown): number {
  return checkInteger(name, value, 0xffff_ffff);
}

/** Checks an integer from -(2^31) to 2^31 - 1. */
export function checkI32(name: string, value: unknown): number {
  if (typeof value !== "number") {
    throw invalidType(name, "a number", value);
  }
  if ((value | 0) !== value) {
    throw outOfRange(name, "an integer >= -(2 ** 31) and < 2 ** 31", value);
  }
  return value;
}

/** Checks an integer from 0 to `max`. */
export function checkInteger(name: string, value: unknown, max: number): number {
  if (typeof value !== "number") {
    throw invalidType(name, "a number", value);
  }
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw outOfRange(name, `an integer >= 0 and <= ${max}`, value);
  }
  return value;
}

/** Checks a duration in milliseconds. */
export function checkMilliseconds(name: string, value: unknown): number {
  return checkAmount(name, value);
}

/** Checks a number that is not below 0; it may be infinite. */
export function checkAmount(name: string, value: unknown): number {
  if (typeof value !== "number") {
    throw invalidType(name, "a number", value);
  }
  if (!(value >= 0)) {
    throw outOfRange(name, "a number >= 0", value);
  }
  return value;
}

/** Checks an unsigned 64-bit number. */
export function checkU64(name: string, value: unknown): bigint {
  if (typeof value !== "bigint") {
    throw invalidType(name, "a bigint", value);
  }
  if (BigInt.asUintN(64, value) !== value) {
    throw outOfRange(name, "an integer >= 0 and < 2 ** 64", value);
  }
  return value;
}

/** Checks a signed 64-bit number. */
export function checkI64(name: string, value: unknown): bigint {
  if (typeof value !== "bigint") {
    throw invalidType(name, "a bigint", value);
  }
  if (BigInt.asIntN(64, value) !== value) {
    throw outOfRange(name, "an integer >= -(2 ** 63) and < 2 ** 63", value);
  }
  return value;
}

/** Whether a value is bytes. */
export function isBytes(value: unknown): value is Bytes {
  return ArrayBuffer.isView(value) || isAnyArrayBuffer(value);
}

/** Checks bytes. Shared memory is copied: nothing may change it during a call. */
export function checkBytes(name: string, value: unknown): Uint8Array {
  if (!isBytes(value)) {
    throw invalidType(name, "bytes: an ArrayBuffer or a view of one", value);
  }
  const bytes = octets(value);
  return isSharedArrayBuffer(bytes.buffer) ? new Uint8Array(bytes) : bytes;
}

/** The memory of bytes, octet by octet. */
function octets(bytes: Bytes): Uint8Array {
  if (isUint8Array(bytes)) {
    return bytes;
  }
  if (!ArrayBuffer.isView(bytes)) {
    return bytes.byteLength === 0 ? new Uint8Array() : new Uint8Array(bytes);
  }
  const { buffer, byteOffset, byteLength } = bytes;
  // Of a buffer that is detached there can be no view; there is nothing in it either.
  return byteLength === 0 ? new Uint8Array() : new Uint8Array(buffer, byteOffset, byteLength);
}

/** Checks an array. */
export function checkArray(name: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw invalidType(name, "an array", value);
  }
  return value as readonly unknown[];
}

/** Checks a Map, or the properties of an object, and what is in it. */
export function checkMap<T>(
  name: string,
  value: unknown,
  check: (name: string, value: unknown) => T,
): ReadonlyMap<string, T> {
  if (typeof value !== "object" || value === null) {
    throw invalidType(name, "a Map or an object", value);
  }
  const entries = (isMap(value) ? [...value] : Object.entries(value)) as [string, unknown][];
  return new Map(entries.map(([key, entry]) => [key, check(`${name}.${key}`, entry)]));
}

/** Checks a list that is read once. A string is none: it would be a list of letters. */
export function checkIterable(name: string, value: unknown): void {
  const list = typeof value === "object" && value !== null ? value : {};
  if (!(Symbol.iterator in list || Symbol.asyncIterator in list)) {
    throw invalidType(name, "an array or an iterable object", value);
  }
}

/** Checks a boolean. */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") {
    throw invalidType(name, "a boolean", value);
  }
  return value;
}

/** Checks a function. */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== "function") {
    throw invalidType(name, "a function", value);
  }
}

/** Checks an AbortSignal, as Node's own functions do: by what it can tell. */
export function checkAbortSignal(name: string, value: unknown): AbortSignal {
  if (typeof value !== "object" || value === null || !("aborted" in value)) {
    throw invalidType(name, "an AbortSignal", value);
  }
  return value as AbortSignal;
}
