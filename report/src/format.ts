// How numbers are written for people.

/** A number of 64 bits. */
export function big(text: string): bigint {
  return BigInt(text);
}

/** A koid, as the command line writes it. */
export function koid(text: string): string {
  return String(BigInt(text));
}

/** The range of something that begins at `base`. */
export function range(base: string, size: string): string {
  return `${base}..0x${(BigInt(base) + BigInt(size)).toString(16)}`;
}

const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** Bytes in the largest unit that there is one of. */
export function bytes(amount: bigint | number): string {
  let value = Number(amount);
  if (value < 1024) return `${value} B`;
  let unit = -1;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Nanoseconds in a unit that people read. */
export function duration(nanoseconds: number): string {
  const size = Math.abs(nanoseconds);
  if (size < 1e3) return `${Math.round(nanoseconds)} ns`;
  if (size < 1e6) return `${(nanoseconds / 1e3).toFixed(1)} µs`;
  if (size < 1e9) return `${(nanoseconds / 1e6).toFixed(2)} ms`;
  return `${(nanoseconds / 1e9).toFixed(3)} s`;
}

/** Bytes in hexadecimal, with spaces between them. */
export function spaced(hex: string): string {
  return hex.replace(/..(?=.)/g, "$& ");
}

/** The same as ASCII, with dots for what is none. */
export function ascii(hex: string): string {
  return hex.replace(/../g, (digits) => {
    const code = parseInt(digits, 16);
    return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : ".";
  });
}

/** A number with a word for what it counts. */
export function count(number: number, word: string): string {
  return `${number.toLocaleString("en-US")} ${word}${number === 1 ? "" : "s"}`;
}
