import { ZxStatus } from "../../base/status.js";
import { Node } from "../../fidl/libraries/fuchsia-io.js";
import { serve } from "../../fidl/server.js";
import type { Channel } from "../../handles/channel.js";
import type { ConnectorNode } from "../node.js";
import { NodeConnection, type Opening, type Served } from "./node-connection.js";

/** Answers `fuchsia.io/Node` for a reference to a service's node. */
export class ServiceReference extends NodeConnection<ConnectorNode> {
  override serve(channel: Channel): Served {
    return serve(Node, channel, this);
  }

  override reopened(opening: Opening): ServiceReference {
    return new ServiceReference(this.server, this.node, opening);
  }

  override sync(): { s: number } {
    return { s: ZxStatus.BAD_HANDLE };
  }
}
