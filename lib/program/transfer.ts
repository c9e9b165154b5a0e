import { setImmediate } from "node:timers/promises";

import type { Socket } from "../handles/socket.js";
import { firstOf } from "./interrupter.js";
import type { Sink } from "./sink.js";
import { readSome, writeAll } from "./socket-io.js";
import type { Source } from "./source.js";

/** Chunks that are passed on before everything else gets its turn: a list may have no end of them. */
const CHUNKS_A_TURN = 64;

/**
 * Writes all of a program's input to a socket, and closes it: that is the input's end. Stops early
 * if the program takes no more, or at `over`.
 */
export async function feed(socket: Socket, source: Source, over: AbortSignal): Promise<void> {
  try {
    for (let chunks = 1; ; chunks += 1) {
      const bytes = await firstOf(source.read(), over);
      if (bytes === undefined || !(await writeAll(socket, bytes, over))) {
        return;
      }
      if (chunks % CHUNKS_A_TURN === 0) {
        await setImmediate();
      }
    }
  } catch (error) {
    if (!over.aborted) {
      throw error;
    }
  } finally {
    source.release();
    socket.close();
  }
}

/**
 * Passes on what comes out of a socket, until nothing more can come; after `ended`, until nothing
 * is there. From `hurried` on, whoever takes it is not waited for.
 */
export async function pump(
  socket: Socket,
  sink: Sink,
  ended: AbortSignal,
  hurried: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      const chunk = await readSome(socket, ended);
      if (chunk === undefined) {
        return;
      }
      const taken = sink.write(chunk);
      if (taken !== undefined) {
        await firstOf(taken, hurried);
      }
    }
  } finally {
    sink.release();
  }
}
