import { realpathSync, statSync } from "node:fs";

import { hostPath, pathText } from "../base/host-path.js";
import { checkOptions, checkPath, invalidValue } from "../base/validate.js";
import { VfsDirectory } from "./directory.js";
import { HostFolder } from "./host/host-folder.js";
import { HostTree } from "./host/host-tree.js";
import type { AdvisoryLocks } from "./locks.js";
import type { DirectoryChanges, VfsAttributes, VfsEntry, VfsNode, VfsTimes } from "./node.js";
import type { FileOptions } from "./pseudo-file.js";
import { checkNodeRights, type NodeRights, READ_EXECUTE } from "./rights.js";

/**
 * A directory of the host. Links in it are followed where they lead to something in it; out of it
 * they are refused with `ACCESS_DENIED`. Nothing but directories and regular files is there.
 *
 * With WRITABLE, clients can make, write, rename and remove files and directories; they cannot make
 * symbolic links. What they change is done in turn, so that none can move a link to where another
 * is at work. On Linux directories are held open while something is done in them, so that nobody
 * else can either; elsewhere that holds for one HostDirectory, not for several of one path.
 *
 * @example
 * ```ts
 * import { run } from "zirconia";
 * import { HostDirectory } from "zirconia/vfs";
 *
 * const namespace = { "/data": new HostDirectory("guest/out") };
 * await run("guest/out/hello", [], { namespace });
 * ```
 */
export class HostDirectory extends VfsDirectory {
  readonly rights: NodeRights;
  readonly #root: HostFolder;

  /**
   * @param options `rights`: what everything in it may be used for; read and execute by default
   * @throws Node's error if there is no such directory
   */
  constructor(path: string | URL, options: FileOptions = {}) {
    super();
    checkOptions(options, ["rights"]);
    const { rights = READ_EXECUTE } = options;
    this.rights = checkNodeRights("options.rights", rights);
    const given = hostPath(checkPath("path", path));
    const root = pathText(realpathSync.native(given, { encoding: "buffer" }));
    if (!statSync(hostPath(root)).isDirectory()) {
      throw invalidValue("path", "must be that of a directory", path);
    }
    this.#root = new HostFolder(new HostTree(root, this.rights), root);
  }

  override get changes(): DirectoryChanges {
    return this.#root.changes;
  }

  override attributes(): Promise<VfsAttributes> {
    return this.#root.attributes();
  }

  override setTimes(times: VfsTimes): Promise<void> {
    return this.#root.setTimes(times);
  }

  override locks(): Promise<AdvisoryLocks> {
    return this.#root.locks();
  }

  override lookup(name: string): Promise<VfsNode | undefined> {
    return this.#root.lookup(name);
  }

  override entries(): Promise<readonly VfsEntry[]> {
    return this.#root.entries();
  }
}
