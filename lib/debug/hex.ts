// How numbers, bytes and names are written in packets.
import { ProtocolError } from "./protocol-error.js";

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A byte in two hexadecimal digits. */
export function hexByte(byte: number): string {
  return BYTES[byte]!;
}

const word = new BigUint64Array(1);
const wordBytes = new Uint8Array(word.buffer);

/** A number of up to 64 bits in so many hexadecimal digits, its lowest byte first. */
export function littleEndian(value: bigint, digits: number): string {
  word[0] = value;
  let text = "";
  for (let at = 0; at < digits / 2; at++) text += hexByte(wordBytes[at]!);
  return text;
}

/** Bytes in hexadecimal. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

/** The UTF-8 of text in hexadecimal. */
export function hexText(text: string): string {
  return Buffer.from(text).toString("hex");
}

/**
 * The bytes that hexadecimal digits stand for.
 *
 * @throws {@link ProtocolError} for what is none
 */
export function bytesOfHex(digits: string): Buffer {
  const bytes = Buffer.from(digits, "hex");
  if (bytes.length * 2 !== digits.length) throw new ProtocolError("these are no bytes");
  return bytes;
}

/** Digits of which a JavaScript number has all bits. */
const EXACT_DIGITS = 13;

/**
 * A number of up to 64 bits.
 *
 * @throws {@link ProtocolError} for what is none
 */
export function numberOf(digits: string | undefined): bigint {
  if (digits === undefined || !/^[0-9a-f]{1,16}$/i.test(digits)) {
    throw new ProtocolError("a number is missing");
  }
  // Most are small, and a number is read faster.
  return digits.length <= EXACT_DIGITS
    ? BigInt(Number.parseInt(digits, 16))
    : BigInt(`0x${digits}`);
}

/**
 * A number that counts something, below 2^31.
 *
 * @throws {@link ProtocolError} for what is none
 */
export function countOf(digits: string | undefined): number {
  const number = numberOf(digits);
  if (number >= 1n << 31n) throw new ProtocolError("a number is too large");
  return Number(number);
}
