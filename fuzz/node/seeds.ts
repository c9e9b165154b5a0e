import { encodeBody, type Header } from "../../lib/fidl/message.js";
import { type Method, type Methods, Parameters, type Protocol } from "../../lib/fidl/protocol.js";
import type { Fields, FieldValues } from "../../lib/fidl/structs.js";
import type { WireFormat } from "../../lib/fidl/wire.js";

const HEADER_SIZE = 16;
const NOTHING = new Parameters({});
export const FORMATS = [1, 2] as const;

/** A message of a method; without handles, whose places say that there are some. */
export function message<F extends Fields>(
  method: Method,
  parameters: Parameters<F>,
  value: FieldValues<F>,
  format: WireFormat = 2,
): Uint8Array {
  return encodeBody(headerOf(method, format), parameters, value).bytes;
}

/** A message of a method whose parameters are all zero, which some of them may not be. */
export function zeros(
  method: Method,
  parameters: Parameters<Fields>,
  format: WireFormat,
): Uint8Array {
  const { bytes } = encodeBody(headerOf(method, format), NOTHING, {});
  const size = parameters.struct?.inlineSize(format) ?? 0;
  const whole = new Uint8Array(HEADER_SIZE + 8 * Math.ceil(size / 8));
  whole.set(bytes);
  return whole;
}

function headerOf(method: Method, format: WireFormat): Header {
  return { ...method, txid: method.kind === "two-way" ? 1 : 0, format };
}

/** What protocols say, in both directions. */
export function parametersOf(
  protocols: readonly Protocol<Methods>[],
): { method: Method; parameters: Parameters<Fields> }[] {
  return protocols.flatMap((protocol) =>
    protocol.allMethods.flatMap((method) => [
      ...(method.kind === "event" ? [] : [{ method, parameters: method.request }]),
      ...(method.kind === "one-way" ? [] : [{ method, parameters: method.response }]),
    ]),
  );
}

/** Words that messages are made of: ordinals, and what marks that something is there. */
export function wordsOf(protocols: readonly Protocol<Methods>[]): Uint8Array[] {
  const ordinals = protocols.flatMap(({ allMethods }) =>
    allMethods.map(({ ordinal }) => new Uint8Array(BigUint64Array.of(ordinal).buffer)),
  );
  return [new Uint8Array(8).fill(0xff), new Uint8Array(4).fill(0xff), ...ordinals];
}
