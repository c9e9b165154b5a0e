// What gdb and lldb send and are sent: `$payload#checksum`. A payload is a string whose characters are
// bytes.
import { hexByte } from "./hex.js";

/** Bytes of a payload, at most. */
export const PACKET_SIZE = 1 << 17;

/** What comes from a debugger. */
export type Incoming =
  | { readonly kind: "packet"; readonly payload: string }
  /** One whose checksum is another. */
  | { readonly kind: "damaged" }
  /** One with more than {@link PACKET_SIZE} bytes, which are dropped. */
  | { readonly kind: "oversized" }
  /** `-`: what was sent last is to be sent again. */
  | { readonly kind: "again" }
  /** Ctrl-C */
  | { readonly kind: "interrupt" };

const INTERRUPT = 0x03;
const START = code("$");
const END = code("#");
const AGAIN = code("-");
/** What comes before a byte that is escaped. */
const ESCAPE = "}";
/** What an escaped byte differs by. */
const ESCAPED = 0x20;
/** What in a payload would mean something else. */
const SPECIAL = /[#$}*]/g;

/** Hexadecimal digits of a checksum. */
const CHECKSUM_DIGITS = 2;

/** Takes apart what a debugger sends, however it is cut into pieces. */
export class PacketReader {
  /** The payload so far, as it came; `undefined` between packets. Of what is too long, nothing. */
  #payload: string | undefined;
  /** The digits of the checksum so far; `undefined` within the payload. */
  #digits: string | undefined;
  #sum = 0;
  #length = 0;

  /** What a piece completes. */
  take(piece: Buffer): Incoming[] {
    const text = piece.toString("latin1");
    const complete: Incoming[] = [];
    for (let at = 0; at < text.length; at++) {
      let incoming: Incoming | undefined;
      if (this.#payload === undefined) {
        incoming = this.#between(text.charCodeAt(at));
      } else if (this.#digits === undefined) {
        at = this.#within(this.#payload, text, at);
      } else {
        incoming = this.#after(this.#payload, this.#digits + text[at]!);
      }
      if (incoming !== undefined) complete.push(incoming);
    }
    return complete;
  }

  /** What is neither of these, such as an acknowledgement, means nothing. */
  #between(byte: number): Incoming | undefined {
    switch (byte) {
      case START:
        return this.#begin();
      case AGAIN:
        return { kind: "again" };
      case INTERRUPT:
        return { kind: "interrupt" };
      default:
        return undefined;
    }
  }

  #begin(): undefined {
    this.#payload = "";
    this.#digits = undefined;
    this.#sum = 0;
    this.#length = 0;
  }

  /** Takes what is of the payload. Where that ends, or the text does. */
  #within(payload: string, text: string, from: number): number {
    let at = from;
    let sum = this.#sum;
    let byte = -1;
    for (; at < text.length; at++) {
      byte = text.charCodeAt(at);
      if (byte === START || byte === END) break;
      sum += byte;
    }
    this.#sum = sum & 0xff;
    this.#length += at - from;
    this.#payload = this.#length > PACKET_SIZE ? "" : payload + text.slice(from, at);
    // The one before was cut off.
    if (byte === START) this.#begin();
    else if (byte === END) this.#digits = "";
    return at;
  }

  #after(payload: string, digits: string): Incoming | undefined {
    this.#digits = digits;
    if (digits.length < CHECKSUM_DIGITS) return undefined;
    this.#payload = undefined;
    if (this.#length > PACKET_SIZE) return { kind: "oversized" };
    if (digits.toLowerCase() !== hexByte(this.#sum)) return { kind: "damaged" };
    return { kind: "packet", payload: payload.includes(ESCAPE) ? unescape(payload) : payload };
  }
}

function unescape(payload: string): string {
  let text = "";
  let from = 0;
  for (let at = 0; (at = payload.indexOf(ESCAPE, from)) >= 0; from = at + 2) {
    text += payload.slice(from, at);
    if (at + 1 < payload.length) text += String.fromCharCode(payload.charCodeAt(at + 1) ^ ESCAPED);
  }
  return text + payload.slice(from);
}

/** A payload as it is sent. */
export function packetOf(payload: string): string {
  const packed = shorten(payload);
  let sum = 0;
  for (let at = 0; at < packed.length; at++) sum += packed.charCodeAt(at);
  return `$${packed}#${hexByte(sum & 0xff)}`;
}

/** Bytes within a payload. */
export function escapeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("latin1")
    .replace(SPECIAL, (char) => `${ESCAPE}${String.fromCharCode(char.charCodeAt(0) ^ ESCAPED)}`);
}

/** What is shortened where it comes again. */
const DIGITS = new Set("0123456789abcdefx");
/** How often a digit is to come again, and how often it may in one run. */
const MIN_MORE = 3;
const MAX_MORE = 97;
/** Shorter payloads, as the stops that debuggers wait for, are not worth the search. */
const MIN_SHORTENED = 256;
/** What is added to how often it comes again, to be a character. */
const COUNT_BASE = 29;

/** The same with each run of a digit as the digit and how often it comes again. */
function shorten(payload: string): string {
  // In bytes as they are, what comes again may be what follows an escape.
  if (payload.length < MIN_SHORTENED || payload.includes(ESCAPE)) return payload;
  let text = "";
  let copied = 0;
  for (let start = 0, end = 1; start < payload.length; start = end++) {
    const byte = payload.charCodeAt(start);
    while (payload.charCodeAt(end) === byte && end - start <= MAX_MORE) end++;
    const more = end - start - 1;
    if (more < MIN_MORE || !DIGITS.has(payload[start]!)) continue;
    // 6 and 7 would be what packets end and begin with.
    const counted = more === 6 || more === 7 ? 5 : more;
    const run = `*${String.fromCharCode(COUNT_BASE + counted)}`;
    text += payload.slice(copied, start + 1) + run;
    copied = start + 1 + counted;
  }
  return text + payload.slice(copied);
}

function code(char: string): number {
  return char.charCodeAt(0);
}
