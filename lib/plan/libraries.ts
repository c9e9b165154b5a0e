import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Channel } from "../handles/channel.js";
import { decodeRequest, encodeResponse } from "../loader-service/messages.js";
import { Signals } from "../signals.js";
import { ZxStatus } from "../status.js";

/** The dynamic linker that an executable asks for. */
export interface PlannedLinker {
  /** What PT_INTERP says. */
  readonly name: string;
  /** The file that has it; `undefined` if there is none. */
  readonly path: string | undefined;
}

/** What Node says if there is no such file: there cannot be one with a NUL in its name, either. */
const NO_SUCH_FILE = new Set<string | undefined>([
  "ENOENT",
  "ENOTDIR",
  "EISDIR",
  "ENAMETOOLONG",
  "ERR_INVALID_ARG_VALUE",
]);

/**
 * Answers the one request that a build makes of its loader service, from files of these
 * directories. Resolves once the request is answered or none comes any more.
 */
export async function answerLoader(
  server: Channel,
  directories: readonly string[],
): Promise<PlannedLinker | undefined> {
  const signals = await server.waitOne(Signals.READABLE | Signals.PEER_CLOSED);
  if ((signals & Signals.READABLE) === 0) {
    return undefined;
  }
  // Our own builder's, and so what it must be.
  const { txid, name } = decodeRequest(server.read().bytes);
  const found = await find(name, directories);
  if (found === undefined) {
    server.write(encodeResponse(txid, ZxStatus.NOT_FOUND, false));
    return { name, path: undefined };
  }
  const vmo = server.context.vmoFromBytes(found.bytes, { name });
  server.write(encodeResponse(txid, ZxStatus.OK, true), [vmo]);
  return { name, path: found.path };
}

async function find(
  name: string,
  directories: readonly string[],
): Promise<{ path: string; bytes: Uint8Array } | undefined> {
  // A path below a directory, as fuchsia.io takes them: nothing leads out of it.
  if (name.split("/").some((part) => part === "" || part === "." || part === "..")) {
    return undefined;
  }
  for (const directory of directories) {
    const path = join(directory, name);
    try {
      return { path, bytes: await readFile(path) };
    } catch (error) {
      if (!NO_SUCH_FILE.has((error as NodeJS.ErrnoException).code)) throw error;
    }
  }
  return undefined;
}
