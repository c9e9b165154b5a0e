import { ZxStatus } from "../base/status.js";
import { Loader } from "../fidl/libraries/fuchsia-ldsvc.js";
import type { MethodsOf } from "../fidl/protocol.js";
import type { Channel } from "../handles/channel.js";
import type { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import { ServiceProxy } from "../service/service-proxy.js";
import type { WaitOptions } from "../zx/wait-options.js";

/**
 * A client of `fuchsia.ldsvc/Loader`, as a dynamic linker is one. Its calls reject with a
 * {@link ZirconiaError} of the service's status, or with a `FidlError` if the connection
 * fails.
 */
export class LoaderProxy extends ServiceProxy<MethodsOf<typeof Loader>> {
  readonly #context: Context;

  /** Speaks over a client end, which belongs to it until {@link LoaderProxy.intoChannel}. */
  constructor(channel: Channel) {
    super(Loader, channel);
    this.#context = channel.context;
  }

  /**
   * The object of a name.
   *
   * @throws {@link ZirconiaError} as the service says; `INTERNAL` if it is content and sends nothing
   */
  async loadObject(name: string, limits: WaitOptions = {}): Promise<Vmo> {
    const { rv, object } = await this.requests.loadObject({ objectName: name }, limits);
    if (rv !== ZxStatus.OK || object === undefined) {
      object?.close();
      throw this.failure("LoadObject", rv === ZxStatus.OK ? ZxStatus.INTERNAL : rv);
    }
    return object;
  }

  /**
   * Looks for objects in a subdirectory from now on: first, or with a `!` at the end only.
   *
   * @throws {@link ZirconiaError} `INVALID_ARGS` for what cannot be a subdirectory
   */
  async config(config: string, limits: WaitOptions = {}): Promise<void> {
    this.#check("Config", await this.requests.config({ config }, limits));
  }

  /** A further connection to the service, unconfigured: its client end. */
  async clone(limits: WaitOptions = {}): Promise<Channel> {
    const [client, loader] = this.#context.createChannel();
    try {
      this.#check("Clone", await this.requests.clone({ loader }, limits));
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Tells the service that nothing more is wanted: it closes the connection. */
  done(): void {
    this.requests.done();
  }

  #check(method: string, { rv }: { rv: number }): void {
    if (rv !== ZxStatus.OK) {
      throw this.failure(method, rv);
    }
  }
}
