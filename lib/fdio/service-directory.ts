import { checkString } from "../base/validate.js";
import { Client } from "../fidl/client.js";
import { FidlError } from "../fidl/errors.js";
import { Directory } from "../fidl/libraries/fuchsia-io.js";
import type { MethodsOf } from "../fidl/protocol.js";
import type { Channel } from "../handles/channel.js";
import type { Context } from "../kernel/context.js";
import { CONNECT_FLAGS, CONNECT_MODE, WIRE_FORMAT } from "./constants.js";
import type { Namespace } from "./namespace.js";

/**
 * The services of a namespace (sdk/lib/fdio, `fdio_service_connect_by_name`): `/svc` is opened at
 * the first use, and kept while somebody serves it.
 */
export class ServiceDirectory {
  readonly #context: Context;
  readonly #namespace: Namespace;
  #directory: Client<MethodsOf<typeof Directory>> | undefined;

  /** @internal */
  constructor(context: Context, namespace: Namespace) {
    this.#context = context;
    this.#namespace = namespace;
  }

  /**
   * Connects to a service. Whether there is one shows on the channel only.
   *
   * @param name as in `fuchsia.process.Launcher`
   * @returns the client end
   * @throws {@link ZirconiaError} `NOT_FOUND` without `/svc`; `PEER_CLOSED` if nobody serves it
   */
  connect(name: string): Channel {
    checkString("name", name);
    const [client, object] = this.#context.createChannel();
    try {
      const { proxy } = (this.#directory ??= this.#open());
      proxy.open({ flags: CONNECT_FLAGS, mode: CONNECT_MODE, path: name, object });
      return client;
    } catch (error) {
      client.close();
      object.close();
      if (error instanceof FidlError) {
        // What is bound there next time may be served.
        this.#directory?.close();
        this.#directory = undefined;
      }
      throw error;
    }
  }

  #open(): Client<MethodsOf<typeof Directory>> {
    const [directory, object] = this.#context.createChannel();
    try {
      this.#namespace.connect("/svc/.", CONNECT_FLAGS, object);
    } catch (error) {
      directory.close();
      throw error;
    }
    return new Client(Directory, directory, { wireFormat: WIRE_FORMAT });
  }
}
