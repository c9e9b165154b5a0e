import { type FileInfo, Node, type Representation } from "../../fidl/libraries/fuchsia-io-2026.js";
import { encodeBody } from "../../fidl/message.js";
import type { ValueOf } from "../../fidl/type.js";
import type { WireFormat } from "../../fidl/wire.js";
import type { FileSession } from "../file-session.js";
import type { Greet, Session } from "../session.js";
import { attributesOf } from "./attributes.js";

/** What a file's connection tells of itself. No stream is behind it: it is read by messages. */
export function fileInfo({ appends }: FileSession): ValueOf<typeof FileInfo> {
  return { isAppend: appends };
}

/**
 * What a connection is to, with attributes if any are asked for.
 *
 * @param query of bits of `NodeAttributesQuery`
 */
async function representationOf(
  session: Session,
  query: bigint,
): Promise<ValueOf<typeof Representation>> {
  const attributes = query === 0n ? {} : { attributes: await attributesOf(session.node, query) };
  if (session.isReference || session.node.kind === "service") {
    return { kind: "node", value: attributes };
  }
  return session.node.kind === "directory"
    ? { kind: "directory", value: attributes }
    : { kind: "file", value: { ...fileInfo(session as FileSession), ...attributes } };
}

/** Tells a client what it has opened. */
export function representing(format: WireFormat, query: bigint): Greet {
  return async (session) => {
    const { ordinal, response } = Node.methods.OnRepresentation;
    const payload = await representationOf(session!, query);
    return encodeBody({ txid: 0, ordinal, format }, response, { payload });
  };
}
