import { mkdtempSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type { ExecutionContext } from "ava";

/** A directory with these files, which goes after the test. No part of its path is a link. */
export function directoryWith(
  t: ExecutionContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): string {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), "zirconia-test-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return directory;
}
