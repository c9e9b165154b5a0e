import { FidlError } from "../fidl/errors.js";
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_HANDLES, padded } from "../fidl/wire.js";

/** The header of a message, and that of its only vector. */
const HEADERS = 32;
const ROOM = MAX_MESSAGE_BYTES - HEADERS;

/**
 * Checks that each item fits into a message.
 *
 * @param sizeOf bytes that an item has, before they are rounded up to 8
 * @throws {@link FidlError} `TooLarge`
 */
export function checkFits<T>(items: readonly T[], sizeOf: (item: T) => number): void {
  if (items.some((item) => padded(sizeOf(item)) > ROOM)) {
    throw new FidlError("TooLarge", "an entry does not fit into a message");
  }
}

/**
 * Parts of a list of items that fit, each of which fits into one message.
 *
 * @param handles how many each item has
 */
export function chunks<T>(items: readonly T[], handles: 0 | 1, sizeOf: (item: T) => number): T[][] {
  const all: T[][] = [];
  let chunk: T[] = [];
  let room = 0;
  for (const item of items) {
    const size = padded(sizeOf(item));
    if (size > room || chunk.length * handles === MAX_MESSAGE_HANDLES) {
      chunk = [];
      room = ROOM;
      all.push(chunk);
    }
    chunk.push(item);
    room -= size;
  }
  return all;
}
