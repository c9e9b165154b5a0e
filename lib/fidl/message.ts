import { ZxStatus } from "../base/status.js";
import type { ChannelMessage } from "../handles/channel.js";
import type { Handle } from "../handles/handle.js";
import type { Context } from "../kernel/context.js";
import { Decoder } from "./decoder.js";
import { Encoder } from "./encoder.js";
import { FidlError } from "./errors.js";
import { closeHandles } from "./handles.js";
import { status } from "./primitives.js";
import { Parameters } from "./protocol.js";
import type { Fields, FieldValues } from "./structs.js";
import type { WireFormat } from "./wire.js";

const HEADER_SIZE = 16;
const MAGIC = 1;
/** The at-rest flag of the v2 wire format. */
const V2 = 2;
/** The dynamic flag of flexible interactions. */
const FLEXIBLE = 0x80;

/** The ordinal of a server's last words. */
export const EPITAPH = 0xffff_ffff_ffff_ffffn;
const EPITAPH_BODY = new Parameters({ status });

/** What is in front of every message. */
export interface Header {
  /** 0 where no reply is expected. */
  readonly txid: number;
  readonly ordinal: bigint;
  readonly format: WireFormat;
  /** Whether whoever does not know the ordinal may go on; not, by default. */
  readonly isFlexible?: boolean | undefined;
}

/**
 * Reads a message's header.
 *
 * @throws {@link FidlError} `TooShort`; `Magic`
 */
export function decodeHeader(bytes: Uint8Array): Header {
  if (bytes.length < HEADER_SIZE) {
    throw new FidlError("TooShort", "message is too short", { offset: 0 });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint8(7) !== MAGIC) {
    const magic = { offset: 7, status: ZxStatus.PROTOCOL_NOT_SUPPORTED };
    throw new FidlError("Magic", "message has an unknown magic number", magic);
  }
  return {
    txid: view.getUint32(0, true),
    ordinal: view.getBigUint64(8, true),
    format: (view.getUint8(4) & V2) === 0 ? 1 : 2,
    isFlexible: (view.getUint8(6) & FLEXIBLE) !== 0,
  };
}

/**
 * Writes a message. The handles of the value are the message's then; if this fails they are closed.
 *
 * @param context who sends it, if its handles are to be looked at
 * @throws {@link FidlError} for a value over its bounds; {@link ForeignHandleError} for a handle
 * that is not the sender's; a TypeError or RangeError for one of another type
 */
export function encodeBody<F extends Fields>(
  header: Header,
  parameters: Parameters<F>,
  value: FieldValues<F>,
  context?: Context,
): { bytes: Uint8Array; handles: readonly Handle[] } {
  const { txid, ordinal, format, isFlexible = false } = header;
  const encoder = new Encoder(format, context);
  encoder.claim(HEADER_SIZE);
  const { view } = encoder;
  view.setUint32(0, txid, true);
  view.setUint8(4, format === 2 ? V2 : 0);
  view.setUint8(6, isFlexible ? FLEXIBLE : 0);
  view.setUint8(7, MAGIC);
  view.setBigUint64(8, ordinal, true);
  const { struct } = parameters;
  if (struct !== undefined) {
    try {
      struct.encode(encoder, encoder.claim(struct.inlineSize(format)), value);
    } catch (error) {
      closeHandles(value);
      throw error;
    }
  }
  return { bytes: encoder.finish(), handles: encoder.handles };
}

/**
 * Reads what a message says after its header. The handles are the value's then; if this fails they
 * are closed.
 *
 * @throws {@link FidlError}
 */
export function decodeBody<F extends Fields>(
  { bytes, handles }: ChannelMessage,
  format: WireFormat,
  parameters: Parameters<F>,
): FieldValues<F> {
  const decoder = new Decoder(format, bytes, handles);
  try {
    decoder.claim(HEADER_SIZE);
    const { struct } = parameters;
    const value = struct?.decode(decoder, decoder.claim(struct.inlineSize(format)));
    decoder.finish();
    return value ?? ({} as FieldValues<F>);
  } catch (error) {
    decoder.handles.forEach((handle) => handle.close());
    throw error;
  }
}

/** A server's last words. */
export function encodeEpitaph(value: number, format: WireFormat): Uint8Array {
  return encodeBody({ txid: 0, ordinal: EPITAPH, format }, EPITAPH_BODY, { status: value }).bytes;
}

/** The status in a server's last words. @throws {@link FidlError} */
export function decodeEpitaph(message: ChannelMessage, format: WireFormat): number {
  return decodeBody(message, format, EPITAPH_BODY).status;
}
