import { DISPOSE } from "../base/dispose.js";
import { ZxError } from "../base/errors.js";
import { waitForRequest } from "../fidl/requests.js";
import type { Channel } from "../handles/channel.js";
import type { Kernel } from "../kernel/kernel.js";
import type { VfsDirectory } from "../vfs/directory.js";

/** A directory, with what it takes to serve it. */
export interface Provision extends Disposable {
  readonly directory: VfsDirectory;
}

/** A directory that is made when somebody first asks for what is in it: most programs never do. */
export class LateDirectory implements Disposable {
  readonly #make: () => Provision;
  readonly #failed: (error: unknown) => void;
  #server: Channel | undefined;
  #made: Provision | undefined;

  /** @param failed is told why it could not be made; the connection is closed then */
  constructor(make: () => Provision, failed: (error: unknown) => void) {
    this.#make = make;
    this.#failed = failed;
  }

  /** The connection: its client end, which belongs to the caller. */
  connect(kernel: Kernel): Channel {
    const [client, server] = kernel.createChannel();
    this.#server = server;
    void this.#serve(server);
    return client;
  }

  /** Closes the connection, and gives up what was made. */
  [DISPOSE](): void {
    this.#server?.close();
    this.#made?.[DISPOSE]();
  }

  async #serve(server: Channel): Promise<void> {
    try {
      // Meanwhile it may be over.
      if ((await isAsked(server)) && server.isValid) {
        this.#made = this.#make();
        this.#made.directory.serve(server);
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      if (this.#made === undefined) {
        server.close();
      }
    }
  }
}

/** Whether a request comes, before either end is closed or the kernel has ended. */
async function isAsked(server: Channel): Promise<boolean> {
  try {
    return await waitForRequest(server);
  } catch (error) {
    if (!(error instanceof ZxError)) throw error;
    return false;
  }
}
