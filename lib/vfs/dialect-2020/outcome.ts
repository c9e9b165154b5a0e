import { statusOf, ZxError } from "../../base/errors.js";
import { ZxStatus } from "../../base/status.js";
import { Node, type NodeInfo } from "../../fidl/libraries/fuchsia-io.js";
import { encodeBody } from "../../fidl/message.js";
import type { ValueOf } from "../../fidl/type.js";
import type { WireFormat } from "../../fidl/wire.js";
import type { Channel } from "../../handles/channel.js";

/** The reply of a method: what it comes to, or `failed` with the status of what it threw. */
export async function answer<F extends object, T extends F>(
  failed: F,
  body: () => T | Promise<T>,
): Promise<{ s: number } & (F | T)> {
  try {
    return { s: ZxStatus.OK, ...(await body()) };
  } catch (error) {
    return { s: statusOf(error), ...failed };
  }
}

/** Tells a client what it has opened, or why it has not. One that has gone is told nothing. */
export function sendOnOpen(
  channel: Channel,
  format: WireFormat,
  s: number,
  info?: ValueOf<typeof NodeInfo>,
): void {
  const { ordinal, response } = Node.methods.OnOpen;
  const event = info === undefined ? { s } : { s, info };
  const { bytes, handles } = encodeBody({ txid: 0, ordinal, format }, response, event);
  try {
    channel.write(bytes, handles);
  } catch (error) {
    if (!(error instanceof ZxError)) throw error;
  }
}

/** Refuses a connection: closes its server end, after OnOpen if that was asked for. */
export function refuse(channel: Channel, error: unknown, describe: WireFormat | undefined): void {
  if (describe !== undefined) {
    sendOnOpen(channel, describe, statusOf(error));
  }
  channel.close();
}
