import type { NamespaceOption } from "../program/namespace.js";
import { HostDirectory } from "../vfs/host-directory.js";
import { ALL_RIGHTS } from "../vfs/rights.js";

const WRITABLE = ":rw";

/** The directories of a program by their paths: of the host, where `DIR:rw` can be written. */
export function namespaceOf(ns: Readonly<Record<string, string>>): NamespaceOption {
  return Object.fromEntries(
    Object.entries(ns).map(([path, directory]) => [
      path,
      directory.endsWith(WRITABLE)
        ? new HostDirectory(directory.slice(0, -WRITABLE.length), { rights: ALL_RIGHTS })
        : directory,
    ]),
  );
}
