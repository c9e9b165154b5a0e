import { once } from "node:events";
import { readFileSync } from "node:fs";

import { jsonNumber } from "../json.js";

/** What the command line exits with, unless a guest's own return code says otherwise. */
export const ExitCode = Object.freeze({ Fine: 0, Failed: 1, Usage: 2, Interrupted: 130 } as const);

/** The package's version. */
export function version(): string {
  // From lib/cli and from dist/lib/cli.
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const manifest = readFileSync(new URL(up, import.meta.url), "utf8");
      return (JSON.parse(manifest) as { version: string }).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new Error("package.json is missing");
}

/** Ends the process when its output goes nowhere: whoever reads it may stop, as `head` does. */
export function endWithOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit();
      process.stderr.write(`zirconia: ${error.message}\n`);
      process.exit(ExitCode.Failed);
    });
  }
}

/** Writes one JSON document; 64-bit numbers become hexadecimal strings. */
export function writeJson(document: object): void {
  process.stdout.write(`${toJson(document, 2)}\n`);
}

/** A JSON document with its version, on one line unless it is indented. */
export function toJson(document: object, indent?: number): string {
  return JSON.stringify(
    { schemaVersion: 1, ...document },
    (_key, value: unknown) => (typeof value === "bigint" ? jsonNumber(value) : value),
    indent,
  );
}

/** Writes text to standard output, and waits while whoever reads it is behind. */
export async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) {
    await once(process.stdout, "drain");
  }
}
