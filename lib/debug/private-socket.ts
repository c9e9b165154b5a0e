import { chmodSync, linkSync, mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:net";
import { dirname, join } from "node:path";

import { fileError } from "../native/host-file.js";

/** Bytes of the path of a socket in a file system, at most (unix(7)). */
const LONGEST = 107;

/**
 * Has a server listen at a socket of a path, to which nobody but this user ever has a way.
 *
 * @throws Node's error for a path that cannot be had, as one that there is
 */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > LONGEST) {
    throw fileError(path, "ENAMETOOLONG", `a socket's path has at most ${LONGEST} bytes`);
  }
  // Linux makes a socket with the mode that the umask leaves. Nobody else comes to it in there.
  const directory = mkdtempSync(join(dirname(path), ".d-"));
  try {
    const socket = join(directory, "s");
    await listening(server, () => server.listen(socket));
    chmodSync(socket, 0o600);
    // A name that somebody has is theirs.
    linkSync(socket, path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Removes a server's socket, if its directory still lets it. */
export function removeSocket(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A name at which nobody listens.
  }
}

/** Resolves once a server listens. */
export function listening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    // One that comes later is of a connection, which is then not made.
    server.on("error", reject).once("listening", resolve);
    server.once("close", () => reject(new Error("it was closed before")));
    listen();
  });
}
