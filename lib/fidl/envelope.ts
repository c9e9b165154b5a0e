import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import type { FidlType } from "./type.js";
import type { WireFormat } from "./wire.js";

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
  const begin = encoder.length;
  type.encode(encoder, encoder.descend(size), value);
  encoder.ascend();
  encoder.view.setUint32(at, encoder.length - begin, true);
  if (format === 1) {
    encoder.view.setUint32(at + 4, encoder.handles.length - handles, true);
    encoder.markPresent(at + 8);
  } else {
    encoder.view.setUint16(at + 4, encoder.handles.length - handles, true);
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
    value = type.decode(decoder, decoder.descend(size));
    decoder.ascend();
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

/** `undefined` for an envelope with nothing in it. */
function readHead(decoder: Decoder, at: number): Head | undefined {
  const { view, format } = decoder;
  if (decoder.isZero(at, at + envelopeSize(format))) {
    return undefined;
  }
  if (format === 1) {
    if (!decoder.isPresent(at + 8)) {
      throw decoder.fail("Presence", "is neither present nor absent", at);
    }
    const [bytes, handles] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    return { bytes, handles, inline: false };
  }
  const handles = view.getUint16(at + 4, true);
  const flags = view.getUint16(at + 6, true);
  if (flags > INLINE_FLAG) {
    throw decoder.fail("Presence", "is neither present nor absent", at);
  }
  const inline = flags === INLINE_FLAG;
  return { bytes: inline ? 0 : view.getUint32(at, true), handles, inline };
}
