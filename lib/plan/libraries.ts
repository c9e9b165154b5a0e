import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { Loader } from "../fidl/libraries/fuchsia-ldsvc.js";
import { decodeBody, decodeHeader, encodeBody } from "../fidl/message.js";
import type { Channel } from "../handles/channel.js";
import { FileCache } from "../loader-service/file-cache.js";
import { findObject, type FoundObject } from "../loader-service/find-object.js";
import { Signals } from "../zx/signals.js";

/** The dynamic linker that an executable asks for. */
export interface PlannedLinker {
  /** What PT_INTERP says. */
  readonly name: string;
  /** The file that has it; `undefined` if there is none. */
  readonly path: string | undefined;
}

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
  const { request, response } = Loader.methods.LoadObject;
  const message = server.read();
  const header = decodeHeader(message.bytes);
  const { objectName: name } = decodeBody(message, header.format, request);
  const found = await find(name, directories);
  const reply =
    typeof found === "number"
      ? { rv: found }
      : { rv: ZxStatus.OK, object: server.context.vmoFromBytes(found.object, { name }) };
  const { bytes, handles } = encodeBody(header, response, reply);
  server.write(bytes, handles);
  return { name, path: typeof found === "number" ? undefined : found.path };
}

/** The object, or the status that a loader service would answer. */
async function find(
  name: string,
  directories: readonly string[],
): Promise<FoundObject<Uint8Array> | number> {
  const files = new FileCache();
  try {
    return await findObject(name, directories, (path) => files.read(path));
  } catch (error) {
    if (!(error instanceof ZirconiaError)) throw error;
    if (error.status === ZxStatus.ACCESS_DENIED || error.status === ZxStatus.IO) throw error.cause;
    return error.status;
  }
}
