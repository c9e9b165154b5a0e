import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { userCache } from "../base/user-cache.js";

/** The tool's name where it is installed. rustc takes some for those of linkers that it knows. */
const TOOL = "zirconia-cargo";

/** Where the linker finds the directories to look in, each of which ends with a NUL. */
const DIRECTORIES = "directories";

/**
 * Puts the tool, which is the linker by this name, where it stays as long as it and the directories
 * are the same: cargo builds everything anew for another linker, by its path. Returns the path.
 *
 * @param tool the program that is to be put there
 * @param directories where it is to look for libraries
 */
export function installTool(tool: string, directories: readonly string[]): string {
  const program = readFileSync(tool);
  const list = directories.map((directory) => `${directory}\0`).join("");
  const key = createHash("sha256").update(list).update(program).digest("hex").slice(0, 16);
  const home = userCache();
  const place = join(home, `linker-${key}`);
  if (!existsSync(place)) {
    mkdirSync(home, { recursive: true });
    // Whole, or not at all: others may do the same.
    const staged = mkdtempSync(join(home, "staged-"));
    writeFileSync(join(staged, TOOL), program, { mode: 0o755 });
    writeFileSync(join(staged, DIRECTORIES), list);
    try {
      renameSync(staged, place);
    } catch (error) {
      rmSync(staged, { recursive: true });
      if (!existsSync(place)) throw error;
    }
  }
  return join(place, TOOL);
}
