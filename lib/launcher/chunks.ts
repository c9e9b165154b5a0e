import { FidlError } from "../fidl/errors.js";
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES, padded } from "../fidl/wire.js";

/** The header of a message, and that of its only vector. */
const HEADERS = 32;

/**
 * Parts of a list of which each fits into one message: one part, which may be empty, or more.
 *
 * @param handles how many each item has
 * @param sizeOf bytes that an item has, before they are rounded up to 8
 * @throws {@link FidlError} `TooLarge` for an item that fits into none
 */
export function chunks<T>(items: readonly T[], handles: 0 | 1, sizeOf: (item: T) => number): T[][] {
  let chunk: T[] = [];
  let room = MAX_MESSAGE_BYTES - HEADERS;
  const all = [chunk];
  for (const item of items) {
    const size = padded(sizeOf(item));
    if (size > MAX_MESSAGE_BYTES - HEADERS) {
      throw new FidlError("TooLarge", "an entry does not fit into a message");
    }
    if (size > room || chunk.length * handles === MAX_MESSAGE_HANDLES) {
      chunk = [];
      room = MAX_MESSAGE_BYTES - HEADERS;
      all.push(chunk);
    }
    chunk.push(item);
    room -= size;
  }
  return all;
}
