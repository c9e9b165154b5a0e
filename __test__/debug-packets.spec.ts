// How packets of the remote protocol of gdb and lldb are taken apart and written.

import test from "ava";
import { array, assert, property, uint8Array } from "fast-check";

import {
  escapeBytes,
  type Incoming,
  PACKET_SIZE,
  packetOf,
  PacketReader,
} from "../lib/debug/packets.js";

/** What comes of bytes, in one piece or more. */
function read(...pieces: (string | Uint8Array)[]): Incoming[] {
  const reader = new PacketReader();
  return pieces.flatMap((piece) => Array.from(reader.take(Buffer.from(piece as string, "latin1"))));
}

function packet(payload: string): Incoming {
  return { kind: "packet", payload };
}

/** A packet as a debugger writes it, whatever is in it. */
function framed(payload: string): string {
  const sum = Buffer.from(payload, "latin1").reduce((total, byte) => (total + byte) & 0xff, 0);
  return `$${payload}#${sum.toString(16).padStart(2, "0")}`;
}

/** A payload with its runs of digits written out, as debuggers do. */
function expand(payload: string): string {
  return payload.replaceAll(/(.)\*(.)/gs, (_, char: string, count: string) =>
    char.repeat(count.charCodeAt(0) - 28),
  );
}

test("a packet is read whose checksum is right, in either case of letters", (t) => {
  t.deepEqual(read("$m10,4#2e"), [packet("m10,4")]);
  t.deepEqual(read("$qC#B4"), [packet("qC")]);
  t.deepEqual(read("$#00"), [packet("")]);
});

test("packets are the same however they are cut into pieces", (t) => {
  const text = `+${framed("qSupported:a;b")}\x03${framed("X10,2:}\x03}\x04")}-`;
  const whole = read(text);
  t.deepEqual(whole, [
    packet("qSupported:a;b"),
    { kind: "interrupt" },
    packet("X10,2:#$"),
    { kind: "again" },
  ]);
  t.deepEqual(read(...text), whole);
});

test("a packet with another checksum is damaged, and so is one whose checksum is none", (t) => {
  t.deepEqual(read("$qC#b5", "$qC#zz", "$qC#b4"), [
    { kind: "damaged" },
    { kind: "damaged" },
    packet("qC"),
  ]);
});

test("a packet that was cut off is forgotten when the next one begins", (t) => {
  t.deepEqual(read("$m10,$qC#b4"), [packet("qC")]);
  t.deepEqual(read("$m10,4"), []);
});

test("what is between packets means nothing, and Ctrl-C within one is its own", (t) => {
  t.deepEqual(read("+++\0\xff abc#12}}", framed("qC")), [packet("qC")]);
  t.deepEqual(read(framed("a\x03b")), [packet("a\x03b")]);
});

test("a packet may be as long as was said, and is dropped if it is one byte longer", (t) => {
  const most = "a".repeat(PACKET_SIZE);
  t.deepEqual(read(framed(most)), [packet(most)]);
  t.deepEqual(read(framed(`${most}a`), framed("qC")), [{ kind: "oversized" }, packet("qC")]);
});

test("bytes that would mean something else are escaped, and read as they were", (t) => {
  assert(
    property(uint8Array(), (bytes) => {
      const escaped = escapeBytes(bytes);
      t.notRegex(escaped, /[#$*]/);
      t.deepEqual(read(framed(escaped)), [packet(Buffer.from(bytes).toString("latin1"))]);
    }),
  );
});

test("runs of digits are shortened, and no count looks like the end of a packet", (t) => {
  const before = "12".repeat(128);
  for (let length = 1; length <= 300; length++) {
    const payload = `${before}${"0".repeat(length)}2`;
    const text = packetOf(payload);
    const [, shortened = "", sum] = /^\$(.*)#(..)$/s.exec(text) ?? [];
    t.notRegex(shortened, /[#$]/);
    t.is(expand(shortened), payload);
    t.is(framed(shortened), `$${shortened}#${sum}`);
    if (length > 20) t.true(shortened.length - before.length < length / 2);
  }
});

test("payloads below 256 characters are sent as they are", (t) => {
  const [short, long] = [255, 256].map((length) => "0".repeat(length));
  t.is(packetOf(short!), framed(short!));
  t.true(packetOf(long!).length < 20);
});

test("what follows an escape is not taken for a run", (t) => {
  const payload = escapeBytes(Buffer.from("****************\n\n\n\n\n\n", "latin1"));
  t.is(packetOf(payload), framed(payload));
});

test("whatever comes, what is read is whole, and a packet after it is read", (t) => {
  assert(
    property(array(uint8Array({ maxLength: 64 })), (pieces) => {
      const all = read(...pieces, "#00#00", framed("qC"));
      t.deepEqual(all.at(-1), packet("qC"));
    }),
  );
});
