import type { WireReader } from "../base/wire.js";
import { type PortPacket, readPacket } from "../zx/port-packet.js";

/** A handle that has come with a message, not yet an object. */
export interface ReceivedHandle {
  readonly value: number;
  readonly type: number;
  readonly rights: number;
}

/** The reply to a call. */
export interface Reply {
  readonly bytes: Uint8Array;
  readonly handles: readonly ReceivedHandle[];
}

/** The end of a wait, with what it has brought: of what follows the signals, what its call is about. */
export interface Completion {
  /** Which wait. */
  readonly token: number;
  readonly status: number;
  /** The signals at that moment. */
  readonly observed: number;
  /** The signals of each item. */
  readonly pending?: readonly number[];
  readonly packet?: PortPacket;
  readonly reply?: Reply;
  readonly timestamp?: bigint;
}

/** Reads what the binding packs. */
export function unpackCompletions(reader: WireReader): Completion[] {
  const completions: Completion[] = [];
  while (!reader.done) {
    const token = reader.f64();
    const status = reader.i32();
    const observed = reader.u32();
    const result = readResult(reader);
    completions.push(result ? { token, status, observed, ...result } : { token, status, observed });
  }
  return completions;
}

function readResult(
  reader: WireReader,
): Omit<Completion, "token" | "status" | "observed"> | undefined {
  switch (reader.u8()) {
    case 1:
      return { pending: readList(reader, () => reader.u32()) };
    case 2:
      return { packet: readPacket(reader) };
    case 3: {
      const bytes = reader.bytes();
      return { reply: { bytes, handles: readList(reader, () => readHandle(reader)) } };
    }
    case 4:
      return { timestamp: reader.i64() };
    default:
      return undefined;
  }
}

function readHandle(reader: WireReader): ReceivedHandle {
  return { value: reader.u32(), type: reader.u32(), rights: reader.u32() };
}

function readList<T>(reader: WireReader, read: () => T): T[] {
  return Array.from({ length: reader.u32() }, read);
}
