import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The regular files in a directory of this computer, at most `limit`; none if there is no such. */
export function hostFiles(directory: string, limit: number): string[] {
  let entries;
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
  const files = entries.filter((entry) => entry.isFile());
  return files.slice(0, limit).map(({ name }) => join(directory, name));
}
