import type { Readable } from "node:stream";

import { encode } from "../base/strings.js";
import { checkBytes, invalidType, isBytes } from "../base/validate.js";
import {
  Borrowed,
  type Broken,
  checkUnlocked,
  guard,
  isReadable,
  isReadableStream,
  type Listeners,
  listen,
  prematureClose,
} from "./streams.js";

/** What can be input: a stream of Node's or of the web's, or a list, of text and bytes. */
export type InputStream =
  | Readable
  | NodeJS.ReadableStream
  | ReadableStream
  | AsyncIterable<string | Uint8Array>
  | Iterable<string | Uint8Array>;

/** Where input comes from. What comes is kept from the moment on at which this is made. */
export interface Source {
  /** The next bytes; `undefined` at the end. It need not settle once the source has broken. */
  read(): Promise<Uint8Array | undefined>;
  /** Nothing more is wanted: what it was made of is left as it is. */
  release(): void;
}

/**
 * Checks such input. A string is none, as it is a list of letters, and bytes are none, as they are
 * one of numbers.
 *
 * @param expected what it could be, for the error
 */
export function checkInputStream(name: string, expected: string, value: unknown): InputStream {
  const input = typeof value === "object" && value !== null && !isBytes(value) ? value : {};
  if (isReadableStream(input)) {
    return checkUnlocked(name, input);
  }
  if (!isReadable(input) && !(Symbol.asyncIterator in input || Symbol.iterator in input)) {
    throw invalidType(name, expected, value);
  }
  return input as InputStream;
}

/**
 * The source for such input.
 *
 * @param name what the caller calls it
 * @param broken is told, once, if it breaks, whether or not anybody reads
 */
export function sourceOf(name: string, input: InputStream, broken: Broken): Source {
  const decode = (chunk: unknown) => toBytes(name, chunk);
  if (isReadable(input)) {
    return new NodeSource(input, decode, broken);
  }
  return isReadableStream(input)
    ? new WebSource(input, decode, broken)
    : new ListSource(input, decode, broken);
}

/** The source for this process's own input, which keeps Node alive meanwhile, and no longer. */
export function ownSource(name: string, broken: Broken): Source {
  // Files have no such thing.
  const stdin: Readable & { ref?(): void; unref?(): void } = process.stdin;
  const source = sourceOf(name, stdin, broken);
  return {
    read: () => {
      stdin.ref?.();
      return source.read();
    },
    release: () => {
      source.release();
      stdin.unref?.();
    },
  };
}

/** The source for what is at hand. */
export function sourceOfBytes(input: Uint8Array): Source {
  let rest: Uint8Array | undefined = input;
  return {
    read: async () => {
      const bytes = rest;
      rest = undefined;
      return bytes;
    },
    release: () => {},
  };
}

function toBytes(name: string, chunk: unknown): Uint8Array {
  if (typeof chunk === "string") {
    return encode(chunk);
  }
  if (!isBytes(chunk)) {
    throw invalidType(`${name}: chunk`, "a string or bytes", chunk);
  }
  return checkBytes(name, chunk);
}

type Decode = (chunk: unknown) => Uint8Array;

/** Old streams have less than new ones; they may lack all that is optional here. */
interface NodeReadable {
  readonly _readableState?: { readonly endEmitted?: boolean };
  readonly readable?: boolean;
  readonly readableFlowing?: boolean | null;
  readonly destroyed?: boolean;
  readonly errored?: unknown;
  pause?(): unknown;
  resume?(): unknown;
}

/** A stream of Node's: of any age, also one of which another package is the maker. */
class NodeSource extends Borrowed implements Source {
  readonly #stream: NodeReadable;
  readonly #decode: Decode;
  readonly #listeners: Listeners;
  readonly #wasFlowing: boolean;
  readonly #chunks: Uint8Array[] = [];
  #reader: ((bytes: Uint8Array | undefined) => void) | undefined;

  constructor(stream: NodeJS.ReadableStream, decode: Decode, broken: Broken) {
    super(broken);
    const { _readableState, errored, destroyed, readable, readableFlowing } = (this.#stream =
      stream as NodeReadable);
    this.#decode = decode;
    this.#wasFlowing = readableFlowing === true;
    guard(stream);
    // First of all: whoever listens to data makes it flow.
    this.#stream.pause?.();
    this.#listeners = listen(stream, {
      data: (chunk: unknown) => this.#take(chunk),
      end: () => this.#finish(),
      error: (error: unknown) => this.break(error),
      close: () => this.break(this.#stream.errored ?? prematureClose()),
    });
    if (_readableState?.endEmitted === true) {
      this.#finish();
    } else if ((errored ?? null) !== null) {
      this.break(errored);
    } else if (destroyed === true) {
      this.break(prematureClose());
    } else if (readable === false) {
      this.#finish();
    }
  }

  read(): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => {
      if (this.#chunks.length > 0 || this.isOver) {
        resolve(this.#chunks.shift());
      } else {
        this.#reader = resolve;
        this.#stream.resume?.();
      }
    });
  }

  release(): void {
    this.end();
    this.#listeners.remove();
    if (this.#wasFlowing) {
      this.#stream.resume?.();
    } else {
      this.#stream.pause?.();
    }
  }

  #take(chunk: unknown): void {
    let bytes;
    try {
      bytes = this.#decode(chunk);
    } catch (error) {
      this.break(error);
      return;
    }
    // Nothing is to come before it is asked for; what does all the same is kept.
    this.#stream.pause?.();
    this.#chunks.push(bytes);
    this.#answer();
  }

  #finish(): void {
    this.end();
    this.#answer();
  }

  #answer(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(this.#chunks.shift());
  }
}

/** A stream of the web's. */
class WebSource extends Borrowed implements Source {
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  readonly #decode: Decode;

  /** @throws TypeError for a stream that is locked */
  constructor(stream: ReadableStream, decode: Decode, broken: Broken) {
    super(broken);
    this.#reader = stream.getReader();
    this.#decode = decode;
    this.#reader.closed.catch((error: unknown) => this.break(error));
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#reader.read();
      return done ? undefined : this.#decode(value);
    } catch (error) {
      this.break(error);
      return undefined;
    }
  }

  release(): void {
    this.end();
    this.#reader.releaseLock();
  }
}

/** A list, whose making begins when it is first read. */
class ListSource extends Borrowed implements Source {
  readonly #list: AsyncIterable<unknown> | Iterable<unknown>;
  readonly #decode: Decode;
  #iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined;

  constructor(list: AsyncIterable<unknown> | Iterable<unknown>, decode: Decode, broken: Broken) {
    super(broken);
    this.#list = list;
    this.#decode = decode;
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      this.#iterator ??= begin(this.#list);
      const { done, value } = await this.#iterator.next();
      if (done === true) {
        this.#iterator = undefined;
        return undefined;
      }
      return this.#decode(await value);
    } catch (error) {
      this.break(error);
      return undefined;
    }
  }

  /** Whoever makes the list is told, but not waited for. */
  release(): void {
    this.end();
    const iterator = this.#iterator;
    this.#iterator = undefined;
    void (async () => iterator?.return?.())().catch(() => {});
  }
}

function begin(
  list: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in list ? list[Symbol.asyncIterator]() : list[Symbol.iterator]();
}
