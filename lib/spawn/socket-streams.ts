import { Readable, Writable } from "node:stream";

import { Abort } from "../base/abort.js";
import type { Socket } from "../handles/socket.js";
import { readSome, writeAll } from "../program/socket-io.js";

/**
 * What comes out of a socket, as a stream of Node's. It is read only as far as somebody reads this:
 * beyond that the writer waits. Destroying it closes the socket.
 */
export class SocketReadable extends Readable {
  readonly #socket: Socket;
  readonly #destroyed = new Abort();

  constructor(socket: Socket) {
    super({ emitClose: false });
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
    emitClose(this);
  }

  /** Ends it: nothing more comes. */
  finish(): void {
    this.#socket.close();
  }
}

/** What goes into a socket, as a stream of Node's. Ending or destroying it closes the socket. */
export class SocketWritable extends Writable {
  readonly #socket: Socket;
  readonly #destroyed = new Abort();

  constructor(socket: Socket) {
    super({ emitClose: false });
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
    emitClose(this);
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

/**
 * Emits `close` as Node's own sockets do, by itself: that comes also where nobody listens to an
 * error, and whoever catches that elsewhere goes on.
 */
function emitClose(stream: Readable | Writable): void {
  setImmediate(() => stream.emit("close"));
}

/** What writing to one who is gone gives, as Node says it. */
function brokenPipe(): Error {
  return Object.assign(new Error("write EPIPE"), { code: "EPIPE", syscall: "write" });
}
