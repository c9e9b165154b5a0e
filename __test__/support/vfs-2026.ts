import type { ExecutionContext } from "ava";

import { type Channel, type Kernel, ZirconiaError } from "../../index.js";
import { closeHandles } from "../../lib/fidl/handles.js";
import * as fidl from "../../lib/fidl/index.js";
import type { Methods, MethodsOf } from "../../lib/fidl/protocol.js";
import {
  HostDirectory,
  MemoryDirectory,
  NodeRights,
  type VfsDirectory,
} from "../../lib/vfs/index.js";
import { directoryWith } from "./directory.js";
import { parseDirents } from "./vfs.js";

export const Flags = fidl.io2026.Flags.members;

/** What libfdio asks for: `open` to read, to write, and both; directories. */
export const READABLE = 0xd3n;
export const WRITABLE = 0x1e5n;
export const EXECUTABLE = 0xc9n;
export const ALL = READABLE | WRITABLE | EXECUTABLE;

/** Directories in which clients write, whatever is behind them. */
export const WRITTEN: readonly (readonly [
  name: string,
  make: (t: ExecutionContext) => VfsDirectory,
])[] = [
  ["in memory", () => new MemoryDirectory()],
  [
    "of the host",
    (t) =>
      new HostDirectory(directoryWith(t, {}), {
        rights: NodeRights.READABLE | NodeRights.WRITABLE,
      }),
  ],
];

/** A client of a directory's connection. */
export type DirectoryClient = fidl.Client<MethodsOf<typeof fidl.io2026.Directory>>;
/** A client of a file's connection. */
export type FileClient = fidl.Client<MethodsOf<typeof fidl.io2026.File>>;

type Options = fidl.ValueOf<typeof fidl.io2026.Options>;

/** What the fuchsia.io of today is asked with. */
export class Opener {
  readonly #t: ExecutionContext;
  readonly #kernel: Kernel;

  constructor(t: ExecutionContext, kernel: Kernel) {
    this.#t = t;
    this.#kernel = kernel;
  }

  /** Connects to a directory. */
  connect(directory: VfsDirectory, rights = directory.rights): DirectoryClient {
    return this.client(fidl.io2026.Directory, directory.connect(this.#kernel, { rights }));
  }

  /** The client end of whatever is opened. */
  channel({ proxy }: DirectoryClient, path: string, flags: bigint, options: Options = {}): Channel {
    const [client, object] = this.#kernel.createChannel();
    proxy.open({ path, flags, options, object });
    return client;
  }

  /** A file. */
  file(from: DirectoryClient, path: string, flags: bigint): FileClient {
    return this.client(fidl.io2026.File, this.channel(from, path, flags));
  }

  /** A directory. */
  directory(from: DirectoryClient, path: string, flags: bigint): DirectoryClient {
    return this.client(fidl.io2026.Directory, this.channel(from, path, flags));
  }

  /** A clone. */
  clone<M extends typeof fidl.io2026.Directory | typeof fidl.io2026.File>(
    protocol: M,
    from: DirectoryClient | FileClient,
  ): fidl.Client<MethodsOf<M>> {
    const [client, request] = this.#kernel.createChannel();
    from.proxy.clone({ request });
    return this.client(protocol as fidl.Protocol<MethodsOf<M>>, client);
  }

  /**
   * The name of the status that opening something comes to, and what it is: OnRepresentation, or
   * an epitaph and nothing more.
   */
  async outcome(
    from: DirectoryClient,
    path: string,
    flags: bigint,
    options: Options = {},
  ): Promise<string> {
    const sending = flags | Flags.FLAG_SEND_REPRESENTATION;
    const client = this.client(fidl.io2026.Node, this.channel(from, path, sending, options));
    try {
      const { value } = await client.nextEvent();
      closeHandles(value);
      return value.payload.kind;
    } catch (error) {
      return nameOf(this.#t, error);
    } finally {
      client.close();
    }
  }

  /** A protocol's client, which is closed after the test. */
  client<M extends Methods>(protocol: fidl.Protocol<M>, channel: Channel): fidl.Client<M> {
    const client = new fidl.Client(protocol, channel);
    this.#t.teardown(() => client.close());
    return client;
  }
}

/** The name of the status of a connection that was closed. */
export function nameOf(t: ExecutionContext, error: unknown): string {
  t.true(error instanceof ZirconiaError, String(error));
  return (error as ZirconiaError).code.replace("ZX_ERR_", "");
}

/** What a method came to that must have gone well. */
export async function ok<T>(
  reply: Promise<{
    readonly result: { readonly kind: string; readonly value: unknown } & (
      | { readonly kind: "response"; readonly value: T }
      | { readonly kind: "err" | "frameworkErr"; readonly value: number }
    );
  }>,
): Promise<T> {
  const { result } = await reply;
  if (result.kind !== "response") {
    throw new Error(`${result.kind} ${result.value as number}`);
  }
  return result.value as T;
}

/** The status that a method came to. */
export async function statusOf(
  reply: Promise<{ readonly result: { readonly kind: string; readonly value: unknown } }>,
): Promise<number> {
  const { result } = await reply;
  closeHandles(result.value);
  return result.kind === "response" ? 0 : (result.value as number);
}

/** The operations, protocol and mode that a connection has. */
export async function flagsOf({ proxy }: DirectoryClient | FileClient): Promise<bigint> {
  return (await ok(proxy.getFlags())).flags;
}

/** The names that a directory lists. */
export async function namesIn({ proxy }: DirectoryClient): Promise<string[]> {
  const { dirents } = await proxy.readDirents({ maxBytes: 8192n });
  return parseDirents(dirents).map(({ name }) => name);
}

/** What a file holds from where its connection is. */
export async function read({ proxy }: FileClient): Promise<string> {
  return Buffer.from((await ok(proxy.read({ count: 8192n }))).data).toString();
}

/** Bytes of UTF-8. */
export function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}
