import { once } from "node:events";
import { Readable } from "node:stream";

import type { Socket } from "../handles/socket.js";
import { encode } from "../strings.js";
import { writeAll } from "./socket-io.js";

/**
 * Writes all of a program's input to a socket, and closes it: that is the input's end. Stops early
 * if the program takes no more, or at `ended`. A stream is left as it is then.
 */
export async function feed(
  socket: Socket,
  input: Readable | Uint8Array | string,
  ended: AbortSignal,
): Promise<void> {
  try {
    if (input instanceof Readable) {
      await feedStream(socket, input, ended);
    } else {
      await writeAll(socket, typeof input === "string" ? encode(input) : input, ended);
    }
  } catch (error) {
    if (!ended.aborted) {
      throw error;
    }
  } finally {
    socket.close();
  }
}

/** The same with this process's own input, which keeps Node alive meanwhile, and no longer. */
export async function feedOwnInput(socket: Socket, ended: AbortSignal): Promise<void> {
  // Files have no such thing.
  const stdin: Readable & { ref?(): void; unref?(): void } = process.stdin;
  stdin.ref?.();
  try {
    await feed(socket, stdin, ended);
  } finally {
    stdin.unref?.();
  }
}

/** @throws the stream's error, also if that comes while the program takes what was before */
async function feedStream(socket: Socket, stream: Readable, ended: AbortSignal): Promise<void> {
  const broken = new AbortController();
  const stop = () => broken.abort();
  stream.on("error", stop);
  try {
    await passOn(socket, stream, AbortSignal.any([ended, broken.signal]));
  } catch (error) {
    if (stream.errored === null) {
      throw error;
    }
  } finally {
    stream.pause();
    // An error that is not emitted yet is told of here, too.
    if (stream.errored === null) {
      stream.off("error", stop);
    }
  }
  if (stream.errored !== null) {
    throw stream.errored;
  }
}

async function passOn(socket: Socket, stream: Readable, over: AbortSignal): Promise<void> {
  // Not `for await`, which could not be left while it waits for a chunk.
  while (!stream.readableEnded && !stream.destroyed && !over.aborted) {
    const chunk = stream.read() as Uint8Array | string | null;
    if (chunk === null) {
      await nextChange(stream, over);
    } else {
      const bytes = typeof chunk === "string" ? encode(chunk) : chunk;
      if (!(await writeAll(socket, bytes, over))) {
        return;
      }
    }
  }
}

/** Resolves once there is something to read, or nothing any more. */
async function nextChange(stream: Readable, over: AbortSignal): Promise<void> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, over]);
  try {
    await Promise.race(["readable", "end", "close"].map((name) => once(stream, name, { signal })));
  } finally {
    done.abort();
  }
}
