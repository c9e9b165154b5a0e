import { type Channel, ZxError, ZxStatus } from "../../index.js";

/** Whether the other end of a channel is closed, and nothing is left to be read. */
export function isGone(channel: Channel): boolean {
  try {
    channel.read();
    return false;
  } catch (error) {
    return error instanceof ZxError && error.status === ZxStatus.PEER_CLOSED;
  }
}
