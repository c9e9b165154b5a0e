import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";

/** Makes a FIFO, and writes these bytes to whoever reads it. */
export function fifoWith(path: string, bytes: Uint8Array): Promise<void> {
  execFileSync("mkfifo", [path]);
  return writeFile(path, bytes);
}
