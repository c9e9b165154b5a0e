import { ZxStatus } from "../../base/status.js";
import { DirectoryAdmin, MAX_BUF, type NodeInfo } from "../../fidl/libraries/fuchsia-io.js";
import type { MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import { type Implementation, serve } from "../../fidl/server.js";
import type { ValueOf } from "../../fidl/type.js";
import type { Channel } from "../../handles/channel.js";
import type { Context } from "../../kernel/context.js";
import type { DirectoryChanges, DirectoryNode } from "../node.js";
import { checkName } from "../path.js";
import { NodeRights } from "../rights.js";
import { DirentReader } from "./dirents.js";
import { refusal } from "./flags.js";
import {
  describing,
  NodeConnection,
  type NodeServer,
  type Opening,
  type Peer,
  type Served,
} from "./node-connection.js";
import { open } from "./open.js";
import { answer, refuse } from "./outcome.js";
import type { Token } from "./tokens.js";

type DirectoryMethods = MethodsOf<typeof DirectoryAdmin>;
type Request<K extends keyof DirectoryMethods> = RequestOf<DirectoryMethods[K]>;
type Reply<K extends keyof DirectoryMethods> = ResponseOf<DirectoryMethods[K]>;

const NOTHING: Uint8Array = new Uint8Array();

/** Answers `fuchsia.io/Directory` for one connection. */
export class DirectoryConnection
  extends NodeConnection<DirectoryNode>
  implements Implementation<DirectoryMethods>
{
  readonly #context: Context;
  readonly #dirents = new DirentReader();
  #token: Token | undefined;

  constructor(server: NodeServer, node: DirectoryNode, opening: Opening, context: Context) {
    super(server, node, opening);
    this.#context = context;
  }

  override serve(channel: Channel): Served {
    return serve(DirectoryAdmin, channel, this);
  }

  override ended(): void {
    if (this.#token !== undefined) {
      this.server.tokens.discard(this.#token);
    }
  }

  override reopened(opening: Opening): DirectoryConnection {
    return new DirectoryConnection(this.server, this.node, opening, this.#context);
  }

  override info(): ValueOf<typeof NodeInfo> | Promise<ValueOf<typeof NodeInfo>> {
    return this.opening.isReference ? super.info() : { kind: "directory", value: {} };
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
        throw refusal(ZxStatus.BAD_HANDLE);
      }
      const dirents = await this.#dirents.read(this.node, Number(maxBytes));
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

  unlink({ path }: Request<"Unlink">): Promise<Reply<"Unlink">> {
    return answer({}, async () => {
      const changes = this.#changes();
      const { name, isDirectory } = parseEntry(path, ZxStatus.UNAVAILABLE);
      await changes.unlink(name, isDirectory);
      return {};
    });
  }

  getToken(): Promise<Reply<"GetToken">> {
    return answer({}, () => {
      const changes = this.#changes();
      this.#token ??= this.server.tokens.create(this.#context, changes);
      return { token: this.#token.duplicate() };
    });
  }

  rename(request: Request<"Rename">): Promise<Reply<"Rename">> {
    return this.#place(request, (changes, from, target, to) =>
      changes.rename(from.name, from.isDirectory || to.isDirectory, target, to.name),
    );
  }

  link(request: Request<"Link">): Promise<Reply<"Link">> {
    return this.#place(request, (changes, from, target, to) => {
      if (from.isDirectory || to.isDirectory) {
        throw refusal(ZxStatus.NOT_DIR);
      }
      return changes.link(from.name, target, to.name);
    });
  }

  watch({ watcher }: Request<"Watch">): Reply<"Watch"> {
    watcher.close();
    return { s: this.denied() ?? ZxStatus.NOT_SUPPORTED };
  }

  mount({ remote }: Request<"Mount">): Reply<"Mount"> {
    remote.close();
    return { s: ZxStatus.ACCESS_DENIED };
  }

  mountAndCreate({ remote }: Request<"MountAndCreate">): Reply<"MountAndCreate"> {
    remote.close();
    return { s: ZxStatus.ACCESS_DENIED };
  }

  unmount(): Reply<"Unmount"> {
    return { s: ZxStatus.ACCESS_DENIED };
  }

  unmountNode(): Reply<"UnmountNode"> {
    return { s: ZxStatus.ACCESS_DENIED };
  }

  queryFilesystem(): Reply<"QueryFilesystem"> {
    return { s: ZxStatus.NOT_SUPPORTED };
  }

  getDevicePath(): Reply<"GetDevicePath"> {
    return { s: ZxStatus.ACCESS_DENIED };
  }

  /** Gives an entry a place in the directory that a token stands for. */
  #place(
    { src, dstParentToken, dst }: Request<"Rename">,
    body: (
      changes: DirectoryChanges,
      from: Entry,
      target: DirectoryChanges,
      to: Entry,
    ) => void | Promise<void>,
  ): Promise<Reply<"Rename">> {
    return answer({}, async () => {
      try {
        if (src === "" || dst === "") {
          throw refusal(ZxStatus.INVALID_ARGS);
        }
        const changes = this.#changes();
        const from = parseEntry(src, ZxStatus.UNAVAILABLE);
        const to = parseEntry(dst, ZxStatus.INVALID_ARGS);
        await body(changes, from, this.server.tokens.find(dstParentToken), to);
        return {};
      } finally {
        dstParentToken.close();
      }
    });
  }

  /** @throws `ZirconiaError` `BAD_HANDLE`, `NOT_SUPPORTED` */
  #changes(): DirectoryChanges {
    this.check(NodeRights.WRITABLE);
    if (this.node.changes === undefined) {
      throw refusal(ZxStatus.NOT_SUPPORTED);
    }
    return this.node.changes;
  }
}

/** An entry as it is named in requests. */
interface Entry {
  readonly name: string;
  /** Whether it must be a directory: a `/` at the end says so. */
  readonly isDirectory: boolean;
}

/**
 * @param here the status for `.`
 * @throws `ZirconiaError` that; `BAD_PATH`, `INVALID_ARGS`
 */
function parseEntry(path: string, here: number): Entry {
  let { length } = path;
  while (path[length - 1] === "/") {
    length -= 1;
  }
  const name = path.slice(0, length);
  if (name === ".") {
    throw refusal(here);
  }
  return { name: checkName(name), isDirectory: length < path.length };
}
