import type { FileDescriptors } from "../fdio/descriptors.js";
import type { Handle } from "../handles/handle.js";
import type { FdAction, SpawnAction } from "./actions.js";
import { SpawnActionType } from "./flags.js";

/** The file descriptors that actions transfer: they are closed, whatever comes of the spawn. */
export class Transfers {
  readonly #descriptors: FileDescriptors;
  readonly #pending: Set<SpawnAction>;

  constructor(descriptors: FileDescriptors, actions: readonly SpawnAction[]) {
    this.#descriptors = descriptors;
    this.#pending = new Set(actions.filter(({ action }) => action === SpawnActionType.TransferFd));
  }

  /** The handle behind a descriptor, as {@link FileDescriptors.transfer} gives it. */
  transfer(action: FdAction): Handle {
    this.#pending.delete(action);
    return this.#descriptors.transfer(action.localFd);
  }

  /** Closes the descriptors that were not transferred. */
  async close(): Promise<void> {
    for (const action of this.#pending) {
      const { localFd } = action as FdAction;
      if (this.#descriptors.kind(localFd) !== undefined) {
        await this.#descriptors.close(localFd);
      }
    }
  }
}
