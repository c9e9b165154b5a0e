// What gdb and lldb send and are sent: `$payload#checksum`. A payload is a string whose characters are
// bytes.

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
const ESCAPE = code("}");
const AGAIN = code("-");
/** What an escaped byte differs by. */
const ESCAPED = 0x20;
/** What in a payload would mean something else. */
const SPECIAL = /[#$}*]/g;

/** Hexadecimal digits of a checksum. */
const CHECKSUM_DIGITS = 2;

/** Takes apart what a debugger sends, however it is cut into pieces. */
export class PacketReader {
  /** Bytes of the payload so far; `undefined` between packets. */
  #payload: number[] | undefined;
  /** The digits of the checksum so far; `undefined` within the payload. */
  #digits: string | undefined;
  #sum = 0;
  #length = 0;
  #isEscaped = false;

  /** What a piece completes. */
  *take(piece: Uint8Array): Generator<Incoming, void, undefined> {
    for (let at = 0; at < piece.length; at++) {
      if (this.#isOversized) at = specialFrom(piece, at);
      const byte = piece[at];
      if (byte === undefined) return;
      const incoming =
        this.#payload === undefined
          ? this.#between(byte)
          : this.#digits === undefined
            ? this.#within(this.#payload, byte)
            : this.#after(this.#payload, this.#digits + String.fromCharCode(byte));
      if (incoming !== undefined) yield incoming;
    }
  }

  /** Whether what comes of a payload is dropped. */
  get #isOversized(): boolean {
    return this.#payload !== undefined && this.#digits === undefined && this.#length > PACKET_SIZE;
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
    this.#payload = [];
    this.#digits = undefined;
    this.#sum = 0;
    this.#length = 0;
    this.#isEscaped = false;
  }

  #within(payload: number[], byte: number): undefined {
    if (byte === START) {
      // The one before was cut off.
      return this.#begin();
    }
    if (byte === END) {
      this.#digits = "";
      return undefined;
    }
    this.#sum = (this.#sum + byte) & 0xff;
    this.#length += 1;
    if (this.#length > PACKET_SIZE) {
      payload.length = 0;
    } else if (this.#isEscaped) {
      payload.push(byte ^ ESCAPED);
      this.#isEscaped = false;
    } else if (byte === ESCAPE) {
      this.#isEscaped = true;
    } else {
      payload.push(byte);
    }
    return undefined;
  }

  #after(payload: number[], digits: string): Incoming | undefined {
    this.#digits = digits;
    if (digits.length < CHECKSUM_DIGITS) return undefined;
    this.#payload = undefined;
    if (this.#length > PACKET_SIZE) return { kind: "oversized" };
    const isWhole = digits.toLowerCase() === checksum(this.#sum);
    return isWhole
      ? { kind: "packet", payload: Buffer.from(payload).toString("latin1") }
      : { kind: "damaged" };
  }
}

/** Where a packet ends, or the next one begins; the piece's end if neither is in it. */
function specialFrom(piece: Uint8Array, from: number): number {
  const found = [START, END].map((byte) => piece.indexOf(byte, from)).filter((at) => at >= 0);
  return Math.min(piece.length, ...found);
}

/** A payload as it is sent. */
export function packetOf(payload: string): Buffer {
  const packed = shorten(payload);
  const bytes = Buffer.from(`$${packed}#00`, "latin1");
  let sum = 0;
  for (let at = 1; at <= packed.length; at++) sum += bytes[at]!;
  bytes.write(checksum(sum & 0xff), packed.length + 2, "latin1");
  return bytes;
}

/** Bytes within a payload. */
export function escapeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("latin1")
    .replace(SPECIAL, (char) => `}${String.fromCharCode(char.charCodeAt(0) ^ ESCAPED)}`);
}

/** A digit that comes again 3 to 97 times. */
const RUN = /([0-9a-fx])\1{3,97}/g;
/** Shorter payloads, as the stops that debuggers wait for, are not worth the search. */
const MIN_SHORTENED = 256;
/** What is added to how often it comes again, to be a character. */
const COUNT_BASE = 29;

/** The same with each run of a digit as the digit and how often it comes again. */
function shorten(payload: string): string {
  // In bytes as they are, what comes again may be what follows an escape.
  if (payload.length < MIN_SHORTENED || payload.includes("}")) return payload;
  return payload.replace(RUN, (run, digit: string) => {
    const more = run.length - 1;
    // 6 and 7 would be what packets end and begin with.
    const counted = more === 6 || more === 7 ? 5 : more;
    return `${digit}*${String.fromCharCode(COUNT_BASE + counted)}${digit.repeat(more - counted)}`;
  });
}

function checksum(sum: number): string {
  return sum.toString(16).padStart(CHECKSUM_DIGITS, "0");
}

function code(char: string): number {
  return char.charCodeAt(0);
}
