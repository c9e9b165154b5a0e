import { jsonable } from "../base/json.js";
import type { VfsAttributes } from "./node.js";

/** What is known about a node that exists while it is served only. */
export function pseudoAttributes(size = 0n): VfsAttributes {
  return jsonable({
    contentSize: size,
    storageSize: size,
    linkCount: 1n,
    creationTime: 0n,
    modificationTime: 0n,
  });
}
