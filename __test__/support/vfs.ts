import type { ExecutionContext } from "ava";

import { type Channel, type Kernel, statusName, ZxStatus } from "../../index.js";
import { closeHandles } from "../../lib/fidl/handles.js";
import * as fidl from "../../lib/fidl/index.js";
import type { Methods, MethodsOf } from "../../lib/fidl/protocol.js";
import { OpenFlags, type VfsDirectory } from "../../lib/vfs/index.js";

/** A client of a directory's connection. */
export type DirectoryClient = fidl.Client<MethodsOf<typeof fidl.io.DirectoryAdmin>>;
/** A client of a file's connection. */
export type FileClient = fidl.Client<MethodsOf<typeof fidl.io.File>>;

/** A protocol's client, which is closed after the test. */
function clientOf<M extends Methods>(
  t: ExecutionContext,
  protocol: fidl.Protocol<M>,
  channel: Channel,
): fidl.Client<M> {
  const client = new fidl.Client(protocol, channel);
  t.teardown(() => client.close());
  return client;
}

/** Connects to a directory. */
export function connect(
  t: ExecutionContext,
  kernel: Kernel,
  directory: VfsDirectory,
  rights = directory.rights,
): DirectoryClient {
  return clientOf(t, fidl.io.DirectoryAdmin, directory.connect(kernel, { rights }));
}

/** What a kernel's directories are asked with. */
export class Opener {
  readonly #t: ExecutionContext;
  readonly #kernel: Kernel;

  constructor(t: ExecutionContext, kernel: Kernel) {
    this.#t = t;
    this.#kernel = kernel;
  }

  /** The client end of whatever is opened. */
  channel({ proxy }: DirectoryClient, path: string, flags: number, mode = 0): Channel {
    const [client, object] = this.#kernel.createChannel();
    proxy.open({ flags, mode, path, object });
    return client;
  }

  /** A file, opened without a word. */
  file(from: DirectoryClient, path: string, flags: number, mode = 0): FileClient {
    return clientOf(this.#t, fidl.io.File, this.channel(from, path, flags, mode));
  }

  /** A directory, likewise. */
  directory(from: DirectoryClient, path: string, flags: number, mode = 0): DirectoryClient {
    return clientOf(this.#t, fidl.io.DirectoryAdmin, this.channel(from, path, flags, mode));
  }

  /** The name of the status that OnOpen tells. After a failure the connection must be closed. */
  async status(from: DirectoryClient, path: string, flags: number, mode = 0): Promise<string> {
    return this.#outcome(this.file(from, path, flags | OpenFlags.DESCRIBE, mode));
  }

  /** The same for a clone. */
  async cloneStatus({ proxy }: DirectoryClient | FileClient, flags: number): Promise<string> {
    const [client, object] = this.#kernel.createChannel();
    proxy.clone({ flags: flags | OpenFlags.DESCRIBE, object });
    return this.#outcome(clientOf(this.#t, fidl.io.File, client));
  }

  /** A clone of a directory. */
  cloneDirectory({ proxy }: DirectoryClient, flags: number): DirectoryClient {
    const [client, object] = this.#kernel.createChannel();
    proxy.clone({ flags, object });
    return clientOf(this.#t, fidl.io.DirectoryAdmin, client);
  }

  /** A clone of a file. */
  cloneFile({ proxy }: FileClient, flags: number): FileClient {
    const [client, object] = this.#kernel.createChannel();
    proxy.clone({ flags, object });
    return clientOf(this.#t, fidl.io.File, client);
  }

  async #outcome(client: FileClient): Promise<string> {
    const { value } = await client.nextEvent();
    closeHandles(value);
    if (value.s !== ZxStatus.OK) {
      this.#t.is(value.info, undefined);
      await this.#t.throwsAsync(client.nextEvent(), { code: "ZX_ERR_PEER_CLOSED" });
    }
    client.close();
    return statusName(value.s);
  }
}

/** A handle's or connection's flags. */
export async function flagsOf({ proxy }: DirectoryClient | FileClient): Promise<number> {
  return (await proxy.nodeGetFlags()).flags;
}

/** Expects a connection to be closed without a word. */
export async function closesSilently(
  t: ExecutionContext,
  client: DirectoryClient | FileClient,
): Promise<void> {
  await t.throwsAsync(client.nextEvent(), { code: "ZX_ERR_PEER_CLOSED" });
}

/** What ReadDirents lists. */
export function parseDirents(bytes: Uint8Array): { name: string; type: number; id: bigint }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries = [];
  for (let at = 0; at < bytes.length; at += 10 + view.getUint8(at + 8)) {
    const length = view.getUint8(at + 8);
    const name = Buffer.from(bytes.subarray(at + 10, at + 10 + length)).toString();
    entries.push({ name, type: view.getUint8(at + 9), id: view.getBigUint64(at, true) });
  }
  return entries;
}

/** The names that a directory lists. */
export async function namesIn({ proxy }: DirectoryClient): Promise<string[]> {
  const { dirents } = await proxy.readDirents({ maxBytes: 8192n });
  return parseDirents(dirents).map(({ name }) => name);
}
