import { DISPOSE } from "../base/dispose.js";
import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkOptions } from "../base/validate.js";
import { Channel } from "../handles/channel.js";
import { checkHandle } from "../handles/take.js";
import { checkContext, type Context } from "../kernel/context.js";
import { FileServer } from "./file-server.js";
import type { AdvisoryLocks } from "./locks.js";
import type {
  DirectoryChanges,
  DirectoryNode,
  VfsAttributes,
  VfsEntry,
  VfsEvent,
  VfsNode,
  VfsTimes,
} from "./node.js";
import { checkNodeRights, type NodeRights } from "./rights.js";

/** How a directory is served. */
export interface ServeOptions {
  /** The rights of the connection: bits of {@link OpenFlags}. All that the directory has by default. */
  rights?: NodeRights;
}

/**
 * A directory that can be served over fuchsia.io, as it was in 2020 and as it is today. What is
 * opened through a connection never has more rights than the connection. Being served does not keep Node alive.
 */
export abstract class VfsDirectory implements DirectoryNode, Disposable {
  readonly kind = "directory";
  abstract readonly rights: NodeRights;
  readonly #server = new FileServer();

  /** How clients change it; nothing where they cannot. */
  get changes(): DirectoryChanges | undefined {
    return undefined;
  }

  /** Tells of what comes and goes; nothing where nobody knows. */
  watch?(listener: (event: VfsEvent) => void): () => void;

  /** The locks on it, whoever has it open; nothing where it cannot be locked. */
  locks?(): AdvisoryLocks | Promise<AdvisoryLocks>;

  /** How clients set its times; nothing where they cannot. */
  setTimes?(times: VfsTimes): void | Promise<void>;

  abstract attributes(): VfsAttributes | Promise<VfsAttributes>;
  abstract lookup(name: string): VfsNode | undefined | Promise<VfsNode | undefined>;
  abstract entries(): readonly VfsEntry[] | Promise<readonly VfsEntry[]>;

  /**
   * A new connection: its client end.
   *
   * @param context whose table both ends are in; a kernel stands for its host
   * @throws `ZirconiaError` `BAD_STATE` once the directory is disposed of;
   * `ZxError` `ACCESS_DENIED` by policy
   */
  connect(context: Context, options: ServeOptions = {}): Channel {
    const rights = this.#checkRights(options);
    const target = checkContext("context", context);
    this.#checkAlive();
    const [client, server] = target.createChannel();
    this.#server.begin(this, server, rights);
    return client;
  }

  /**
   * Serves the directory over a server end, which is consumed, on behalf of its context.
   *
   * @throws `ZirconiaError` `BAD_STATE` once the directory is disposed of
   */
  serve(channel: Channel, options: ServeOptions = {}): void {
    checkHandle("channel", channel, Channel);
    try {
      const rights = this.#checkRights(options);
      this.#checkAlive();
      this.#server.begin(this, channel, rights);
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  /**
   * Closes all connections that began here, and all that was opened through them, except to
   * services. Does nothing the second time.
   */
  dispose(): void {
    this.#server.dispose();
  }

  /** Same as {@link VfsDirectory.dispose}. */
  [DISPOSE](): void {
    this.dispose();
  }

  #checkRights(options: ServeOptions): NodeRights {
    checkOptions(options, ["rights"]);
    const { rights = this.rights } = options;
    return checkNodeRights("options.rights", rights, this.rights);
  }

  #checkAlive(): void {
    if (this.#server.isDisposed) {
      throw new ZirconiaError("The directory is disposed of", ZxStatus.BAD_STATE);
    }
  }
}
