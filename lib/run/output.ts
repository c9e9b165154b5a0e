import type { Writable } from "node:stream";

import type { Socket } from "../handles/socket.js";
import type { OutputOption } from "./options.js";
import { readSome } from "./socket-io.js";

/** What becomes of the bytes that a program writes. */
export interface Sink {
  /** Resolves once the bytes are taken; rejects once they cannot be. */
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
  return { kept: [], write: (chunk) => writeTo(stream, chunk) };
}

function writeTo(stream: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(stream.errored ?? error);
    // A stream that is destroyed meanwhile need not call back.
    const close = () => fail(new Error("The stream was closed before it took all output"));
    stream.once("error", fail).once("close", close);
    stream.write(chunk, (error) => {
      if (error) {
        fail(error);
      } else {
        stream.off("error", fail).off("close", close);
        resolve();
      }
    });
  });
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
