import { once } from "node:events";
import type { Writable } from "node:stream";

import type { Socket } from "../handles/socket.js";
import type { OutputOption } from "./options.js";
import { readSome } from "./socket-io.js";

/** What becomes of the bytes that a program writes. */
export interface Sink {
  /** Resolves once more can be taken. */
  write(chunk: Uint8Array): void | Promise<void>;
  /** What was kept. */
  readonly kept: readonly Uint8Array[];
}

/** The sink for an option; `inherited` is this process's own stream. */
export function sinkFor(option: OutputOption, inherited: Writable): Sink {
  const kept: Uint8Array[] = [];
  switch (option) {
    case "buffer":
      return { kept, write: (chunk) => void kept.push(chunk) };
    case "ignore":
      return { kept, write: () => {} };
    case "inherit":
      return streamSink(inherited);
    default:
      return streamSink(option);
  }
}

function streamSink(stream: Writable): Sink {
  return {
    kept: [],
    async write(chunk) {
      if (!stream.write(chunk)) {
        // A stream that breaks rejects this with its error.
        await once(stream, "drain");
      }
    },
  };
}

/**
 * Passes on what comes out of a socket, until nothing more can come; after `ended`, until nothing
 * is there.
 */
export async function pump(socket: Socket, sink: Sink, ended: AbortSignal): Promise<void> {
  for (;;) {
    const chunk = await readSome(socket, ended);
    if (chunk === undefined) {
      return;
    }
    await sink.write(chunk);
  }
}
