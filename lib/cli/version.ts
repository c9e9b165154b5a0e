import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The package's version. */
export function version(): string {
  // What is built knows it.
  const manifest = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
