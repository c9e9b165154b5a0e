import { statusOf } from "../../base/errors.js";
import { ZxStatus } from "../../base/status.js";
import type { Node, NodeAttributes, NodeInfo } from "../../fidl/libraries/fuchsia-io.js";
import type { Methods, MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import type { Implementation, ServerConnection } from "../../fidl/server.js";
import type { ValueOf } from "../../fidl/type.js";
import type { WireFormat } from "../../fidl/wire.js";
import type { Channel } from "../../handles/channel.js";
import type { VfsNode } from "../node.js";
import { includesRights, NodeRights } from "../rights.js";
import { ATTRIBUTES, checkFlags, has, OpenFlags, refusal, RIGHTS } from "./flags.js";
import { refuse } from "./outcome.js";
import type { Tokens } from "./tokens.js";

/** A connection that is being served. */
export type Served = Pick<ServerConnection<Methods>, "close" | "closed">;

/** What a connection can do for whoever answers. */
export type Peer = Pick<ServerConnection<Methods>, "finish" | "wireFormat">;

type NodeMethods = MethodsOf<typeof Node>;
type Request<K extends keyof NodeMethods> = RequestOf<NodeMethods[K]>;
type Reply<K extends keyof NodeMethods> = ResponseOf<NodeMethods[K]>;

/** What a connection to a node is to be like. */
export interface Opening {
  /** None for a reference. */
  readonly rights: NodeRights;
  /** Whether it is to the node only, not to its content. */
  readonly isReference: boolean;
  /** Whether writes are at the end. */
  readonly appends: boolean;
  /** Whether the file is emptied first. */
  readonly truncates: boolean;
}

/** Who serves the connections that are opened through others. */
export interface NodeServer {
  readonly tokens: Tokens;
  /**
   * Opens a node and serves it over a server end, which is consumed unless this fails.
   *
   * @param describe sends OnOpen first, in this wire format
   * @throws whatever the node cannot be opened for
   */
  open(
    node: VfsNode,
    channel: Channel,
    opening: Opening,
    describe: WireFormat | undefined,
  ): Promise<void>;
  /** Serves a connection that is made already, likewise. */
  serve(
    connection: NodeConnection<VfsNode>,
    channel: Channel,
    describe: WireFormat | undefined,
  ): Promise<void>;
}

/** Answers `fuchsia.io/Node` for one connection. */
export abstract class NodeConnection<N extends VfsNode> implements Implementation<NodeMethods> {
  protected readonly server: NodeServer;
  protected readonly node: N;
  protected readonly opening: Opening;
  protected appends: boolean;

  constructor(server: NodeServer, node: N, opening: Opening) {
    this.server = server;
    this.node = node;
    this.opening = opening;
    this.appends = opening.appends;
  }

  /** Begins to answer. */
  abstract serve(channel: Channel): Served;

  /** A further connection to what this one is to. */
  abstract reopened(opening: Opening): NodeConnection<N>;

  /** What the node is, as this connection sees it: a reference says nothing about it. */
  info(): Promise<ValueOf<typeof NodeInfo>> | ValueOf<typeof NodeInfo> {
    return { kind: "service", value: {} };
  }

  abstract sync(): Reply<"Sync">;

  /** The connection has ended. */
  ended(): void {}

  async clone({ flags, object }: Request<"Clone">, peer: Peer): Promise<void> {
    const format = describing(flags, peer);
    try {
      await this.server.serve(this.reopened(this.#cloned(flags)), object, format);
    } catch (error) {
      refuse(object, error, format);
    }
  }

  close(_: Request<"Close">, peer: Peer): Reply<"Close"> {
    peer.finish();
    return { s: ZxStatus.OK };
  }

  async describe(): Promise<Reply<"Describe">> {
    return { info: await this.info() };
  }

  async getAttr(): Promise<Reply<"GetAttr">> {
    try {
      return { s: ZxStatus.OK, attributes: await attributesOf(this.node) };
    } catch (error) {
      return { s: statusOf(error), attributes: NO_ATTRIBUTES };
    }
  }

  setAttr({ flags }: Request<"SetAttr">): Reply<"SetAttr"> {
    const unknown = has(flags, ~ATTRIBUTES) ? ZxStatus.INVALID_ARGS : ZxStatus.NOT_SUPPORTED;
    return { s: this.denied(NodeRights.WRITABLE) ?? unknown };
  }

  nodeGetFlags(): Reply<"NodeGetFlags"> {
    const { rights, isReference } = this.opening;
    const append = this.appends ? OpenFlags.APPEND : 0;
    const reference = isReference ? OpenFlags.NODE_REFERENCE : 0;
    return { s: ZxStatus.OK, flags: rights | append | reference };
  }

  nodeSetFlags({ flags }: Request<"NodeSetFlags">): Reply<"NodeSetFlags"> {
    this.appends = has(flags, OpenFlags.APPEND);
    return { s: ZxStatus.OK };
  }

  /** The status for what this connection may not do: anything, for a reference. */
  protected denied(rights: NodeRights = 0): number | undefined {
    const { isReference, rights: own } = this.opening;
    return isReference || !includesRights(own, rights) ? ZxStatus.BAD_HANDLE : undefined;
  }

  /**
   * Checks that this connection may do something.
   *
   * @throws `ZirconiaError` `BAD_HANDLE`
   */
  protected check(rights: NodeRights = 0): void {
    const denied = this.denied(rights);
    if (denied !== undefined) {
      throw refusal(denied);
    }
  }

  /**
   * What a clone is like (zircon/system/ulib/fs/connection.cc, `NodeClone`).
   *
   * @throws `ZirconiaError` `INVALID_ARGS`, `ACCESS_DENIED`, `NOT_DIR`, `NOT_FILE`
   */
  #cloned(flags: number): Opening {
    const same = has(flags, OpenFlags.CLONE_SAME_RIGHTS);
    checkFlags(flags);
    if (same && has(flags, RIGHTS)) {
      throw refusal(ZxStatus.INVALID_ARGS);
    }
    const isReference = this.opening.isReference || has(flags, OpenFlags.NODE_REFERENCE);
    const rights = same ? this.opening.rights : flags & RIGHTS;
    if (!includesRights(this.opening.rights, rights)) {
      throw refusal(ZxStatus.ACCESS_DENIED);
    }
    checkKind(this.node, flags);
    return { rights, isReference, appends: this.appends, truncates: false };
  }
}

/** The wire format of OnOpen, if flags ask for that: that of the connection they came over. */
export function describing(flags: number, { wireFormat }: Peer): WireFormat | undefined {
  return has(flags, OpenFlags.DESCRIBE) ? (wireFormat ?? 2) : undefined;
}

/**
 * Checks that a node is what flags ask for.
 *
 * @throws `ZirconiaError` `NOT_DIR`, `NOT_FILE`
 */
export function checkKind({ kind }: VfsNode, flags: number): void {
  const isDirectory = kind === "directory";
  if (!isDirectory && has(flags, OpenFlags.DIRECTORY)) {
    throw refusal(ZxStatus.NOT_DIR);
  }
  if (isDirectory && has(flags, OpenFlags.NOT_DIRECTORY)) {
    throw refusal(ZxStatus.NOT_FILE);
  }
}

const MODE_TYPES = { directory: 0x4000, file: 0x8000, service: 0x1_0000 } as const;
const OWNER_READ = 0o400;
const OWNER_WRITE = 0o200;
const OWNER_EXECUTE = 0o100;
const UNKNOWN_ID = 2n ** 64n - 1n;

const NO_ATTRIBUTES: ValueOf<typeof NodeAttributes> = {
  mode: 0,
  id: UNKNOWN_ID,
  contentSize: 0n,
  storageSize: 0n,
  linkCount: 0n,
  creationTime: 0n,
  modificationTime: 0n,
};

async function attributesOf(node: VfsNode): Promise<ValueOf<typeof NodeAttributes>> {
  const { kind, rights } = node;
  const mode =
    MODE_TYPES[kind] |
    (has(rights, NodeRights.READABLE) ? OWNER_READ : 0) |
    (has(rights, NodeRights.WRITABLE) ? OWNER_WRITE : 0) |
    (has(rights, NodeRights.EXECUTABLE) ? OWNER_EXECUTE : 0);
  return { id: UNKNOWN_ID, ...(await node.attributes()), mode };
}
