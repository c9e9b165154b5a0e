import { readFileSync } from "node:fs";

/** The package's version. */
export function version(): string {
  // As far from here as from dist/cli.
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
