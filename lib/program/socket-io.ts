import { ZxError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { Socket } from "../handles/socket.js";
import { Signals } from "../zx/signals.js";
import { readNext } from "./read-next.js";

const READABLE = Signals.READABLE | Signals.PEER_CLOSED | Signals.SOCKET_PEER_WRITE_DISABLED;
const WRITABLE = Signals.WRITABLE | Signals.PEER_CLOSED | Signals.SOCKET_WRITE_DISABLED;

/**
 * The next bytes from a socket; `undefined` if none can come any more, or, after `ended`, if none
 * are there.
 */
export function readSome(socket: Socket, ended: AbortSignal): Promise<Uint8Array | undefined> {
  return readNext(socket, READABLE, ended);
}

/**
 * Writes all of some bytes, and tells whether the other end took all of them.
 *
 * @throws an AbortError when `ended` aborts
 */
export async function writeAll(
  socket: Socket,
  bytes: Uint8Array,
  ended: AbortSignal,
): Promise<boolean> {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(socket.write(rest));
      continue;
    } catch (error) {
      if (!hasToWait(error)) {
        return false;
      }
    }
    await socket.waitOne(WRITABLE, { signal: ended });
  }
  return true;
}

/** Whether something may come of waiting. Throws what is no status. */
function hasToWait(error: unknown): boolean {
  if (!(error instanceof ZxError)) {
    throw error;
  }
  return error.status === ZxStatus.SHOULD_WAIT;
}
