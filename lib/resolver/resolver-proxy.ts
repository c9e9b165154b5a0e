import { ZxStatus } from "../base/status.js";
import type { ConnectionOptions } from "../fidl/client.js";
import { closeHandles } from "../fidl/handles.js";
import { Resolver } from "../fidl/libraries/fuchsia-process.js";
import type { MethodsOf } from "../fidl/protocol.js";
import type { Channel } from "../handles/channel.js";
import type { Vmo } from "../handles/vmo.js";
import { ServiceProxy } from "../service/service-proxy.js";
import type { WaitOptions } from "../zx/wait-options.js";

/** What a name stands for. It belongs to who has asked. */
export interface Resolved {
  /** The executable. */
  readonly executable: Vmo | undefined;
  /** The client end of a loader service for it, if it needs one of its own. */
  readonly ldsvc: Channel | undefined;
}

/**
 * A client of `fuchsia.process/Resolver`. Its calls reject with a {@link ZirconiaError} of the
 * Resolver's status, or with a `FidlError` if the connection fails.
 */
export class ResolverProxy extends ServiceProxy<MethodsOf<typeof Resolver>> {
  /** Speaks over a client end, which belongs to it until {@link ResolverProxy.intoChannel}. */
  constructor(channel: Channel, options?: ConnectionOptions) {
    super(Resolver, channel, options);
  }

  /**
   * What a name of at most 2,048 bytes stands for.
   *
   * @throws {@link ZirconiaError} as the Resolver says
   */
  async resolve(name: string, limits: WaitOptions = {}): Promise<Resolved> {
    const { status, executable, ldsvc } = await this.requests.resolve({ name }, limits);
    if (status !== ZxStatus.OK) {
      closeHandles([executable, ldsvc]);
      throw this.failure("Resolve", status);
    }
    return { executable, ldsvc };
  }
}
