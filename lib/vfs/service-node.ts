import { checkFunction } from "../base/validate.js";
import type { Channel } from "../handles/channel.js";
import { pseudoAttributes } from "./attributes.js";
import type { ConnectorNode, VfsAttributes } from "./node.js";
import { NodeRights } from "./rights.js";

/**
 * A node behind which there is a protocol: whoever opens it speaks to that, as clients of `/svc` do.
 */
export class ServiceNode implements ConnectorNode {
  readonly kind = "service";
  readonly rights: NodeRights = NodeRights.READABLE | NodeRights.WRITABLE;
  readonly #connect: (channel: Channel) => void | Promise<void>;

  /** @param connect gets the server end of each client, which it owns. What it throws closes it. */
  constructor(connect: (channel: Channel) => void | Promise<void>) {
    checkFunction("connect", connect);
    this.#connect = connect;
  }

  attributes(): VfsAttributes {
    return pseudoAttributes();
  }

  connect(channel: Channel): void | Promise<void> {
    return this.#connect(channel);
  }
}
