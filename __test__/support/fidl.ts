import type { ChannelMessage, Handle } from "../../index.js";
import { decodeBody, decodeHeader, encodeBody } from "../../lib/fidl/message.js";
import type { Parameters } from "../../lib/fidl/protocol.js";
import type { Fields, FieldValues } from "../../lib/fidl/structs.js";
import type { WireFormat } from "../../lib/fidl/wire.js";

/** Bytes of hexadecimal digits, whatever is between them. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** A value in a message of its own, as its only parameter. */
export function encodeValue<F extends Fields>(
  parameters: Parameters<F>,
  value: FieldValues<F>,
  format: WireFormat,
): { bytes: Uint8Array; handles: readonly Handle[] } {
  return encodeBody({ txid: 1, ordinal: 1n, format }, parameters, value);
}

/** What such a message holds. */
export function decodeValue<F extends Fields>(
  parameters: Parameters<F>,
  message: ChannelMessage,
): FieldValues<F> {
  return decodeBody(message, decodeHeader(message.bytes).format, parameters);
}

/** A reply as a server sends it, to be spoiled. */
export function encodeReply<S extends Fields>(
  method: { readonly ordinal: bigint; readonly response: Parameters<S> },
  txid: number,
  value: FieldValues<S>,
): { bytes: Uint8Array; handles: readonly Handle[] } {
  return encodeBody({ txid, ordinal: method.ordinal, format: 2 }, method.response, value);
}
