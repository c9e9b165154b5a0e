// How numbers, permissions and strings from elsewhere are written for people.

/** What the command line says besides what it was asked for. */
export function remark(lines: readonly string[]): string {
  return `zirconia: ${lines.map(printable).join("\n")}\n`;
}

/** A number as addresses, sizes and koids are printed. */
export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

/** What moves a terminal's cursor, turns text around, or is half of a character. */
const HIDDEN = /[\p{Cc}\p{Surrogate}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
/** What is neither, by a look that takes less than one at Unicode's classes. */
const PLAIN = /^[ -~]*$/;
const HALVES = /\p{Surrogate}/gu;

/**
 * Text of a file or of its name as a terminal may see it: nothing in it that moves the cursor or
 * turns text around. Bytes that are not UTF-8, as `host-path.ts` writes them, are `\xNN`.
 */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(HIDDEN, spelled);
}

/** The same text in Unicode: halves of characters are spelled as {@link printable} does. */
export function wellFormed(text: string): string {
  return text.replace(HALVES, spelled);
}

function spelled(char: string): string {
  const code = char.codePointAt(0)!;
  const isByte = code >= 0xdc80 && code <= 0xdcff;
  return isByte ? `\\x${(code & 0xff).toString(16)}` : `\\u{${code.toString(16)}}`;
}

/** A JSON text in which a terminal sees what is in its strings, and does nothing else for them. */
export function printableJson(json: string): string {
  return json.replace(HIDDEN, (char) =>
    char === "\n" ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
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
