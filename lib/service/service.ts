import { DISPOSE } from "../base/dispose.js";
import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { Methods, Protocol } from "../fidl/protocol.js";
import { type Implementation, serve, type ServerConnection } from "../fidl/server.js";
import { Channel } from "../handles/channel.js";
import { moveInto } from "../handles/move.js";
import { checkGiven } from "../handles/take.js";
import { checkContext, type Context } from "../kernel/context.js";
import { ServiceNode } from "../vfs/service-node.js";

/** What one client of a {@link Service} gets. */
export interface Session<M extends Methods> {
  /** Who answers its requests. */
  readonly answers: Implementation<M>;
  /**
   * Is told that the connection has ended: with the reason, unless a side has closed it. What is
   * still owned is to be given up.
   */
  ended?(reason: unknown): void;
}

/**
 * Serves a protocol to any number of clients, on behalf of a context. A service does not keep Node
 * alive.
 */
export abstract class Service<M extends Methods> implements Disposable {
  /** On whose behalf it serves: whose handles the clients' become, and whose policy counts. */
  readonly context: Context;
  readonly #protocol: Protocol<M>;
  readonly #connections = new Set<ServerConnection<M>>();
  #disposed = false;

  /** @internal */
  constructor(protocol: Protocol<M>, context: Context) {
    this.#protocol = protocol;
    this.context = checkContext("context", context);
  }

  /**
   * A new connection: its client end.
   *
   * @param context whose table the client end goes to: the service's own by default; a kernel stands
   * for its host
   * @throws {@link ZirconiaError} `BAD_STATE` once the service is disposed of;
   * {@link ZxError} `ACCESS_DENIED` by policy, `BAD_STATE` for a disposed context
   */
  connect(context: Context = this.context): Channel {
    const target = checkContext("context", context);
    const [client, server] = this.context.createChannel();
    try {
      this.serve(server);
      return moveInto(target, "client", client);
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /**
   * Serves a connection over its server end, of whatever context, which is consumed.
   *
   * @throws {@link ZirconiaError} `BAD_STATE` once the service is disposed of;
   * {@link ZxError} `ACCESS_DENIED` for a channel of another context without TRANSFER
   */
  serve(channel: Channel): void {
    const server = moveInto(this.context, "channel", checkGiven("channel", channel, Channel));
    if (this.#disposed) {
      server.close();
      const message = `The service of ${this.#protocol.name} is disposed of`;
      throw new ZirconiaError(message, ZxStatus.BAD_STATE);
    }
    void this.#run(server, this.accept());
  }

  /** A node for a directory, such as `/svc`: whoever opens it is served. */
  node(): ServiceNode {
    return new ServiceNode((channel) => this.serve(channel));
  }

  /** Closes all connections. Does nothing the second time. */
  dispose(): void {
    this.#disposed = true;
    for (const connection of this.#connections) {
      connection.close();
    }
  }

  /** Same as {@link Service.dispose}. */
  [DISPOSE](): void {
    this.dispose();
  }

  async #run(server: Channel, session: Session<M>): Promise<void> {
    const connection = serve(this.#protocol, server, session.answers);
    this.#connections.add(connection);
    const reason = await connection.closed;
    this.#connections.delete(connection);
    session.ended?.(reason);
  }

  /**
   * Begins to serve a client.
   *
   * @internal
   */
  protected abstract accept(): Session<M>;
}
