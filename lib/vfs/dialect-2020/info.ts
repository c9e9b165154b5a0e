import { ZxStatus } from "../../base/status.js";
import type { NodeInfo } from "../../fidl/libraries/fuchsia-io.js";
import { Node } from "../../fidl/libraries/fuchsia-io.js";
import { encodeBody } from "../../fidl/message.js";
import type { ValueOf } from "../../fidl/type.js";
import type { WireFormat } from "../../fidl/wire.js";
import type { ChannelMessage } from "../../handles/channel.js";
import { DirectorySession } from "../directory-session.js";
import { FileSession } from "../file-session.js";
import { NodeRights } from "../rights.js";
import type { Greet, Session } from "../session.js";
import { has } from "./flags.js";

/**
 * What a node is, as a connection sees it: a reference says nothing about it, nor does what is
 * behind a service's node.
 */
export async function infoOf(session: Session | undefined): Promise<ValueOf<typeof NodeInfo>> {
  if (session === undefined || session.isReference) {
    return { kind: "service", value: {} };
  }
  if (session instanceof DirectorySession) {
    return { kind: "directory", value: {} };
  }
  return session instanceof FileSession ? fileInfo(session) : { kind: "service", value: {} };
}

async function fileInfo(session: FileSession): Promise<ValueOf<typeof NodeInfo>> {
  const file = session.file();
  const { rights } = session;
  const isReadOnly = has(rights, NodeRights.READABLE) && !has(rights, NodeRights.WRITABLE);
  if (!file.isMemory || !isReadOnly) {
    return { kind: "file", value: {} };
  }
  const length = await file.size();
  return { kind: "vmofile", value: { vmo: await file.buffer({ rights }), offset: 0n, length } };
}

/** The message that tells a client what it has opened, or why it has not. */
export function onOpen(
  format: WireFormat,
  s: number,
  info?: ValueOf<typeof NodeInfo>,
): ChannelMessage {
  const { ordinal, response } = Node.methods.OnOpen;
  const event = info === undefined ? { s } : { s, info };
  return encodeBody({ txid: 0, ordinal, format }, response, event);
}

/** Tells a client what it has opened, if that was asked for. */
export function greeting(format: WireFormat | undefined): Greet | undefined {
  if (format === undefined) {
    return undefined;
  }
  return async (session) => onOpen(format, ZxStatus.OK, await infoOf(session));
}
