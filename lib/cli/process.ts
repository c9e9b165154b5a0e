import { once } from "node:events";

import { hostPath } from "../base/host-path.js";
import { jsonNumber } from "../base/json.js";
import { printableJson, wellFormed } from "../base/text.js";
import { stderr, stdout } from "./standard-output.js";

/** What commands exit with. Those that run a program say more: `ShellCode`. */
export const ExitCode = Object.freeze({ Fine: 0, Failed: 1, Usage: 2 } as const);

/**
 * Ends the process when its output goes nowhere: whoever reads it may stop, as `head` does.
 *
 * @param exitCode what it exits with then
 */
export function endWithOutput(exitCode: number): void {
  for (const output of [stdout, stderr]) {
    output.broken = (error) => {
      if (error.code === "EPIPE") process.exit(exitCode);
      stderr.write(`zirconia: ${error.message}\n`);
      process.exit(ExitCode.Failed);
    };
  }
}

/** A file's name in a document; its bytes too, in hexadecimal, if they are not UTF-8. */
export function fileFields(file: string): { file: string; fileBytes?: string } {
  const path = hostPath(file);
  return typeof path === "string" ? { file } : { file, fileBytes: path.toString("hex") };
}

/** Writes one JSON document; 64-bit numbers become hexadecimal strings. */
export function writeJson(document: object): void {
  stdout.write(`${toJson(document, 2)}\n`);
}

/** A JSON document with its version, on one line unless it is indented. */
export function toJson(document: object, indent?: number): string {
  return printableJson(JSON.stringify({ schemaVersion: 1, ...document }, plain, indent));
}

function plain(_key: string, value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      return jsonNumber(value);
    case "string":
      return wellFormed(value);
    default:
      return value;
  }
}

/** Writes text to standard output, and waits while whoever reads it is behind. */
export async function write(text: string): Promise<void> {
  if (!stdout.write(text)) {
    await once(stdout.stream, "drain");
  }
}
