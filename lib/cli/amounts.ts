// Sizes and times as people write them.
import { InvalidArgumentError } from "commander";

/** By the letters after a number: of how many of the smallest unit it tells. */
type Units = ReadonlyMap<string, bigint>;

const SIZES: Units = new Map([
  ["", 1n],
  ["K", 1n << 10n],
  ["M", 1n << 20n],
  ["G", 1n << 30n],
  ["T", 1n << 40n],
]);

const TIMES: Units = new Map([
  ["", 1n],
  ["ms", 1n],
  ["s", 1_000n],
  ["m", 60_000n],
  ["h", 3_600_000n],
]);

const MAX_SIZE = 2n ** 64n - 1n;
const MAX_TIME = BigInt(Number.MAX_SAFE_INTEGER);
const MAX_COUNT = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * A size in bytes: a number of them, decimal or hexadecimal, or one of `K`, `M`, `G` or `T`, which
 * are powers of 1,024 and may be small letters: `4096`, `0x1000`, `512M`, `1.5g`.
 *
 * @throws InvalidArgumentError for anything else, what is no whole number of bytes, and from 2^64 on
 */
export function size(value: string): bigint {
  if (/^0x[0-9a-f]+$/i.test(value)) return atMost(MAX_SIZE, BigInt(value), "bytes");
  return amount(value.toUpperCase(), SIZES, MAX_SIZE, "bytes");
}

/**
 * A time in milliseconds: a number of them, or one of `ms`, `s`, `m` or `h`: `200`, `1.5s`, `2m`.
 *
 * @throws InvalidArgumentError for anything else, what is no whole number of milliseconds, and from
 * 2^53 on
 */
export function time(value: string): number {
  return Number(amount(value, TIMES, MAX_TIME, "milliseconds"));
}

/**
 * How many of something: a decimal number.
 *
 * @throws InvalidArgumentError for anything else, and from 2^53 on
 */
export function count(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("It is a whole number.");
  return Number(atMost(MAX_COUNT, BigInt(value), "of them"));
}

function amount(value: string, units: Units, max: bigint, smallest: string): bigint {
  const [, whole = "", fraction = "", letters = ""] =
    /^(\d+)(?:\.(\d+))?([a-z]*)$/i.exec(value) ?? [];
  const unit = units.get(letters);
  if (whole === "" || unit === undefined) {
    const names = [...units.keys()].filter((name) => name !== "").join(", ");
    throw new InvalidArgumentError(`It is a number of ${smallest}, or one with a unit: ${names}.`);
  }
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * unit;
  if (scaled % scale !== 0n) {
    throw new InvalidArgumentError(`It is no whole number of ${smallest}.`);
  }
  return atMost(max, scaled / scale, smallest);
}

function atMost(max: bigint, amount: bigint, smallest: string): bigint {
  if (amount > max) throw new InvalidArgumentError(`It is at most ${max} ${smallest}.`);
  return amount;
}
