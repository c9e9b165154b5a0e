import { ZxStatus } from "../../base/status.js";
import { type Directory, UnlinkFlags } from "../../fidl/libraries/fuchsia-io-2026.js";
import type { MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import type { Implementation } from "../../fidl/server.js";
import { DirectoryConnection as DirectoryConnection2020 } from "../dialect-2020/directory-connection.js";
import { type DirectorySession, parseEntry } from "../directory-session.js";
import { includes, Operations, operationsOf } from "../operations.js";
import { checkName } from "../path.js";
import { refusal } from "../refusal.js";
import { NodeRights } from "../rights.js";
import { advisoryLock } from "./advisory-lock.js";
import { has } from "./flags.js";
import { formatOf, NodeConnection, type Peer, unsupported } from "./node-connection.js";
import { open } from "./open.js";
import { attempt, refuse } from "./outcome.js";

type DirectoryMethods = MethodsOf<typeof Directory>;
type Request<K extends keyof DirectoryMethods> = RequestOf<DirectoryMethods[K]>;
type Reply<K extends keyof DirectoryMethods> = Promise<ResponseOf<DirectoryMethods[K]>>;

/** What it takes to move something out of a directory. */
const READ_WRITE = operationsOf(NodeRights.READABLE | NodeRights.WRITABLE);

/** Answers `fuchsia.io/Directory` for one connection. */
export class DirectoryConnection
  extends NodeConnection<DirectorySession>
  implements Implementation<DirectoryMethods>
{
  override readonly protocol: string = "fuchsia.io.Directory";
  /** Answers what has not changed since. */
  readonly #unchanged: DirectoryConnection2020;

  constructor(session: DirectorySession) {
    super(session);
    this.#unchanged = new DirectoryConnection2020(session);
  }

  open(request: Request<"Open">, peer: Peer): Promise<void> {
    return open(this.session, request, formatOf(peer));
  }

  unlink({ name, options }: Request<"Unlink">): Reply<"Unlink"> {
    return attempt(async () => {
      const changes = this.session.changes();
      const mustBeDirectory = has(options.flags ?? 0n, UnlinkFlags.members.MUST_BE_DIRECTORY);
      await changes.unlink(checkName(name), mustBeDirectory);
    });
  }

  rename({ src, dstParentToken, dst }: Request<"Rename">): Reply<"Rename"> {
    return attempt(async () => {
      try {
        const changes = this.session.changes();
        const from = parseEntry(src, ZxStatus.UNAVAILABLE);
        const to = parseEntry(dst, ZxStatus.INVALID_ARGS);
        const target = this.session.server.tokens.find(dstParentToken);
        if (target !== changes && !includes(this.session.operations, READ_WRITE)) {
          throw refusal(ZxStatus.ACCESS_DENIED);
        }
        await changes.rename(from.name, from.isDirectory || to.isDirectory, target, to.name);
      } finally {
        dstParentToken.close();
      }
    });
  }

  createSymlink(
    { name, connection }: Request<"CreateSymlink">,
    peer: Peer,
  ): Reply<"CreateSymlink"> {
    return attempt(() => {
      try {
        if (!includes(this.session.operations, Operations.MODIFY_DIRECTORY)) {
          throw refusal(ZxStatus.ACCESS_DENIED);
        }
        checkName(name);
        unsupported();
      } catch (error) {
        if (connection !== undefined) {
          refuse(connection, error, formatOf(peer));
        }
        throw error;
      }
    });
  }

  advisoryLock({ request }: Request<"AdvisoryLock">): Reply<"AdvisoryLock"> {
    return advisoryLock(this.session, request);
  }

  readDirents(request: Request<"ReadDirents">): Reply<"ReadDirents"> {
    return this.#unchanged.readDirents(request);
  }

  rewind(): ResponseOf<DirectoryMethods["Rewind"]> {
    return this.#unchanged.rewind();
  }

  getToken(): Reply<"GetToken"> {
    return this.#unchanged.getToken();
  }

  link(request: Request<"Link">): Reply<"Link"> {
    return this.#unchanged.link(request);
  }

  watch(request: Request<"Watch">): Reply<"Watch"> {
    return this.#unchanged.watch(request);
  }
}
