import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { compileForFuchsia } from "../bench/compile.js";
import { root } from "../bench/paths.js";

/**
 * Compiles the programs of this directory, before any attack: to wait for a compiler holds up the event
 * loop. They are kept as long as Node.
 *
 * @returns the path of one, by its name
 */
export function compilePrograms(): (name: string) => string {
  const directory = mkdtempSync(join(tmpdir(), "zirconia-attack-"));
  process.on("exit", () => rmSync(directory, { recursive: true }));
  const sources = join(root, "attack");
  const names = readdirSync(sources).filter((name) => name.endsWith(".c"));
  for (const name of names) {
    compileForFuchsia(join(sources, name), join(directory, basename(name, ".c")));
  }
  return (name) => join(directory, name);
}
