import { statusOf } from "../../base/errors.js";
import { ZxStatus } from "../../base/status.js";
import type { Node, NodeAttributes } from "../../fidl/libraries/fuchsia-io.js";
import type { Methods, MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import type { Implementation, ServerConnection } from "../../fidl/server.js";
import type { ValueOf } from "../../fidl/type.js";
import type { WireFormat } from "../../fidl/wire.js";
import type { VfsNode } from "../node.js";
import { operationsOf } from "../operations.js";
import { refusal } from "../refusal.js";
import { includesRights, NodeRights } from "../rights.js";
import type { Opening, Session } from "../session.js";
import {
  ATTRIBUTES,
  checkFlags,
  CREATION_TIME,
  has,
  MODIFICATION_TIME,
  OpenFlags,
  RIGHTS,
} from "./flags.js";
import { greeting, infoOf } from "./info.js";
import { answer, refuse } from "./outcome.js";

/** What a connection can do for whoever answers. */
export type Peer = Pick<ServerConnection<Methods>, "finish" | "wireFormat">;

type NodeMethods = MethodsOf<typeof Node>;
type Request<K extends keyof NodeMethods> = RequestOf<NodeMethods[K]>;
type Reply<K extends keyof NodeMethods> = ResponseOf<NodeMethods[K]>;

/** Answers `fuchsia.io/Node` for one connection. */
export class NodeConnection<S extends Session = Session> implements Implementation<NodeMethods> {
  protected readonly session: S;

  constructor(session: S) {
    this.session = session;
  }

  sync(): Reply<"Sync"> {
    return { s: ZxStatus.BAD_HANDLE };
  }

  async clone({ flags, object }: Request<"Clone">, peer: Peer): Promise<void> {
    const format = describing(flags, peer);
    try {
      const opening = this.#cloned(flags);
      const session = this.session.reopened(opening);
      await session.server.serve(session, object, greeting(format));
    } catch (error) {
      refuse(object, error, format);
    }
  }

  close(_: Request<"Close">, peer: Peer): Reply<"Close"> {
    peer.finish();
    return { s: ZxStatus.OK };
  }

  async describe(): Promise<Reply<"Describe">> {
    return { info: await infoOf(this.session) };
  }

  async getAttr(): Promise<Reply<"GetAttr">> {
    try {
      return { s: ZxStatus.OK, attributes: await attributesOf(this.session.node) };
    } catch (error) {
      return { s: statusOf(error), attributes: NO_ATTRIBUTES };
    }
  }

  setAttr({ flags, attributes }: Request<"SetAttr">): Promise<Reply<"SetAttr">> {
    return answer({}, async () => {
      this.check(NodeRights.WRITABLE);
      if (has(flags, ~ATTRIBUTES)) {
        throw refusal(ZxStatus.INVALID_ARGS);
      }
      const { node } = this.session;
      if (node.setTimes === undefined) {
        throw refusal(ZxStatus.NOT_SUPPORTED);
      }
      const { creationTime, modificationTime } = attributes;
      await node.setTimes({
        ...(has(flags, CREATION_TIME) ? { creationTime } : {}),
        ...(has(flags, MODIFICATION_TIME) ? { modificationTime } : {}),
      });
      return {};
    });
  }

  nodeGetFlags(): Reply<"NodeGetFlags"> {
    const { rights, isReference, appends } = this.session;
    const append = appends ? OpenFlags.APPEND : 0;
    const reference = isReference ? OpenFlags.NODE_REFERENCE : 0;
    return { s: ZxStatus.OK, flags: rights | append | reference };
  }

  nodeSetFlags({ flags }: Request<"NodeSetFlags">): Reply<"NodeSetFlags"> {
    this.session.appends = has(flags, OpenFlags.APPEND);
    return { s: ZxStatus.OK };
  }

  /** The status for what this connection may not do: anything, for a reference. */
  protected denied(rights: NodeRights = 0): number | undefined {
    const { isReference, rights: own } = this.session;
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
    const { rights: own, operations: all, node, appends } = this.session;
    const isReference = this.session.isReference || has(flags, OpenFlags.NODE_REFERENCE);
    const rights = flags & RIGHTS;
    if (!includesRights(own, rights)) {
      throw refusal(ZxStatus.ACCESS_DENIED);
    }
    checkKind(node, flags);
    const operations = same ? all : all & operationsOf(rights);
    return { operations, isReference, appends, truncates: false };
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
