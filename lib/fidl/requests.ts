import type { Channel } from "../handles/channel.js";
import { Signals } from "../zx/signals.js";

/** Messages of one channel that are taken in one turn of the event loop, however fast they come. */
export const MESSAGES_A_TURN = 64;

/**
 * Waits until a channel has a message, or never will have one again: whether it has. Node does not
 * stay alive for this: who serves waits for others, not for himself.
 */
export async function waitForRequest(channel: Channel): Promise<boolean> {
  const observed = await channel.waitFor(Signals.READABLE | Signals.PEER_CLOSED, {}, false);
  return (observed & Signals.READABLE) !== 0;
}
