import type { EventEmitter } from "node:events";

import { invalidValue } from "../base/validate.js";

/** Is told that a stream has broken. */
export type Broken = (error: unknown) => void;

/** What is made of somebody's stream, for a while: in that time it may break, once. */
export abstract class Borrowed {
  readonly #broken: Broken;
  #isOver = false;

  constructor(broken: Broken) {
    this.#broken = broken;
  }

  /** Whether it has ended, has broken or was given back. */
  protected get isOver(): boolean {
    return this.#isOver;
  }

  /** It has ended, or is given back: what breaks now is nobody's here. */
  protected end(): void {
    this.#isOver = true;
  }

  protected break(error: unknown): void {
    if (!this.#isOver) {
      this.#isOver = true;
      // Whether it is used or not when it goes makes no difference.
      this.#broken(isDestroyed(error) ? prematureClose() : error);
    }
  }
}

/** Whether an error says that a stream was destroyed before it was used, and not why. */
export function isDestroyed(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === "ERR_STREAM_DESTROYED";
}

/** What streams of Node's have that matters for what they are. Old ones have no state. */
interface NodeStream {
  readonly _readableState?: { readonly readable?: boolean; readonly endEmitted?: boolean };
  readonly _writableState?: { readonly writable?: boolean };
  on?: unknown;
  pipe?: unknown;
  write?: unknown;
}

/** Whether something is a stream of Node's that can be read, by what Node asks of one. */
export function isReadable(value: object): value is NodeJS.ReadableStream {
  const { pipe, on, _readableState, _writableState } = value as NodeStream;
  // Streams that can only be written have a pipe function, too.
  const canRead = _writableState === undefined || _readableState !== undefined;
  const reads = _writableState === undefined || _readableState?.readable !== false;
  return typeof pipe === "function" && typeof on === "function" && canRead && reads;
}

/** Whether something is a stream of Node's that can be written, by what Node asks of one. */
export function isWritable(value: object): value is NodeJS.WritableStream {
  const { write, on, _readableState, _writableState } = value as NodeStream;
  const writes = _readableState === undefined || _writableState?.writable !== false;
  return typeof write === "function" && typeof on === "function" && writes;
}

/** Whether something is a stream of the web's that can be read. */
export function isReadableStream(value: object): value is ReadableStream {
  const { getReader, cancel } = value as Partial<ReadableStream>;
  return typeof getReader === "function" && typeof cancel === "function";
}

/** Whether something is a stream of the web's that can be written. */
export function isWritableStream(value: object): value is WritableStream {
  const { getWriter, abort } = value as Partial<WritableStream>;
  return typeof getWriter === "function" && typeof abort === "function";
}

/** Checks that nobody else uses a stream of the web's. */
export function checkUnlocked<S extends { readonly locked: boolean }>(name: string, stream: S): S {
  if (stream.locked) {
    throw invalidValue(name, "must not be locked", stream);
  }
  return stream;
}

/** The error for a stream that is gone before its end, as Node's own. */
export function prematureClose(): Error {
  return Object.assign(new Error("Premature close"), { code: "ERR_STREAM_PREMATURE_CLOSE" });
}

/** Listeners that can be taken off together. */
export interface Listeners {
  remove(): void;
}

/** Adds listeners by their events. */
export function listen(
  stream: NodeJS.ReadableStream | NodeJS.WritableStream,
  listeners: Readonly<Record<string, (value: unknown) => void>>,
): Listeners {
  const all = Object.entries(listeners);
  const emitter = stream as Pick<EventEmitter, "on" | "removeListener">;
  all.forEach(([event, listener]) => emitter.on(event, listener));
  return {
    remove: () => all.forEach(([event, listener]) => emitter.removeListener(event, listener)),
  };
}

const guarded = new WeakSet<object>();
const ignore = () => {};

/**
 * Keeps a stream from ending Node with an error that nobody listens to, for good: as a pipeline
 * does, which whoever gives a stream away leaves that to. Not the standard streams, which are
 * everybody's.
 */
export function guard(stream: NodeJS.ReadableStream | NodeJS.WritableStream): void {
  const { fd } = stream as { fd?: unknown };
  if (!guarded.has(stream) && fd !== 0 && fd !== 1 && fd !== 2) {
    guarded.add(stream);
    stream.on("error", ignore);
  }
}
