import type { Commands } from "../conversation.js";
import { bytesOfHex, countOf, hexOf, numberOf } from "../hex.js";
import { escapeBytes, PACKET_SIZE } from "../packets.js";
import { ProtocolError } from "../protocol-error.js";

/** Reading and writing memory, in hexadecimal or as bytes. */
export const MEMORY_COMMANDS: Commands = {
  m: (place, { process }) =>
    hexOf(readable(place, (at, length) => process.memory.read(at, length))),
  M: (argument, { process }) => {
    const [place = "", digits = ""] = argument.split(":");
    process.memory.write(...written(place, bytesOfHex(digits)));
    return "OK";
  },
  x: (place, { process }) => {
    const [, length] = placeOf(place);
    // Whoever asks whether this is understood asks for nothing.
    if (length === 0) return "OK";
    return escapeBytes(readable(place, (at, count) => process.memory.read(at, count)));
  },
  X: (argument, { process }) => {
    const end = argument.indexOf(":");
    const bytes = Buffer.from(argument.slice(end + 1), "latin1");
    process.memory.write(...written(argument.slice(0, Math.max(end, 0)), bytes));
    return "OK";
  },
};

function placeOf(place: string): [address: bigint, length: number] {
  const [address, length] = place.split(",");
  return [numberOf(address), countOf(length)];
}

function readable(place: string, read: (address: bigint, length: number) => Uint8Array) {
  const [address, length] = placeOf(place);
  const bytes = read(address, Math.min(length, PACKET_SIZE / 2));
  if (bytes.length === 0 && length > 0) throw new ProtocolError("nothing is mapped there");
  return bytes;
}

function written(place: string, bytes: Buffer): [address: bigint, bytes: Buffer] {
  const [address, length] = placeOf(place);
  if (bytes.length !== length) throw new ProtocolError("these are not as many bytes as said");
  return [address, bytes];
}
