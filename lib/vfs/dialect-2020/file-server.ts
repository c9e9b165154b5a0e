import { ZxStatus } from "../../base/status.js";
import { closeHandles } from "../../fidl/handles.js";
import type { WireFormat } from "../../fidl/wire.js";
import type { Channel } from "../../handles/channel.js";
import type { ConnectorNode, DirectoryNode, FileNode, VfsNode } from "../node.js";
import type { NodeRights } from "../rights.js";
import { DirectoryConnection } from "./directory-connection.js";
import { FileConnection, truncate } from "./file-connection.js";
import { refusal } from "./flags.js";
import type { NodeConnection, NodeServer, Opening, Served } from "./node-connection.js";
import { sendOnOpen } from "./outcome.js";
import { ServiceReference } from "./service-reference.js";
import { SharedFile } from "./shared-file.js";
import { Tokens } from "./tokens.js";

/** Serves nodes over the fuchsia.io of 2020. */
export class FileServer implements NodeServer {
  readonly tokens = new Tokens();
  readonly #served = new Set<Served>();
  #disposed = false;

  /** Whether nothing is served any more. */
  get isDisposed(): boolean {
    return this.#disposed;
  }

  /** Serves a directory over a server end, which is consumed, to begin with. */
  begin(directory: DirectoryNode, channel: Channel, rights: NodeRights): void {
    const opening = { rights, isReference: false, appends: false, truncates: false };
    void this.#run(new DirectoryConnection(this, directory, opening, channel.context), channel);
  }

  async open(
    node: VfsNode,
    channel: Channel,
    opening: Opening,
    describe: WireFormat | undefined,
  ): Promise<void> {
    if (node.kind === "service" && !opening.isReference) {
      this.#checkAlive();
      if (describe !== undefined) {
        sendOnOpen(channel, describe, ZxStatus.OK, { kind: "service", value: {} });
      }
      void connect(node, channel);
      return;
    }
    await this.serve(await this.#connectionTo(node, opening, channel), channel, describe);
  }

  async serve(
    connection: NodeConnection<VfsNode>,
    channel: Channel,
    describe: WireFormat | undefined,
  ): Promise<void> {
    try {
      const info = describe === undefined ? undefined : await connection.info();
      if (this.#disposed) {
        closeHandles(info);
      }
      this.#checkAlive();
      if (describe !== undefined) {
        sendOnOpen(channel, describe, ZxStatus.OK, info);
      }
    } catch (error) {
      connection.ended();
      throw error;
    }
    void this.#run(connection, channel);
  }

  /** Closes all connections. Does nothing the second time. */
  dispose(): void {
    this.#disposed = true;
    this.#served.forEach((served) => served.close());
  }

  /** @throws `ZirconiaError` `CANCELED` */
  #checkAlive(): void {
    if (this.#disposed) {
      throw refusal(ZxStatus.CANCELED);
    }
  }

  async #connectionTo(
    node: VfsNode,
    opening: Opening,
    channel: Channel,
  ): Promise<NodeConnection<VfsNode>> {
    switch (node.kind) {
      case "directory":
        return new DirectoryConnection(this, node, opening, channel.context);
      case "file": {
        const file = opening.isReference ? undefined : await openFile(node, opening, channel);
        return new FileConnection(this, node, opening, file);
      }
      case "service":
        return new ServiceReference(this, node, opening);
    }
  }

  /** Answers until the connection has ended. */
  async #run(connection: NodeConnection<VfsNode>, channel: Channel): Promise<void> {
    const served = connection.serve(channel);
    this.#served.add(served);
    await served.closed;
    this.#served.delete(served);
    connection.ended();
  }
}

/** Opens a file for a connection, and empties it if that is wanted. */
async function openFile(
  node: FileNode,
  { rights, truncates }: Opening,
  channel: Channel,
): Promise<SharedFile> {
  const shared = new SharedFile(await node.open(channel.context, rights));
  try {
    if (truncates) {
      await truncate(shared.file, 0n);
    }
    return shared;
  } catch (error) {
    shared.release();
    throw error;
  }
}

/** Hands a client over to what is behind a node. */
async function connect(node: ConnectorNode, channel: Channel): Promise<void> {
  try {
    await node.connect(channel);
  } catch {
    channel.close();
  }
}
