import type { Context } from "../../context.js";
import { DirectoryAdmin, MAX_BUF, type NodeInfo } from "../../fidl/libraries/fuchsia-io.js";
import type { MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import { type Implementation, serve } from "../../fidl/server.js";
import type { ValueOf } from "../../fidl/type.js";
import type { Channel } from "../../handles/channel.js";
import { ZxStatus } from "../../status.js";
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

  unlink({ path }: Request<"Unlink">): Promise<Reply<"Unlink">> {
    return answer({}, async () => {
      const changes = this.#changes();
      const { name, isDirectory } = parseEntry(path);
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
    return this.#place(request, (changes, ...place) => changes.rename(...place));
  }

  link(request: Request<"Link">): Promise<Reply<"Link">> {
    return this.#place(request, (changes, ...place) => changes.link(...place));
  }

  watch({ watcher }: Request<"Watch">): Reply<"Watch"> {
    watcher.close();
    return { s: this.denied() ?? ZxStatus.NOT_SUPPORTED };
  }

  queryFilesystem(): Reply<"QueryFilesystem"> {
    return { s: ZxStatus.NOT_SUPPORTED };
  }

  /** Gives an entry a place in the directory that a token stands for. */
  #place(
    { src, dstParentToken, dst }: Request<"Rename">,
    body: (changes: DirectoryChanges, ...place: Place) => void | Promise<void>,
  ): Promise<Reply<"Rename">> {
    return answer({}, async () => {
      try {
        const changes = this.#changes();
        const from = parseEntry(src).name;
        const to = parseEntry(dst).name;
        await body(changes, from, this.server.tokens.find(dstParentToken), to);
        return {};
      } finally {
        dstParentToken.close();
      }
    });
  }

  /** @throws {@link ZirconiaError} `BAD_HANDLE`, `NOT_SUPPORTED` */
  #changes(): DirectoryChanges {
    this.check(NodeRights.WRITABLE);
    if (this.node.changes === undefined) {
      throw refusal(ZxStatus.NOT_SUPPORTED);
    }
    return this.node.changes;
  }
}

type Place = [name: string, target: DirectoryChanges, newName: string];

/**
 * An entry as it is named in requests; a `/` at the end says that it is a directory.
 *
 * @throws {@link ZirconiaError} `UNAVAILABLE` for `.`; `BAD_PATH`, `INVALID_ARGS`
 */
function parseEntry(path: string): { name: string; isDirectory: boolean } {
  const isDirectory = path.endsWith("/");
  const name = isDirectory ? path.slice(0, -1) : path;
  if (name === ".") {
    throw refusal(ZxStatus.UNAVAILABLE);
  }
  return { name: checkName(name), isDirectory };
}
