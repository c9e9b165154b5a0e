import { Channel } from "../handles/channel.js";
import { Handle } from "../handles/handle.js";
import { checkGiven } from "../handles/take.js";
import { Rights } from "../zx/rights.js";
import type { Decoder } from "./decoder.js";
import type { Encoder } from "./encoder.js";
import { NullableType } from "./type.js";
import { PRESENT } from "./wire.js";

type HandleClass<T extends Handle> = abstract new (...args: never[]) => T;

class HandleType<T extends Handle> extends NullableType<T> {
  readonly #class: HandleClass<T>;
  readonly #rights: number;

  constructor(
    base: string,
    constraints: readonly string[],
    Class: HandleClass<T>,
    rights: number = Rights.SAME_RIGHTS,
  ) {
    super(base, constraints);
    this.#class = Class;
    this.#rights = rights;
  }

  override inlineSize(): number {
    return 4;
  }

  override alignment(): number {
    return 4;
  }

  override encode(encoder: Encoder, at: number, value: T): void {
    encoder.push(checkGiven(encoder.path, value, this.#class));
    encoder.view.setUint32(at, PRESENT, true);
  }

  override decode(decoder: Decoder, at: number): T {
    if (!decoder.hasHandle(at)) {
      throw decoder.fail("Absent", "is absent", at);
    }
    return decoder.takeHandle(at, (handle) => this.#accept(decoder, at, handle)) as T;
  }

  #accept(decoder: Decoder, at: number, handle: Handle): Handle {
    if (!(handle instanceof this.#class)) {
      throw decoder.fail("HandleType", `is no ${this.#class.name}`, at);
    }
    if (this.#rights === Rights.SAME_RIGHTS) {
      return handle;
    }
    const { rights } = handle;
    if ((this.#rights & ~rights) !== 0) {
      throw decoder.fail("HandleRights", "has too few rights", at);
    }
    return rights === this.#rights ? handle : handle.replace(this.#rights);
  }
}

/**
 * A handle to an object of this class: `handle(Vmo)`; `handle(Handle)` for any.
 *
 * @param rights what a received handle must have, and is cut down to; by default whatever it has
 */
export function handle<T extends Handle>(
  Class: abstract new (...args: never[]) => T,
  rights?: number,
): NullableType<T> {
  const any = (Class as unknown) === Handle;
  return new HandleType("zx.Handle", any ? [] : [Class.name.toUpperCase()], Class, rights);
}

/** The client end of a channel that speaks a protocol: `clientEnd("fuchsia.io/Directory")`. */
export function clientEnd(protocol: string): NullableType<Channel> {
  return new HandleType("client_end", [protocol], Channel);
}

/** The server end of a channel that speaks a protocol. */
export function serverEnd(protocol: string): NullableType<Channel> {
  return new HandleType("server_end", [protocol], Channel);
}

/** Does what consumes the handles in a value: those that it does not take are closed. */
export function consuming<T>(given: unknown, body: () => T): T {
  try {
    return body();
  } finally {
    closeHandles(given);
  }
}

/**
 * Closes every handle in a value of any FIDL type, in objects and arrays, not in other instances;
 * those stay open that cannot be given away.
 */
export function closeHandles(value: unknown): void {
  if (value instanceof Handle) {
    if (value.kept === undefined) {
      value.close();
    }
  } else if (Array.isArray(value)) {
    value.forEach(closeHandles);
  } else if (isPlain(value)) {
    Object.values(value).forEach(closeHandles);
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  // Of whatever realm.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
