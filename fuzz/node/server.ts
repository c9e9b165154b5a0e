import { isDeepStrictEqual } from "node:util";
import { setImmediate } from "node:timers/promises";

import { type Channel, ZxError } from "../../index.js";
import { clients, kernel, messagesOf } from "./input.js";

/** Turns of the event loop after which what a server has left is a leak. */
const MAX_TURNS = 5000;
/** Turns that a server gets after each message. */
const TURNS = 4;

/**
 * Sends the messages of an input to a server, and over the channels that came with them, and takes
 * what it says. Throws if anything is left of them when all clients have gone.
 */
export async function talk(
  input: Uint8Array,
  begin: () => { client: Channel; end: () => void },
): Promise<void> {
  const before = kernel.stats();
  const { client, end } = begin();
  clients.push(client);
  for (const { place, bytes, handles: make } of messagesOf(input)) {
    // One that was there before: a channel that holds its own end is never gone, as on Zircon.
    const channel = clients[place % clients.length] as Channel;
    const handles = make();
    try {
      channel.write(bytes, handles);
    } catch (error) {
      // The server has closed it, or the message is more than a channel takes.
      expectKernel(error);
      handles.forEach((handle) => handle.close());
    }
    for (let turn = 0; turn < TURNS; turn++) await setImmediate();
    drain();
  }
  clients.splice(0).forEach((channel) => channel.close());
  end();
  for (let turn = 0; !isDeepStrictEqual(kernel.stats(), before); turn++) {
    if (turn === MAX_TURNS) {
      throw new Error(`left: ${JSON.stringify([before, kernel.stats()])}`);
    }
    await setImmediate();
  }
}

/** Takes what has come for the clients. */
function drain(): void {
  for (const client of clients) {
    try {
      for (;;) client.read().handles.forEach((handle) => handle.close());
    } catch (error) {
      expectKernel(error);
    }
  }
}

function expectKernel(error: unknown): void {
  if (!(error instanceof ZxError)) throw error;
}
