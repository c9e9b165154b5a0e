import { ZirconiaError } from "../base/errors.js";
import { statusName, ZxStatus } from "../base/status.js";
import { Client } from "../fidl/client.js";
import { FidlError } from "../fidl/errors.js";
import { File } from "../fidl/libraries/fuchsia-io.js";
import type { MethodsOf } from "../fidl/protocol.js";
import type { Channel } from "../handles/channel.js";
import type { Handle } from "../handles/handle.js";
import type { Vmo } from "../handles/vmo.js";
import { OpenFlags } from "../vfs/dialect-2020/flags.js";
import { VMO_EXEC, WIRE_FORMAT } from "./constants.js";
import { FdObject, type NodeKind } from "./object.js";

/** A node that a server has: what it is, and the connection to it. */
export class RemoteNode extends FdObject {
  override readonly kind: NodeKind;
  readonly #channel: Channel;
  // Of all nodes: what only files answer is asked of files only.
  readonly #client: Client<MethodsOf<typeof File>>;

  constructor(kind: NodeKind, channel: Channel) {
    super();
    this.kind = kind;
    this.#channel = channel;
    this.#client = new Client(File, channel, { wireFormat: WIRE_FORMAT });
  }

  override clone(): Channel {
    const [client, object] = this.#channel.context.createChannel();
    try {
      this.#client.proxy.clone({ flags: OpenFlags.CLONE_SAME_RIGHTS, object });
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** @throws `FidlError` `BAD_STATE` if the server has sent what nobody asked for */
  override unwrap(): Handle {
    try {
      return this.#client.intoChannel();
    } catch (error) {
      this.#client.close();
      throw error;
    }
  }

  /**
   * A copy of a file that can be executed, by `File.GetBuffer`.
   *
   * @throws {@link ZirconiaError} as the server says; `NOT_SUPPORTED` for other nodes; `IO` if the
   * server sends nothing
   */
  override async getVmoExec(): Promise<Vmo> {
    if (this.kind !== "file" && this.kind !== "vmofile") {
      return super.getVmoExec();
    }
    const { s, buffer } = await this.#client.proxy.getBuffer({ flags: VMO_EXEC });
    if (s === ZxStatus.OK && buffer !== undefined) {
      return buffer.vmo;
    }
    buffer?.vmo.close();
    const status = s === ZxStatus.OK ? ZxStatus.IO : s;
    throw new ZirconiaError(`${File.name}.GetBuffer: ${statusName(status)}`, status);
  }

  /** Tells the server, and waits until it has answered or gone. */
  override async close(): Promise<void> {
    try {
      await this.#client.proxy.close();
    } catch (error) {
      if (!(error instanceof FidlError)) {
        throw error;
      }
    } finally {
      this.#client.close();
    }
  }
}
