import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import type { FidlType } from "./type.js";
import { PRESENT, type WireFormat } from "./wire.js";

/** Bytes that a v2 envelope holds itself. */
const INLINE_MAX = 4;
const INLINE_FLAG = 1;

/** What an envelope is for whoever reads it. */
interface Head {
  readonly bytes: number;
  readonly handles: number;
  readonly inline: boolean;
}

/** Bytes of an envelope. */
export function envelopeSize(format: WireFormat): number {
  return format === 1 ? 16 : 8;
}

/** Writes an envelope with a value. */
export function encodeEnvelope<T>(encoder: Encoder, at: number, type: FidlType<T>, value: T): void {
  const { format } = encoder;
  const size = type.inlineSize(format);
  const handles = encoder.handles.length;
  if (format === 2 && size <= INLINE_MAX) {
    type.encode(encoder, at, value);
    encoder.view.setUint16(at + 4, encoder.handles.length - handles, true);
    encoder.view.setUint16(at + 6, INLINE_FLAG, true);
    return;
  }
  const begin = encoder.bytes.length;
  encoder.outOfLine(size, (payload) => type.encode(encoder, payload, value));
  const { view } = encoder;
  view.setUint32(at, encoder.bytes.length - begin, true);
  if (format === 1) {
    view.setUint32(at + 4, encoder.handles.length - handles, true);
    view.setBigUint64(at + 8, PRESENT, true);
  } else {
    view.setUint16(at + 4, encoder.handles.length - handles, true);
  }
}

/** Reads an envelope with a value; `undefined` for none. */
export function decodeEnvelope<T>(
  decoder: Decoder,
  at: number,
  type: FidlType<T>,
): { value: T } | undefined {
  const head = readHead(decoder, at);
  if (head === undefined) {
    return undefined;
  }
  const { format } = decoder;
  const size = type.inlineSize(format);
  if (head.inline !== (format === 2 && size <= INLINE_MAX)) {
    throw decoder.fail("Envelope", "is on the wrong side of its envelope", at);
  }
  const begin = decoder.at;
  const handles = decoder.handlesTaken;
  let value: T;
  if (head.inline) {
    decoder.checkPadding(at + size, at + INLINE_MAX);
    value = type.decode(decoder, at);
  } else {
    value = decoder.outOfLine(size, (payload) => type.decode(decoder, payload));
  }
  if (decoder.at - begin !== head.bytes || decoder.handlesTaken - handles !== head.handles) {
    throw decoder.fail("Envelope", "is not what its envelope counts", at);
  }
  return { value };
}

/** Passes over an envelope of a member that nobody knows; whether there was something in it. */
export function skipEnvelope(decoder: Decoder, at: number): boolean {
  const head = readHead(decoder, at);
  if (head === undefined) {
    return false;
  }
  if (head.bytes % 8 !== 0 || (head.bytes === 0 && !head.inline)) {
    throw decoder.fail("Envelope", "is not what its envelope counts", at);
  }
  decoder.skip(at, head.bytes, head.handles);
  return true;
}

function readHead(decoder: Decoder, at: number): Head | undefined {
  const { view, format } = decoder;
  const head = format === 1 ? readHead1(view, at) : readHead2(view, at);
  if (head === undefined) {
    throw decoder.fail("Presence", "is neither present nor absent", at);
  }
  return head === "absent" ? undefined : head;
}

function readHead1(view: DataView, at: number): Head | "absent" | undefined {
  const bytes = view.getUint32(at, true);
  const handles = view.getUint32(at + 4, true);
  switch (view.getBigUint64(at + 8, true)) {
    case PRESENT:
      return { bytes, handles, inline: false };
    case 0n:
      return bytes === 0 && handles === 0 ? "absent" : undefined;
    default:
      return undefined;
  }
}

function readHead2(view: DataView, at: number): Head | "absent" | undefined {
  if (view.getBigUint64(at, true) === 0n) {
    return "absent";
  }
  const handles = view.getUint16(at + 4, true);
  switch (view.getUint16(at + 6, true)) {
    case INLINE_FLAG:
      return { bytes: 0, handles, inline: true };
    case 0:
      return { bytes: view.getUint32(at, true), handles, inline: false };
    default:
      return undefined;
  }
}
