import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { hostPath, pathText } from "../base/host-path.js";
import { HostFile } from "../vfs/host/host-file.js";
import { HostTree } from "../vfs/host/host-tree.js";
import { HostDirectory } from "../vfs/host-directory.js";
import { PseudoDirectory } from "../vfs/pseudo-directory.js";
import { READ_EXECUTE } from "../vfs/rights.js";

/**
 * A tree of links, as Bazel lays them out for a test: what they lead to is there instead of them,
 * wherever it is, to be read and executed. What leads nowhere is not there.
 *
 * @throws Node's error if there is no such directory
 */
export function runfiles(root: string): PseudoDirectory {
  const directory = new PseudoDirectory({}, { rights: READ_EXECUTE });
  for (const entry of readdirSync(hostPath(root), { withFileTypes: true, encoding: "buffer" })) {
    const name = pathText(entry.name);
    const node = nodeOf(join(root, name), entry);
    if (node !== undefined) directory.add(name, node);
  }
  return directory;
}

function nodeOf(
  path: string,
  entry: Dirent<Buffer>,
): PseudoDirectory | HostDirectory | HostFile | undefined {
  if (entry.isDirectory()) return runfiles(path);
  const stats = statsOf(path);
  if (stats?.isDirectory()) return new HostDirectory(path);
  if (!stats?.isFile()) return undefined;
  const real = pathText(realpathSync.native(hostPath(path), { encoding: "buffer" }));
  return new HostFile(new HostTree(dirname(real), READ_EXECUTE), real);
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(hostPath(path), { throwIfNoEntry: false });
  } catch (error) {
    // A link that leads to itself.
    if ((error as NodeJS.ErrnoException).code === "ELOOP") return undefined;
    throw error;
  }
}
