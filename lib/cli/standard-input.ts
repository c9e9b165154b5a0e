import { fstatSync, readSync } from "node:fs";

import { checkKind, joined, readHostFile } from "../native/host-file.js";
import { isNullDevice } from "./null-device.js";

/** What stands for standard input where a file is named. */
export const STDIN = "-";

/** The name of a program that comes from there. */
export const INPUT_NAME = "program";

/** What messages call it. */
const NAME = "standard input";
/** File descriptor 0 by name, on POSIX. */
const PATH = "/dev/fd/0";
/** Bytes of a file that are held in memory, at most. */
const MAX_HELD = 2 ** 31;
/** Bytes of it that a program is passed at once. */
const CHUNK = 64 * 1024;

/** A file to be opened by its path; or what standard input holds, if that is asked for. */
export async function inputOf(file: string): Promise<string | Uint8Array> {
  return file === STDIN ? standardInput() : file;
}

/** What a file or standard input holds, or its first `most` bytes. */
export async function contentOf(file: string, most = Infinity): Promise<Buffer> {
  const input = file === STDIN ? await standardInput(most) : file;
  return typeof input === "string" ? readHostFile(input, { most }) : input;
}

/** What standard input holds, or its first `most` bytes; of a file that is too large, the path. */
async function standardInput(most = Infinity): Promise<string | Buffer> {
  if (process.platform !== "win32") {
    const stats = fstatSync(0);
    // A terminal ends when its user says so, the null device at once.
    const isTerminal = stats.isCharacterDevice() && process.stdin.isTTY;
    const ends = isTerminal || stats.isSocket() || isNullDevice(stats);
    if (!ends) checkKind(NAME, stats);
    if (stats.isFile() && stats.size > MAX_HELD) return PATH;
  }
  return joined(NAME, process.stdin, most);
}

/**
 * Standard input for a program. Nobody waits for what a file has, nor for the end of the null device:
 * Node's stream, which takes milliseconds to load, is for all else.
 */
export function ownInput(): "inherit" | Iterable<Uint8Array> {
  if (process.platform === "win32") return "inherit";
  const stats = fstatSync(0);
  // Files of the kernel's, which may have nothing to give yet, say that they are empty.
  const isThere = stats.isFile() && stats.size > 0;
  return isThere || isNullDevice(stats) ? chunks() : "inherit";
}

function* chunks(): Iterable<Uint8Array> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const length = readSync(0, chunk);
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}
