import { ZxStatus } from "../base/status.js";
import { closeHandles } from "../fidl/handles.js";
import { serveTogether } from "../fidl/server.js";
import type { Channel } from "../handles/channel.js";
import { answers2020 } from "./dialect-2020/answers.js";
import { SharedFile } from "./dialect-2020/shared-file.js";
import { Tokens } from "./dialect-2020/tokens.js";
import { answers2026 } from "./dialect-2026/answers.js";
import { DirectorySession } from "./directory-session.js";
import { FileSession, truncate } from "./file-session.js";
import type { ConnectorNode, DirectoryNode, FileNode, VfsNode } from "./node.js";
import { operationsOf, rightsOf } from "./operations.js";
import { refusal } from "./refusal.js";
import type { NodeRights } from "./rights.js";
import {
  type Greet,
  type NodeServer,
  type Opening,
  send,
  type Served,
  ServiceSession,
  type Session,
} from "./session.js";

/** Serves nodes over fuchsia.io, in every dialect at once: ordinals tell which is spoken. */
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
    const operations = operationsOf(rights);
    const opening = { operations, isReference: false, appends: false, truncates: false };
    this.#run(new DirectorySession(this, directory, opening, channel.context), channel);
  }

  async open(
    node: VfsNode,
    channel: Channel,
    opening: Opening,
    greet: Greet | undefined,
  ): Promise<void> {
    if (node.kind === "service" && !opening.isReference) {
      this.#checkAlive();
      const greeting = await greet?.(undefined);
      if (greeting !== undefined) {
        send(channel, greeting);
      }
      void connect(node, channel);
      return;
    }
    await this.serve(await this.#sessionFor(node, opening, channel), channel, greet);
  }

  async serve(session: Session, channel: Channel, greet: Greet | undefined): Promise<void> {
    try {
      const greeting = await greet?.(session);
      if (this.#disposed) {
        closeHandles(greeting?.handles);
      }
      this.#checkAlive();
      if (greeting !== undefined) {
        send(channel, greeting);
      }
    } catch (error) {
      session.ended();
      throw error;
    }
    this.#run(session, channel);
  }

  async keep(served: Served): Promise<void> {
    if (this.#disposed) {
      served.close();
    }
    this.#served.add(served);
    await served.closed;
    this.#served.delete(served);
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

  async #sessionFor(node: VfsNode, opening: Opening, channel: Channel): Promise<Session> {
    const { context } = channel;
    switch (node.kind) {
      case "directory":
        return new DirectorySession(this, node, opening, context);
      case "file": {
        const file = opening.isReference ? undefined : await openFile(node, opening, channel);
        return new FileSession(this, node, opening, context, file);
      }
      case "service":
        return new ServiceSession(this, node, opening, context);
    }
  }

  /** Answers until the connection has ended. */
  #run(session: Session, channel: Channel): void {
    const connection = serveTogether(channel, [answers2020(session), answers2026(session)]);
    void this.keep(connection).then(() => session.ended());
  }
}

/** Opens a file for a connection, and empties it if that is wanted. */
async function openFile(
  node: FileNode,
  { operations, truncates }: Opening,
  channel: Channel,
): Promise<SharedFile> {
  const shared = new SharedFile(await node.open(channel.context, rightsOf("file", operations)));
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
