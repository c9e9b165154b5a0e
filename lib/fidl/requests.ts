import type { Channel } from "../handles/channel.js";
import { checkStatus } from "../errors.js";
import { WAIT_PENDING } from "../event-loop.js";
import { Signals } from "../signals.js";
import { TIME_INFINITE } from "../wait-options.js";

/** Messages of one channel that are taken in one turn of the event loop, however fast they come. */
export const MESSAGES_A_TURN = 64;

/**
 * Waits until a channel has a message, or never will have one again: whether it has. Node does not
 * stay alive for this: who serves waits for others, not for himself.
 */
export async function waitForRequest(channel: Channel): Promise<boolean> {
  const { native, id, loop } = channel.context;
  const operation = "zx_object_wait_one";
  const signals = Signals.READABLE | Signals.PEER_CLOSED;
  const observed = await loop.wait({
    operation,
    signal: undefined,
    keepAlive: false,
    start: (token) => {
      const observed = native.objectWaitOne(id, channel.value, signals, TIME_INFINITE, token);
      return checkStatus(operation, observed) === WAIT_PENDING ? undefined : observed;
    },
    completed: ({ observed }) => observed,
  });
  return (observed & Signals.READABLE) !== 0;
}
