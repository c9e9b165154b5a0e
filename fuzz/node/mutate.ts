import type { Random } from "./random.js";

/** Bytes of an input, at most. */
export const MAX_INPUT = 4096;

/** A copy, as long as an input may be, and no Buffer, which compares as another type. */
export function inputFrom(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.subarray(0, MAX_INPUT));
}

/** Numbers around which rules change. */
const EDGES = [0n, 1n, 2n, 7n, 8n, 16n, 0x7fn, 0xffn, 0xffffn, 0x7fff_ffffn, 0xffff_ffffn];
const WIDTHS = [1, 2, 4, 8] as const;

/**
 * An input that differs a little from another: one to eight changes, which may bring in words of a
 * dictionary or pieces of further inputs.
 */
export function mutate(
  input: Uint8Array,
  random: Random,
  dictionary: readonly Uint8Array[],
  others: readonly Uint8Array[],
): Uint8Array {
  let bytes = input;
  for (let left = 1 + random.below(1 << random.below(4)); left > 0; left--) {
    bytes = change(bytes, random, dictionary, others);
  }
  return bytes.slice(0, MAX_INPUT);
}

function change(
  bytes: Uint8Array,
  random: Random,
  dictionary: readonly Uint8Array[],
  others: readonly Uint8Array[],
): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = 1 + random.below(1 << random.below(8));
  switch (random.below(9)) {
    case 0:
      return splice(bytes, at, length, new Uint8Array());
    case 1:
      return splice(bytes, at, 0, new Uint8Array(length).fill(random.pick([0, 0xff, 1, 0x41])));
    case 2:
      return splice(bytes, at, 1, Uint8Array.of(random.below(256)));
    case 3:
      return splice(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
    case 4: {
      // A piece of itself, over another or between.
      const from = random.below(bytes.length + 1);
      const piece = bytes.slice(from, from + length);
      return splice(bytes, at, random.pick([0, piece.length]), piece);
    }
    case 5: {
      const piece = random.pick(dictionary);
      return splice(bytes, at, random.pick([0, piece.length]), piece);
    }
    case 6: {
      const other = random.pick(others);
      const from = random.below(other.length + 1);
      return random.below(2) === 0
        ? splice(bytes, at, bytes.length, other.subarray(from))
        : splice(bytes, at, 0, other.subarray(from, from + length));
    }
    default:
      return number(bytes, random);
  }
}

/** Writes a number that is an edge, or near the one that is there, where it would be aligned. */
function number(bytes: Uint8Array, random: Random): Uint8Array {
  const width = random.pick(WIDTHS);
  const at = width * random.below(Math.floor(bytes.length / width) + 1);
  const changed = new Uint8Array(Math.max(bytes.length, at + width));
  changed.set(bytes);
  const word = Buffer.from(changed.buffer, at, width);
  const mask = (1n << BigInt(8 * width)) - 1n;
  const step = BigInt(random.below(9) - 4);
  const base = random.below(2) === 0 ? random.pick(EDGES) : littleEndian(word);
  for (let index = 0, value = (base + step) & mask; index < width; index++, value >>= 8n) {
    word[index] = Number(value & 0xffn);
  }
  return changed;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function splice(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const rest = bytes.subarray(at + removed);
  const spliced = new Uint8Array(at + added.length + rest.length);
  spliced.set(bytes.subarray(0, at));
  spliced.set(added, at);
  spliced.set(rest, at + added.length);
  return spliced;
}
