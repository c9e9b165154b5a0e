// How numbers, permissions and strings from elsewhere are written for people.

/** A number as addresses, sizes and koids are printed. */
export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

/**
 * Text of a file or of its name as a terminal may see it: nothing in it that moves the cursor or
 * turns text around.
 */
export function printable(text: string): string {
  const hidden = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;
  return text.replace(hidden, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** `rwx`, with `-` for what is missing, of three bits from the lowest: read, write, execute. */
export function permissions(bits: number): string {
  return [..."rwx"].map((letter, bit) => (bits & (1 << bit) ? letter : "-")).join("");
}

/** A string in quotes, as a terminal may see it. */
export function quoted(text: string): string {
  return printable(JSON.stringify(text));
}

/** The name of a dynamic linker, which may be empty. */
export function linkerName(name: string): string {
  return name === "" ? '""' : printable(name);
}

/** Bytes in hexadecimal, with spaces between them. */
export function hexBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
