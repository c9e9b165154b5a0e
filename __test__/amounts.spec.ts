import test from "ava";

import { count, size, time } from "../lib/cli/amounts.js";

const EXPECTED_SIZE = "It is a number of bytes, or one with a unit: K, M, G, T.";
const EXPECTED_TIME = "It is a number of milliseconds, or one with a unit: ms, s, m, h.";

test("a size is a number of bytes, or one with a unit of 1,024 and its powers", (t) => {
  const sizes: [text: string, bytes: bigint][] = [
    ["0", 0n],
    ["65536", 65_536n],
    ["0x10000", 65_536n],
    ["0X1f", 31n],
    ["1K", 1_024n],
    ["512M", 512n << 20n],
    ["512m", 512n << 20n],
    ["2G", 2n << 30n],
    ["1T", 1n << 40n],
    ["1.5K", 1_536n],
    ["0.5g", 1n << 29n],
    ["2.0", 2n],
  ];
  for (const [text, bytes] of sizes) t.is(size(text), bytes, text);
});

test("a time is a number of milliseconds, or one with a unit", (t) => {
  const times: [text: string, milliseconds: number][] = [
    ["0", 0],
    ["5000", 5_000],
    ["200ms", 200],
    ["1.5s", 1_500],
    ["0.001s", 1],
    ["2m", 120_000],
    ["0.5m", 30_000],
    ["1h", 3_600_000],
  ];
  for (const [text, milliseconds] of times) t.is(time(text), milliseconds, text);
});

test("the largest size and time are taken, and one more is not", (t) => {
  const limit = 2n ** 64n;
  t.is(size(`${limit - 1n}`), limit - 1n);
  t.is(size("0xffffffffffffffff"), limit - 1n);
  t.is(size("16777215.5T"), limit - (1n << 39n));
  const message = `It is at most ${limit - 1n} bytes.`;
  for (const text of [`${limit}`, "0x10000000000000000", "16777216T"]) {
    t.throws(() => size(text), { message }, text);
  }
  t.is(time("9007199254740991"), Number.MAX_SAFE_INTEGER);
  t.is(time("9007199254740.991s"), Number.MAX_SAFE_INTEGER);
  for (const text of ["9007199254740992", "9007199254740.992s", `1${"0".repeat(400)}`]) {
    t.throws(() => time(text), { message: "It is at most 9007199254740991 milliseconds." }, text);
  }
});

test("a count is a decimal number, as large as one can be exact", (t) => {
  t.is(count("0"), 0);
  t.is(count("007"), 7);
  t.is(count("9007199254740991"), Number.MAX_SAFE_INTEGER);
  const message = "It is at most 9007199254740991 of them.";
  t.throws(() => count("9007199254740992"), { message });
  for (const text of ["", "-1", "1.0", "1K", "0x1", "1e3", " 1", "many"]) {
    t.throws(() => count(text), { message: "It is a whole number." }, text);
  }
});

test("parts of a byte and of a millisecond are none", (t) => {
  for (const text of ["1.5", "0.0001K", "1.1K"]) {
    t.throws(() => size(text), { message: "It is no whole number of bytes." }, text);
  }
  for (const text of ["1.5ms", "0.0001s", "0.5"]) {
    t.throws(() => time(text), { message: "It is no whole number of milliseconds." }, text);
  }
});

test("anything else is neither", (t) => {
  for (const text of [
    "",
    "K",
    "1P",
    "1KB",
    "-1",
    "+1",
    "1e3",
    " 1",
    "1 K",
    "1.K",
    ".5K",
    "0x",
    "1s",
  ]) {
    t.throws(() => size(text), { message: EXPECTED_SIZE }, text);
  }
  for (const text of [
    "",
    "soon",
    "s",
    "1S",
    "1M",
    "1K",
    "-1s",
    "1,5s",
    "1s 2ms",
    "1m30s",
    "0x10",
  ]) {
    t.throws(() => time(text), { message: EXPECTED_TIME }, text);
  }
});
