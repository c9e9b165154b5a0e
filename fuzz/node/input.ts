import { type Channel, type Handle, Kernel } from "../../index.js";

/** The header of a message in an input: its length, where it goes, and what comes with it. */
const HEADER = 4;

/** A kernel that all inputs of a target share, so that one shows what another has left. */
export const kernel = new Kernel({ machine: "null" });
// Made when it is first asked for, and then kept.
export const job = kernel.rootJob;

/** A message of an input. */
export interface Piece {
  /** Which of those channels that there are it goes to. */
  readonly place: number;
  readonly bytes: Uint8Array;
  /** New ones, which are the caller's. */
  handles(): Handle[];
}

/** The messages of an input, one after the other. */
export function* messagesOf(input: Uint8Array): Generator<Piece> {
  for (let at = 0; at + HEADER <= input.length;) {
    const [low = 0, high = 0, place = 0, kinds = 0] = input.subarray(at, at + HEADER);
    const start = at + HEADER;
    at = start + low + 256 * high;
    yield { place, bytes: input.slice(start, at), handles: () => handlesOf(kinds) };
  }
}

/** An input of messages, each with its place and the kinds of its handles. */
export function inputOf(
  messages: readonly { bytes: Uint8Array; place?: number; kinds?: number }[],
): Uint8Array {
  return Buffer.concat(
    messages.flatMap(({ bytes, place = 0, kinds = 0 }) => [
      Uint8Array.of(bytes.length & 0xff, bytes.length >> 8, place, kinds),
      bytes,
    ]),
  );
}

/** Kinds of handles, as {@link messagesOf} reads them: two bits for how many, then for each. */
export function kindsOf(...kinds: readonly number[]): number {
  return kinds.reduce((sum, kind, index) => sum | (kind << (2 + 2 * index)), kinds.length);
}

/** What 0 to 3 mean. */
export const CHANNEL = 0;
export const VMO = 1;

/** The other ends of the channels that were in messages. */
export const clients: Channel[] = [];

function handlesOf(kinds: number): Handle[] {
  const length = kinds & 3;
  return Array.from({ length }, (_, index) => makeHandle((kinds >> (2 + 2 * index)) & 3));
}

function makeHandle(kind: number): Handle {
  switch (kind) {
    case CHANNEL: {
      const [client, server] = kernel.createChannel();
      clients.push(client);
      return server;
    }
    case VMO:
      return kernel.createVmo(4096n);
    case 2:
      return kernel.createEvent();
    default: {
      const [socket, peer] = kernel.createSocket();
      peer.close();
      return socket;
    }
  }
}
