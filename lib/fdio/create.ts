import { ZirconiaError } from "../base/errors.js";
import { statusName, ZxStatus } from "../base/status.js";
import { Client } from "../fidl/client.js";
import { closeHandles } from "../fidl/handles.js";
import { Node, type NodeInfo } from "../fidl/libraries/fuchsia-io.js";
import type { MethodsOf } from "../fidl/protocol.js";
import type { ValueOf } from "../fidl/type.js";
import type { Channel } from "../handles/channel.js";
import type { Handle } from "../handles/handle.js";
import { ObjectType } from "../zx/object-type.js";
import { WIRE_FORMAT } from "./constants.js";
import { HandleObject } from "./handle-object.js";
import type { FdObject } from "./object.js";
import { RemoteNode } from "./remote-node.js";

type Info = ValueOf<typeof NodeInfo>;

/**
 * The object for a handle (`fdio_create`), which is consumed. Whoever serves a channel is asked what
 * it is.
 *
 * @throws {@link ZirconiaError} `BAD_HANDLE`; `INVALID_ARGS` for an object of another type;
 * `PEER_CLOSED` if nobody serves the channel
 */
export async function objectForHandle(handle: Handle): Promise<FdObject> {
  const type = handle.objectType;
  switch (type) {
    case ObjectType.Channel:
      // It may have come as a handle to anything.
      return objectForNode(handle.context.adopt(handle.take(), type) as Channel, async (client) => {
        const { info } = await client.proxy.describe();
        return info;
      });
    case ObjectType.Socket:
      return new HandleObject("socket", handle);
    case ObjectType.Log:
      return new HandleObject("log", handle);
    case ObjectType.Vmo:
      return new HandleObject("vmo", handle);
    default:
      handle.close();
      throw new ZirconiaError("No file descriptor can refer to this", ZxStatus.INVALID_ARGS);
  }
}

/**
 * The object for a node that is being opened: its client end, which is consumed.
 *
 * @throws {@link ZirconiaError} as its `OnOpen` says; `PEER_CLOSED` if none comes
 */
export function objectForOpened(channel: Channel): Promise<FdObject> {
  return objectForNode(channel, async (client) => {
    const { s, info } = (await client.nextEvent()).value;
    if (s !== ZxStatus.OK || info === undefined) {
      closeHandles(info);
      const status = s === ZxStatus.OK ? ZxStatus.IO : s;
      throw new ZirconiaError(`${Node.name}.OnOpen: ${statusName(status)}`, status);
    }
    return info;
  });
}

async function objectForNode(
  channel: Channel,
  ask: (client: Client<MethodsOf<typeof Node>>) => Promise<Info>,
): Promise<FdObject> {
  const client = new Client(Node, channel, { wireFormat: WIRE_FORMAT });
  try {
    const info = await ask(client);
    if (info.kind === "pipe") {
      client.close();
      return new HandleObject("socket", info.value.socket);
    }
    closeHandles(info);
    return new RemoteNode(info.kind, client.intoChannel());
  } catch (error) {
    client.close();
    throw error;
  }
}
