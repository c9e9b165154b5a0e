import { Readable, Writable } from "node:stream";

import type { Socket } from "../handles/socket.js";
import { readSome, writeAll } from "../run/socket-io.js";

/** What comes out of a socket, as a stream of Node's. Destroying it closes the socket. */
export class SocketReadable extends Readable {
  readonly #socket: Socket;
  readonly #destroyed = new AbortController();

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  override _read(): void {
    readSome(this.#socket, this.#destroyed.signal).then(
      (chunk) => this.push(chunk ?? null),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#destroyed.abort();
    this.#socket.close();
    callback(error);
  }
}

/** What goes into a socket, as a stream of Node's. Ending or destroying it closes the socket. */
export class SocketWritable extends Writable {
  readonly #socket: Socket;
  readonly #destroyed = new AbortController();

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  override _write(
    chunk: Uint8Array,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    void this.#send(chunk, callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#destroyed.abort();
    this.#socket.close();
    callback(error);
  }

  async #send(chunk: Uint8Array, callback: (error?: Error | null) => void): Promise<void> {
    try {
      const taken = await writeAll(this.#socket, chunk, this.#destroyed.signal);
      callback(taken ? null : brokenPipe());
    } catch (error) {
      callback(error as Error);
    }
  }
}

/** What writing to one who is gone gives, as Node says it. */
function brokenPipe(): Error {
  return Object.assign(new Error("write EPIPE"), { code: "EPIPE", syscall: "write" });
}
