import { basename } from "node:path";
import { TextDecoder, TextEncoder } from "node:util";

import {
  checkArray,
  checkBytes,
  checkString,
  invalidType,
  invalidValue,
  isBytes,
} from "./validate.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The UTF-8 of a string. */
export function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The string that UTF-8 stands for; what is none becomes U+FFFD. */
export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Bytes of an object's name, with its NULs. */
export const NAME_SIZE = 32;

/** The name of an object in a record. */
export function decodeName(view: DataView, offset: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, NAME_SIZE);
  const end = bytes.indexOf(0);
  return decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** A string without NUL: text, which becomes UTF-8, or bytes as they are. */
export type CString = string | Uint8Array;

/**
 * Strings one after another, each with its NUL: how lists of them cross into Rust.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything but strings and bytes,
 * `ERR_INVALID_ARG_VALUE` for one with a NUL.
 */
export function packStrings(name: string, strings: unknown): Uint8Array {
  return packBytes(
    checkArray(name, strings).map((string, index) => checkCString(`${name}[${index}]`, string)),
  );
}

/** The same of strings that are known to be without NUL. */
export function packBytes(list: readonly Uint8Array[]): Uint8Array {
  const packed = new Uint8Array(list.reduce((sum, { length }) => sum + length + 1, 0));
  let at = 0;
  for (const bytes of list) {
    packed.set(bytes, at);
    at += bytes.length + 1;
  }
  return packed;
}

/** Checks a string without NUL: its bytes. */
export function checkCString(name: string, value: unknown): Uint8Array {
  if (typeof value !== "string" && !isBytes(value)) {
    throw invalidType(name, "a string or bytes", value);
  }
  const bytes = typeof value === "string" ? encode(value) : checkBytes(name, value);
  if (bytes.includes(0)) {
    throw invalidValue(name, "must not contain null bytes", value);
  }
  return bytes;
}

/** The text of a string; what is no UTF-8 becomes U+FFFD. */
export function textOf(string: CString): string {
  return typeof string === "string" ? string : decode(string);
}

/** The last part of a path, as `basename` of node:path has it. */
export function lastPart(path: CString): CString {
  return typeof path === "string"
    ? basename(path)
    : Buffer.from(basename(Buffer.from(path).toString("latin1")), "latin1");
}

/** Checks text without NUL. */
export function checkText(name: string, value: unknown): string {
  const text = checkString(name, value);
  checkCString(name, text);
  return text;
}

/** The strings of such a list. */
export function unpackStrings(packed: Uint8Array): string[] {
  if (packed.length === 0) {
    return [];
  }
  return decode(packed.subarray(0, -1)).split("\0");
}
