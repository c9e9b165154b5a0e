import { statusOf } from "../../base/errors.js";
import { ZxStatus } from "../../base/status.js";
import type { WireFormat } from "../../fidl/wire.js";
import type { Channel } from "../../handles/channel.js";
import { send } from "../session.js";
import { onOpen } from "./info.js";

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

/** Refuses a connection: closes its server end, after OnOpen if that was asked for. */
export function refuse(channel: Channel, error: unknown, describe: WireFormat | undefined): void {
  if (describe !== undefined) {
    send(channel, onOpen(describe, statusOf(error)));
  }
  channel.close();
}
