import type { Commands } from "../conversation.js";
import { bytesOfHex, countOf, numberOf } from "../hex.js";
import { escapeBytes, PACKET_SIZE } from "../packets.js";

/** Error numbers of the protocol's own. */
const ENOENT = 2;
const EBADF = 9;
const EINVAL = 22;

/** Where no file of this computer's has anything. */
const MAX_OFFSET = 1n << 63n;

/** Reading the program's files. There is no other way to them, and nothing is written. */
export const FILE_COMMANDS: Commands = {
  "vFile:": (argument, { files, debuggee }) => {
    const end = argument.indexOf(":");
    const [first = "", second, third] = argument.slice(end + 1).split(",");
    switch (argument.slice(0, Math.max(end, 0))) {
      case "setfs":
        return "F0";
      case "open": {
        const descriptor = files.open(bytesOfHex(first).toString(), debuggee.processes.values());
        return descriptor === undefined ? failure(ENOENT) : success(descriptor);
      }
      case "close":
        return files.close(countOf(first)) ? success(0) : failure(EBADF);
      case "pread": {
        const length = Math.min(countOf(second), PACKET_SIZE / 2);
        const offset = numberOf(third);
        if (offset >= MAX_OFFSET) return failure(EINVAL);
        const bytes = files.read(countOf(first), length, offset);
        return bytes === undefined
          ? failure(EBADF)
          : `${success(bytes.length)};${escapeBytes(bytes)}`;
      }
      case "fstat": {
        const size = files.sizeOf(countOf(first));
        return size === undefined
          ? failure(EBADF)
          : `${success(STAT_SIZE)};${escapeBytes(statOf(size))}`;
      }
      default:
        return "";
    }
  },
};

/** Bytes of the protocol's `stat`, and where in it what is told is. */
const STAT_SIZE = 64;
const MODE_AT = 8;
const SIZE_AT = 28;
/** A file that can be read. */
const MODE = 0o100_444;

function statOf(size: number): Uint8Array {
  const bytes = new Uint8Array(STAT_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(MODE_AT, MODE);
  view.setBigUint64(SIZE_AT, BigInt(size));
  return bytes;
}

function success(number: number): string {
  return `F${number.toString(16)}`;
}

function failure(error: number): string {
  return `F-1,${error.toString(16)}`;
}
