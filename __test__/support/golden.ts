import type { ExecutionContext } from "ava";

import { Handle } from "../../index.js";
import { decodeBody, decodeHeader, encodeBody } from "../../lib/fidl/message.js";
import type { Method, Parameters } from "../../lib/fidl/protocol.js";
import type { Fields, FieldValues } from "../../lib/fidl/structs.js";
import { hex } from "./fidl.js";

/** The parts of a value, with koids in place of handles. */
function comparable(value: unknown): unknown {
  if (value instanceof Handle) {
    return value.koid;
  }
  if (Array.isArray(value)) {
    return value.map(comparable);
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, comparable(part)]));
}

/** What a message is to be: its header's first half and its body. */
interface Golden<F extends Fields> {
  readonly parameters: Parameters<F>;
  readonly method: Method;
  readonly txid: number;
  readonly value: FieldValues<F>;
  readonly bytes: string;
  readonly handles: readonly Handle[];
}

/** Both ways, in v1 and, where only the flag differs, in v2. */
export function golden<F extends Fields>(
  t: ExecutionContext,
  message: Golden<F>,
  formats = [1, 2],
): void {
  const { parameters, method, txid, value, handles } = message;
  for (const format of formats as (1 | 2)[]) {
    const expected = hex(message.bytes);
    expected[4] = format === 2 ? 2 : 0;
    const encoded = encodeBody({ ...method, txid, format }, parameters, value);
    t.deepEqual(encoded.bytes, expected);
    t.deepEqual([...encoded.handles], [...handles]);
    const isFlexible = method.isFlexible === true;
    t.deepEqual(decodeHeader(expected), { txid, ordinal: method.ordinal, format, isFlexible });
    const decoded = decodeBody({ bytes: expected, handles }, format, parameters);
    t.deepEqual(comparable(decoded), comparable(value));
  }
}
