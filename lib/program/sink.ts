import type { Writable } from "node:stream";
import { setImmediate } from "node:timers";

import { invalidType } from "../base/validate.js";
import {
  Borrowed,
  type Broken,
  checkUnlocked,
  guard,
  isDestroyed,
  isWritable,
  isWritableStream,
  type Listeners,
  listen,
  prematureClose,
} from "./streams.js";

/** What output can go to: a stream of Node's or of the web's. */
export type OutputStream = Writable | NodeJS.WritableStream | WritableStream;

/** What becomes of the bytes that a program writes. */
export interface Sink {
  /** Resolves once the bytes are taken. It need not settle once the sink has broken. */
  write(chunk: Uint8Array): void | Promise<void>;
  /** Nothing more comes: what it was made of is left as it is. */
  release(): void;
}

/**
 * Checks such a stream.
 *
 * @param expected what it could be, for the error
 */
export function checkOutputStream(name: string, expected: string, value: unknown): OutputStream {
  const output = typeof value === "object" && value !== null ? value : {};
  if (isWritableStream(output)) {
    return checkUnlocked(name, output);
  }
  if (!isWritable(output)) {
    throw invalidType(name, expected, value);
  }
  return output;
}

/** The sink for nothing. */
export const NOWHERE: Sink = { write: () => {}, release: () => {} };

/**
 * The sink for a stream.
 *
 * @param broken is told, once, if it breaks, whether or not anything is written
 */
export function sinkOf(stream: OutputStream, broken: Broken): Sink {
  return isWritable(stream) ? new NodeSink(stream, broken) : new WebSink(stream, broken);
}

/** Sinks for as many outputs that go to one stream, which can be taken only once. */
export function share(sink: Sink, users: number): Sink[] {
  let left = users;
  return Array.from({ length: users }, () => {
    let isReleased = false;
    return {
      write: (chunk) => sink.write(chunk),
      release: () => {
        left -= Number(!isReleased);
        isReleased = true;
        if (left === 0) {
          sink.release();
        }
      },
    };
  });
}

/** Keeps bytes, as many as are allowed. */
export class Keeper implements Sink {
  readonly #max: number;
  readonly #exceeded: () => void;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #isCut = false;

  /** @param exceeded is told if there are more bytes than `max` */
  constructor(max: number, exceeded: () => void) {
    this.#max = max;
    this.#exceeded = exceeded;
  }

  write(chunk: Uint8Array): void {
    const room = this.#max - this.#size;
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    if (kept.length > 0) {
      this.#chunks.push(kept);
      this.#size += kept.length;
    }
    if (kept.length < chunk.length && !this.#isCut) {
      this.#isCut = true;
      this.#exceeded();
    }
  }

  release(): void {}

  /** Whether not all of it was kept. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** What was kept. */
  bytes(): Uint8Array {
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}

/** Old streams have less than new ones; they may lack all that is optional here. */
interface NodeWritable {
  readonly _writableState?: object;
  readonly writableLength?: number;
  readonly destroyed?: boolean;
  readonly errored?: unknown;
  write(chunk: Uint8Array, callback: (error?: unknown) => void): boolean;
}

/** A stream of Node's: of any age, also one of which another package is the maker. */
class NodeSink extends Borrowed implements Sink {
  readonly #stream: NodeWritable;
  readonly #listeners: Listeners;
  /** Who waits for there to be room. */
  readonly #waiting: (() => void)[] = [];

  constructor(stream: NodeJS.WritableStream, broken: Broken) {
    super(broken);
    const { destroyed, errored } = (this.#stream = stream as unknown as NodeWritable);
    guard(stream);
    this.#listeners = listen(stream, {
      error: (error) => this.#failed(error),
      close: () => this.break(this.#stream.errored ?? prematureClose()),
      drain: () => this.#waiting.splice(0).forEach((resolve) => resolve()),
    });
    if ((errored ?? null) !== null) {
      this.break(errored);
    } else if (destroyed === true) {
      this.break(prematureClose());
    }
  }

  write(chunk: Uint8Array): Promise<void> {
    // In object mode, streams get what they are given.
    const { buffer, byteOffset, byteLength } = chunk;
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    return new Promise((resolve) => {
      try {
        const hasRoom = this.#stream.write(bytes, (error) => {
          if ((error ?? null) === null) {
            resolve();
          } else {
            this.#failed(this.#stream.errored ?? error);
          }
        });
        if (!callsBack(this.#stream)) {
          if (hasRoom) {
            resolve();
          } else {
            this.#waiting.push(resolve);
          }
        }
      } catch (error) {
        this.break(error);
      }
    });
  }

  release(): void {
    this.end();
    this.#listeners.remove();
  }

  /** It has broken, or not taken something. Of one that was destroyed before, its own events say more. */
  #failed(error: unknown): void {
    if (isDestroyed(error)) {
      // They come by the end of this turn of the event loop, which is behind its immediates.
      setImmediate(() => setImmediate(() => this.break(error)));
    } else {
      this.break(error);
    }
  }
}

/** Whether a stream tells when it has taken what is written; the first ones did not. */
function callsBack({ _writableState, writableLength }: NodeWritable): boolean {
  return _writableState !== undefined || writableLength !== undefined;
}

/** A stream of the web's. */
class WebSink extends Borrowed implements Sink {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  /** @throws TypeError for a stream that is locked */
  constructor(stream: WritableStream, broken: Broken) {
    super(broken);
    this.#writer = stream.getWriter();
    this.#writer.closed.then(
      () => this.break(prematureClose()),
      (error: unknown) => this.break(error),
    );
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      await this.#writer.write(chunk);
    } catch (error) {
      this.break(error);
    }
  }

  release(): void {
    this.end();
    this.#writer.releaseLock();
  }
}
