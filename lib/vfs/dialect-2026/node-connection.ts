import { ZxStatus } from "../../base/status.js";
import { encode } from "../../base/strings.js";
import { closeHandles } from "../../fidl/handles.js";
import { Flags, type Node } from "../../fidl/libraries/fuchsia-io-2026.js";
import type { Methods, MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import type { Implementation, ServerConnection } from "../../fidl/server.js";
import type { WireFormat } from "../../fidl/wire.js";
import { Operations } from "../operations.js";
import { refusal } from "../refusal.js";
import type { Session } from "../session.js";
import { attributesOf, updateAttributes } from "./attributes.js";
import { has, protocolOf } from "./flags.js";
import { answer, attempt, refuse } from "./outcome.js";

type NodeMethods = MethodsOf<typeof Node>;
type Request<K extends keyof NodeMethods> = RequestOf<NodeMethods[K]>;
type Reply<K extends keyof NodeMethods> = Promise<ResponseOf<NodeMethods[K]>>;

/** What a connection can do for whoever answers. */
export type Peer = Pick<ServerConnection<Methods>, "finish" | "wireFormat">;

/** Answers `fuchsia.io/Node` for one connection: as much as there is to say of a reference. */
export class NodeConnection<S extends Session = Session> implements Implementation<NodeMethods> {
  /** What the connection calls the protocol that is spoken over it. */
  readonly protocol: string = "fuchsia.io.Node";
  protected readonly session: S;

  constructor(session: S) {
    this.session = session;
  }

  async clone({ request }: Request<"Clone">, peer: Peer): Promise<void> {
    const { operations, isReference, appends, server } = this.session;
    const opening = { operations, isReference, appends, truncates: false };
    try {
      await server.serve(this.session.reopened(opening), request, undefined);
    } catch (error) {
      refuse(request, error, formatOf(peer));
    }
  }

  close(_: Request<"Close">, peer: Peer): Reply<"Close"> {
    peer.finish();
    return attempt(() => {});
  }

  query(): ResponseOf<NodeMethods["Query"]> {
    return { protocol: encode(this.protocol) };
  }

  getAttributes({ query }: Request<"GetAttributes">): Reply<"GetAttributes"> {
    return answer(() => attributesOf(this.session.node, query));
  }

  updateAttributes({ payload }: Request<"UpdateAttributes">): Reply<"UpdateAttributes"> {
    return attempt(async () => {
      this.session.check(Operations.UPDATE_ATTRIBUTES);
      await updateAttributes(this.session.node, payload);
    });
  }

  sync(): Reply<"Sync"> {
    return attempt(() => this.session.check());
  }

  getFlags(): Reply<"GetFlags"> {
    const { isReference, node, operations, appends } = this.session;
    const protocol = isReference ? Flags.members.PROTOCOL_NODE : protocolOf(node.kind);
    const append = appends ? Flags.members.FILE_APPEND : 0n;
    return answer(() => ({ flags: protocol | BigInt(operations) | append }));
  }

  setFlags({ flags }: Request<"SetFlags">): Reply<"SetFlags"> {
    return attempt(() => {
      const { session } = this;
      if (session.isReference || session.node.kind !== "file") {
        unsupported();
      }
      if (has(flags, ~Flags.members.FILE_APPEND)) {
        throw refusal(ZxStatus.INVALID_ARGS);
      }
      session.appends = has(flags, Flags.members.FILE_APPEND);
    });
  }

  queryFilesystem(): ResponseOf<NodeMethods["QueryFilesystem"]> {
    return { s: ZxStatus.NOT_SUPPORTED };
  }

  listExtendedAttributes({ iterator }: Request<"ListExtendedAttributes">, peer: Peer): void {
    refuse(iterator, refusal(ZxStatus.NOT_SUPPORTED), formatOf(peer));
  }

  getExtendedAttribute(): Reply<"GetExtendedAttribute"> {
    return answer(unsupported);
  }

  setExtendedAttribute(request: Request<"SetExtendedAttribute">): Reply<"SetExtendedAttribute"> {
    closeHandles(request);
    return attempt(unsupported);
  }

  removeExtendedAttribute(): Reply<"RemoveExtendedAttribute"> {
    return attempt(unsupported);
  }
}

/** The format of what a connection sends besides replies. */
export function formatOf({ wireFormat }: Peer): WireFormat {
  return wireFormat ?? 2;
}

/** @throws `ZirconiaError` `NOT_SUPPORTED` */
export function unsupported(): never {
  throw refusal(ZxStatus.NOT_SUPPORTED);
}
