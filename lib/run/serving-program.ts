import { DISPOSE } from "../base/dispose.js";
import { CONNECT_FLAGS, CONNECT_MODE, WIRE_FORMAT } from "../fdio/constants.js";
import { Client } from "../fidl/client.js";
import { Directory } from "../fidl/libraries/fuchsia-io.js";
import type { MethodsOf } from "../fidl/protocol.js";
import type { Channel } from "../handles/channel.js";
import type { Process } from "../handles/process.js";
import type { Kernel } from "../kernel/kernel.js";
import type { StartupHandle } from "../process-builder/message.js";
import { HandleInfo, HandleType } from "../zx/handle-info.js";

type OutgoingDirectory = Client<MethodsOf<typeof Directory>>;

/**
 * A program that serves, as Fuchsia's components do: from `svc` in the directory for which it gets a
 * startup handle. Its first client starts it.
 */
export class ServingProgram implements Disposable {
  readonly #kernel: Kernel;
  readonly #start: (handles: readonly StartupHandle[]) => Promise<Process>;
  #directory: Promise<OutgoingDirectory> | undefined;

  /** @param start starts the program, which then belongs to the caller */
  constructor(kernel: Kernel, start: (handles: readonly StartupHandle[]) => Promise<Process>) {
    this.#kernel = kernel;
    this.#start = start;
  }

  /** Passes on a client's channel, which is consumed. */
  async connect(name: string, channel: Channel): Promise<void> {
    try {
      const { proxy } = await (this.#directory ??= this.#launch());
      const path = `svc/${name}`;
      proxy.open({ flags: CONNECT_FLAGS, mode: CONNECT_MODE, path, object: channel });
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  [DISPOSE](): void {
    void this.#directory?.then((directory) => directory.close()).catch(() => {});
  }

  async #launch(): Promise<OutgoingDirectory> {
    const [client, handle] = this.#kernel.createChannel();
    try {
      const info = new HandleInfo(HandleType.DirectoryRequest);
      (await this.#start([{ handle, info }])).close();
      return new Client(Directory, client, { wireFormat: WIRE_FORMAT });
    } catch (error) {
      client.close();
      handle.close();
      throw error;
    }
  }
}
