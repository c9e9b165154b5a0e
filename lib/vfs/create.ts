import { statusOf } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { DirectoryChanges, DirectoryNode, VfsNode } from "./node.js";
import { refusal } from "./refusal.js";

/**
 * Makes an entry that was missing a moment ago, for who is about to open it.
 *
 * @param isExclusive whether nobody else may have made it meanwhile
 * @throws `ZirconiaError` `NOT_SUPPORTED` where clients make nothing; `ALREADY_EXISTS`, and
 * what making it fails with
 */
export async function createEntry(
  directory: DirectoryNode,
  name: string,
  kind: Parameters<DirectoryChanges["create"]>[1],
  isExclusive: boolean,
): Promise<VfsNode> {
  if (directory.changes === undefined) {
    throw refusal(ZxStatus.NOT_SUPPORTED);
  }
  let taken: unknown;
  try {
    await directory.changes.create(name, kind);
  } catch (error) {
    if (isExclusive || statusOf(error) !== ZxStatus.ALREADY_EXISTS) {
      throw error;
    }
    // Somebody else has made it meanwhile.
    taken = error;
  }
  const node = await directory.lookup(name);
  if (node === undefined) {
    throw taken ?? refusal(ZxStatus.NOT_FOUND);
  }
  return node;
}
