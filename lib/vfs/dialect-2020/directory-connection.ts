import { ZxStatus } from "../../base/status.js";
import { type DirectoryAdmin, MAX_BUF } from "../../fidl/libraries/fuchsia-io.js";
import type { MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import type { Implementation } from "../../fidl/server.js";
import { type DirectorySession, type NamedEntry, parseEntry } from "../directory-session.js";
import type { DirectoryChanges } from "../node.js";
import { WRITE_OPERATIONS as WRITABLE } from "../operations.js";
import { refusal } from "../refusal.js";
import { describing, NodeConnection, type Peer } from "./node-connection.js";
import { open } from "./open.js";
import { answer, refuse } from "./outcome.js";

type DirectoryMethods = MethodsOf<typeof DirectoryAdmin>;
type Request<K extends keyof DirectoryMethods> = RequestOf<DirectoryMethods[K]>;
type Reply<K extends keyof DirectoryMethods> = ResponseOf<DirectoryMethods[K]>;

const NOTHING: Uint8Array = new Uint8Array();

/** Answers `fuchsia.io/Directory` for one connection. */
export class DirectoryConnection
  extends NodeConnection<DirectorySession>
  implements Implementation<DirectoryMethods>
{
  override sync(): Reply<"Sync"> {
    return { s: this.denied() ?? ZxStatus.NOT_SUPPORTED };
  }

  async open(request: Request<"Open">, peer: Peer): Promise<void> {
    const denied = this.denied();
    if (denied === undefined) {
      await open(this.session, request, peer);
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
      const dirents = await this.session.dirents.read(this.session.node, Number(maxBytes));
      if (dirents === undefined) {
        throw refusal(ZxStatus.BUFFER_TOO_SMALL);
      }
      return { dirents };
    });
  }

  rewind(): Reply<"Rewind"> {
    const denied = this.denied();
    if (denied === undefined) {
      this.session.dirents.rewind();
    }
    return { s: denied ?? ZxStatus.OK };
  }

  unlink({ path }: Request<"Unlink">): Promise<Reply<"Unlink">> {
    return answer({}, async () => {
      const changes = this.session.changes(WRITABLE);
      const { name, isDirectory } = parseEntry(path, ZxStatus.UNAVAILABLE);
      await changes.unlink(name, isDirectory);
      return {};
    });
  }

  getToken(): Promise<Reply<"GetToken">> {
    return answer({}, () => ({ token: this.session.token() }));
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

  watch({ mask, options, watcher }: Request<"Watch">): Promise<Reply<"Watch">> {
    return answer({}, async () => {
      await this.session.watch(watcher, mask, options);
      return {};
    });
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
      from: NamedEntry,
      target: DirectoryChanges,
      to: NamedEntry,
    ) => void | Promise<void>,
  ): Promise<Reply<"Rename">> {
    return answer({}, async () => {
      try {
        if (src === "" || dst === "") {
          throw refusal(ZxStatus.INVALID_ARGS);
        }
        const changes = this.session.changes(WRITABLE);
        const from = parseEntry(src, ZxStatus.UNAVAILABLE);
        const to = parseEntry(dst, ZxStatus.INVALID_ARGS);
        await body(changes, from, this.session.server.tokens.find(dstParentToken), to);
        return {};
      } finally {
        dstParentToken.close();
      }
    });
  }
}
