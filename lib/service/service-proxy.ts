import { DISPOSE } from "../base/dispose.js";
import { ZirconiaError } from "../base/errors.js";
import { statusName } from "../base/status.js";
import { Client, type ConnectionOptions, type Proxy } from "../fidl/client.js";
import type { Methods, Protocol } from "../fidl/protocol.js";
import type { Channel } from "../handles/channel.js";

/**
 * A client of a service's protocol. Its calls reject with a {@link ZirconiaError} of the service's
 * status, or with a `FidlError` if the connection fails.
 */
export abstract class ServiceProxy<M extends Methods> implements Disposable {
  readonly #client: Client<M>;

  /** @internal */
  constructor(protocol: Protocol<M>, channel: Channel, options?: ConnectionOptions) {
    this.#client = new Client(protocol, channel, options);
  }

  /**
   * Gives the client end back, and ends the proxy.
   *
   * @throws `FidlError` `Channel` with `BAD_STATE` while something is in flight
   */
  intoChannel(): Channel {
    return this.#client.intoChannel();
  }

  /** Closes the connection. */
  close(): void {
    this.#client.close();
  }

  /** Same as {@link ServiceProxy.close}. */
  [DISPOSE](): void {
    this.close();
  }

  /**
   * Throws why the connection has ended, if that is known.
   *
   * @internal
   */
  protected checkAlive(): void {
    this.#client.checkAlive();
  }

  /** @internal */
  protected get requests(): Proxy<M> {
    return this.#client.proxy;
  }

  /**
   * What a service's refusal is to the caller.
   *
   * @internal
   */
  protected failure(method: string, status: number): ZirconiaError {
    return new ZirconiaError(
      `${this.#client.protocol.name}.${method}: ${statusName(status)}`,
      status,
    );
  }
}
