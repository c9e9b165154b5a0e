import { fstatSync, statSync } from "node:fs";

import { checkKind, joined, readHostFile } from "../native/host-file.js";

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
    const ends = isTerminal || stats.isSocket() || stats.rdev === statSync("/dev/null").rdev;
    if (!ends) checkKind(NAME, stats);
    if (stats.isFile() && stats.size > MAX_HELD) return PATH;
  }
  return joined(NAME, process.stdin, most);
}
