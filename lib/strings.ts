import { checkArray, checkString, invalidValue } from "./validate.js";

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

/**
 * Strings one after another, each with its NUL: how lists of them cross into Rust.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything but strings, `ERR_INVALID_ARG_VALUE` for a
 * string with a NUL.
 */
export function packStrings(name: string, strings: unknown): Uint8Array {
  const list = checkArray(name, strings);
  if (list.length === 0) {
    return new Uint8Array();
  }
  list.forEach((string, index) => {
    if (checkString(`${name}[${index}]`, string).includes("\0")) {
      throw invalidValue(`${name}[${index}]`, "must be a string without null bytes", string);
    }
  });
  return encode(`${list.join("\0")}\0`);
}

/** The strings of such a list. */
export function unpackStrings(packed: Uint8Array): string[] {
  if (packed.length === 0) {
    return [];
  }
  return decode(packed.subarray(0, -1)).split("\0");
}
