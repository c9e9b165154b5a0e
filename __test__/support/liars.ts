// Servers whose replies are good, or spoiled.

import {
  type Channel,
  type ChannelMessage,
  type Kernel,
  type NamespaceEntry,
  Signals,
  ZxError,
  ZxStatus,
} from "../../index.js";
import { closeHandles } from "../../lib/fidl/handles.js";
import * as fidl from "../../lib/fidl/index.js";
import { decodeBody, decodeHeader, encodeBody, type Header } from "../../lib/fidl/message.js";
import type { Parameters } from "../../lib/fidl/protocol.js";
import type { Fields, FieldValues } from "../../lib/fidl/structs.js";
import { OpenFlags } from "../../lib/vfs/index.js";

/** Changes the bytes of a message. */
export type Spoil = (bytes: Uint8Array) => Uint8Array;

/** Leaves a message as it is. */
export const honest: Spoil = (bytes) => bytes;

/** All that can be wrong with a message of this size: any word is another, or it is too short or long. */
export function lies(size: number): Spoil[] {
  const all: Spoil[] = [(bytes) => Uint8Array.from([...bytes, ...bytes])];
  for (let at = 0; at < size; at += 4) {
    all.push((bytes) => bytes.subarray(0, at));
    for (const word of [0, 1, 0xffff_ffff]) {
      all.push((bytes) => {
        new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, word, true);
        return bytes;
      });
    }
  }
  return all;
}

/** Writes a message, which is spoiled first. */
export function write<F extends Fields>(
  channel: Channel,
  header: Header,
  parameters: Parameters<F>,
  value: FieldValues<F>,
  spoil = honest,
): void {
  const { bytes, handles } = encodeBody(header, parameters, value);
  channel.write(spoil(Uint8Array.from(bytes)), handles);
}

/** Answers messages, until the client goes or `answer` says that nothing more comes. */
export async function serve(
  channel: Channel,
  answer: (header: Header, message: ChannelMessage) => "more" | "over",
): Promise<void> {
  try {
    let next: "more" | "over";
    do {
      await channel.waitOne(Signals.READABLE | Signals.PEER_CLOSED);
      const message = channel.read();
      next = answer(decodeHeader(message.bytes), message);
    } while (next === "more");
  } catch (error) {
    if (!(error instanceof ZxError)) throw error;
  } finally {
    channel.close();
  }
}

/** A directory at a path of a namespace: whatever is opened in it is served by `open`. */
export function directoryAt(
  kernel: Kernel,
  path: string,
  open: (node: Channel) => void,
): NamespaceEntry {
  const { ordinal, request } = fidl.io.Directory.methods.Open;
  const serveDirectory = (directory: Channel): void =>
    void serve(directory, (header, message) => {
      if (header.ordinal !== ordinal) {
        closeHandles(message.handles);
        return "more";
      }
      const { flags, path, object } = decodeBody(message, header.format, request);
      const isSelf = path === "." && (flags & OpenFlags.DESCRIBE) === 0;
      (isSelf ? serveDirectory : open)(object);
      return "more";
    });
  const [directory, server] = kernel.createChannel();
  serveDirectory(server);
  return { path, directory };
}

/** Says that a node is open, and what it is. */
export function sendOnOpen(
  node: Channel,
  kind: "file" | "directory",
  format: fidl.WireFormat = 2,
  spoil = honest,
): void {
  const { ordinal, response } = fidl.io.Node.methods.OnOpen;
  const event = { s: ZxStatus.OK, info: { kind, value: {} } } as const;
  write(node, { txid: 0, ordinal, format }, response, event, spoil);
}
