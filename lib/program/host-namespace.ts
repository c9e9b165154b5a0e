import { HostDirectory } from "../vfs/host-directory.js";
import { ALL_RIGHTS } from "../vfs/rights.js";

const WRITABLE = ":rw";

/**
 * Directories of the host, of which `DIR:rw` can be written, by their paths in a namespace.
 *
 * @throws Node's error if there is no such directory
 */
export function hostNamespace(
  directories: Readonly<Record<string, string>>,
): Record<string, HostDirectory> {
  return Object.fromEntries(
    Object.entries(directories).map(([path, directory]) => [
      path,
      directory.endsWith(WRITABLE)
        ? new HostDirectory(directory.slice(0, -WRITABLE.length), { rights: ALL_RIGHTS })
        : new HostDirectory(directory),
    ]),
  );
}
