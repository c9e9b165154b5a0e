import { DirectoryAdmin, MAX_BUF, type NodeInfo } from "../../fidl/libraries/fuchsia-io.js";
import type { MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import { type Implementation, serve } from "../../fidl/server.js";
import type { ValueOf } from "../../fidl/type.js";
import type { Channel } from "../../handles/channel.js";
import { ZxStatus } from "../../status.js";
import type { DirectoryNode } from "../node.js";
import { NodeRights } from "../rights.js";
import { DirentReader } from "./dirents.js";
import { refusal } from "./flags.js";
import { describing, NodeConnection, type Peer, type Served } from "./node-connection.js";
import { open } from "./open.js";
import { answer, refuse } from "./outcome.js";

type DirectoryMethods = MethodsOf<typeof DirectoryAdmin>;
type Request<K extends keyof DirectoryMethods> = RequestOf<DirectoryMethods[K]>;
type Reply<K extends keyof DirectoryMethods> = ResponseOf<DirectoryMethods[K]>;

const NOTHING: Uint8Array = new Uint8Array();

/** Answers `fuchsia.io/Directory` for one connection. */
export class DirectoryConnection
  extends NodeConnection<DirectoryNode>
  implements Implementation<DirectoryMethods>
{
  readonly #dirents = new DirentReader();

  override serve(channel: Channel): Served {
    return serve(DirectoryAdmin, channel, this);
  }

  override info(): ValueOf<typeof NodeInfo> {
    return { kind: "directory", value: {} };
  }

  override sync(): Reply<"Sync"> {
    return { s: this.denied() ?? ZxStatus.NOT_SUPPORTED };
  }

  async open(request: Request<"Open">, peer: Peer): Promise<void> {
    const denied = this.denied();
    if (denied === undefined) {
      await open(this.server, this.node, this.opening.rights, request, peer);
    } else {
      refuse(request.object, refusal(denied), describing(request.flags, peer));
    }
  }

  readDirents({ maxBytes }: Request<"ReadDirents">): Promise<Reply<"ReadDirents">> {
    return answer({ dirents: NOTHING }, async () => {
      this.check();
      if (maxBytes > MAX_BUF) {
        throw refusal(ZxStatus.INVALID_ARGS);
      }
      const dirents = this.#dirents.read(await this.node.entries(), Number(maxBytes));
      if (dirents === undefined) {
        throw refusal(ZxStatus.BUFFER_TOO_SMALL);
      }
      return { dirents };
    });
  }

  rewind(): Reply<"Rewind"> {
    const denied = this.denied();
    if (denied === undefined) {
      this.#dirents.rewind();
    }
    return { s: denied ?? ZxStatus.OK };
  }

  unlink(): Reply<"Unlink"> {
    return { s: this.#unchangeable() };
  }

  getToken(): Reply<"GetToken"> {
    return { s: this.#unchangeable() };
  }

  rename({ dstParentToken }: Request<"Rename">): Reply<"Rename"> {
    dstParentToken.close();
    return { s: this.#unchangeable() };
  }

  link({ dstParentToken }: Request<"Link">): Reply<"Link"> {
    dstParentToken.close();
    return { s: this.#unchangeable() };
  }

  watch({ watcher }: Request<"Watch">): Reply<"Watch"> {
    watcher.close();
    return { s: this.denied() ?? ZxStatus.NOT_SUPPORTED };
  }

  queryFilesystem(): Reply<"QueryFilesystem"> {
    return { s: ZxStatus.NOT_SUPPORTED };
  }

  #unchangeable(): number {
    return this.denied(NodeRights.WRITABLE) ?? ZxStatus.NOT_SUPPORTED;
  }
}
