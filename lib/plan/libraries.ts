import { ZirconiaError } from "../errors.js";
import { Loader } from "../fidl/libraries/fuchsia-ldsvc.js";
import { decodeBody, decodeHeader, encodeBody } from "../fidl/message.js";
import type { Channel } from "../handles/channel.js";
import { findObject, type FoundObject } from "../loader-service/find-object.js";
import { Signals } from "../signals.js";
import { ZxStatus } from "../status.js";

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
  const { status: rv, found } = await find(name, directories);
  const object = found && server.context.vmoFromBytes(found.bytes, { name });
  const { bytes, handles } = encodeBody(header, response, { rv, ...(object && { object }) });
  server.write(bytes, handles);
  return { name, path: found?.path };
}

/** The object of a name, or what a loader service would say that has none. */
async function find(
  name: string,
  directories: readonly string[],
): Promise<{ status: number; found?: FoundObject }> {
  try {
    return { status: ZxStatus.OK, found: await findObject(name, directories) };
  } catch (error) {
    if (!(error instanceof ZirconiaError)) throw error;
    const { status } = error;
    if (status === ZxStatus.ACCESS_DENIED || status === ZxStatus.IO) throw error.cause;
    return { status };
  }
}
