import { ZxError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { Channel, ChannelMessage } from "../handles/channel.js";
import type { Context } from "../kernel/context.js";
import type { Tokens } from "./dialect-2020/tokens.js";
import type { ConnectorNode, VfsNode } from "./node.js";
import { includes, KIND_OPERATIONS, type Operations, rightsOf } from "./operations.js";
import { refusal } from "./refusal.js";
import type { NodeRights } from "./rights.js";

// What connections are, whichever dialects are spoken over them.

/** What a connection to a node is to be like. */
export interface Opening {
  readonly operations: Operations;
  /** Whether it is to the node only, not to its content. */
  readonly isReference: boolean;
  /** Whether writes are at the end. */
  readonly appends: boolean;
  /** Whether the file is emptied first. */
  readonly truncates: boolean;
}

/**
 * Makes the first message of a connection.
 *
 * @param session what the connection is to; `undefined` for what is behind a service's node
 */
export type Greet = (session: Session | undefined) => ChannelMessage | Promise<ChannelMessage>;

/** What is served until it ends. */
export interface Served {
  readonly closed: Promise<unknown>;
  close(): void;
}

/** Who serves the connections that are opened through others. */
export interface NodeServer {
  readonly tokens: Tokens;
  /**
   * Opens a node and serves it over a server end, which is consumed unless this fails.
   *
   * @throws whatever the node cannot be opened for
   */
  open(node: VfsNode, channel: Channel, opening: Opening, greet: Greet | undefined): Promise<void>;
  /** Serves a session over a server end, likewise. The session is ended if this fails. */
  serve(session: Session, channel: Channel, greet: Greet | undefined): Promise<void>;
  /** Keeps something until it has ended, and closes it with everything else. */
  keep(served: Served): Promise<void>;
}

/** A connection to a node, as all dialects see it that are spoken over it. */
export abstract class Session<N extends VfsNode = VfsNode> {
  readonly server: NodeServer;
  readonly node: N;
  /** On whose behalf it is served. */
  readonly context: Context;
  /** What it may be used for. Never more than what it was opened through. */
  readonly operations: Operations;
  readonly isReference: boolean;
  /** Whether writes are at the end. */
  appends: boolean;

  constructor(server: NodeServer, node: N, opening: Opening, context: Context) {
    this.server = server;
    this.node = node;
    this.context = context;
    this.operations = opening.operations & KIND_OPERATIONS[node.kind];
    this.isReference = opening.isReference;
    this.appends = opening.appends;
  }

  /** The rights that what it may be used for amounts to. */
  get rights(): NodeRights {
    return rightsOf(this.node.kind, this.operations);
  }

  /** A further session on the same, which has no more rights. */
  abstract reopened(opening: Opening): Session<N>;

  /** The connection has ended. */
  ended(): void {}

  /**
   * Checks that the connection is to the node's content, and may be used for something.
   *
   * @throws `ZirconiaError` `BAD_HANDLE`
   */
  check(operations: Operations = 0): void {
    if (this.isReference || !includes(this.operations, operations)) {
      throw refusal(ZxStatus.BAD_HANDLE);
    }
  }
}

/** A reference to a service's node. */
export class ServiceSession extends Session<ConnectorNode> {
  override reopened(opening: Opening): ServiceSession {
    return new ServiceSession(this.server, this.node, opening, this.context);
  }
}

/** Writes a message. A client that has gone is told nothing. */
export function send(channel: Channel, { bytes, handles }: ChannelMessage): void {
  try {
    channel.write(bytes, handles);
  } catch (error) {
    if (!(error instanceof ZxError)) throw error;
  }
}
