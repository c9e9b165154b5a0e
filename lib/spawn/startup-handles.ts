import { ZirconiaError } from "../base/errors.js";
import { statusName, ZxStatus } from "../base/status.js";
import { MAX_FD, USE_FOR_STDIO } from "../fdio/constants.js";
import type { FileDescriptors } from "../fdio/descriptors.js";
import type { Clock } from "../handles/clock.js";
import type { Handle } from "../handles/handle.js";
import type { Job } from "../handles/job.js";
import { HandleType } from "../zx/handle-info.js";
import type { Rights } from "../zx/rights.js";
import type { FdAction, TakenAction } from "./actions.js";
import { SpawnActionType } from "./flags.js";
import { failure } from "./spawn-error.js";
import type { Transfers } from "./transfers.js";

/** A startup handle, as the Launcher takes it: its id is type and argument. */
interface StartupItem {
  readonly handle: Handle;
  readonly id: number;
}

const STDIO = [0, 1, 2];
/** What keeps a descriptor of the three from being cloned without a word: closed, or of no use. */
const SKIPPED = new Set<number>([ZxStatus.INVALID_ARGS, ZxStatus.NOT_SUPPORTED]);

/** The startup handles of a new process, in the order in which it gets them. Owns its handles. */
export class StartupHandles {
  readonly items: StartupItem[] = [];
  readonly #descriptors: FileDescriptors;
  /** The new process's descriptors that are taken. */
  readonly #targets = new Set<number>();

  constructor(descriptors: FileDescriptors) {
    this.#descriptors = descriptors;
  }

  /** A duplicate of the job, as the default job. */
  addJob(job: Job): void {
    this.#add(HandleType.DefaultJob, "cannot duplicate the job", () => job.duplicate());
  }

  /** The loader service. Consumed. */
  addLoader(loader: Handle): void {
    this.items.push({ handle: loader, id: HandleType.LdsvcLoader });
  }

  /** What actions give, in their order. */
  addActions(actions: readonly TakenAction[], transfers: Transfers): void {
    actions.forEach((action, index) => {
      switch (action.action) {
        case SpawnActionType.CloneFd:
          this.#addFd("clone", action, index, () => this.#descriptors.clone(action.localFd));
          break;
        case SpawnActionType.TransferFd:
          this.#addFd("transfer", action, index, () => transfers.transfer(action));
          break;
        case SpawnActionType.AddHandle: {
          const { id, handle } = action;
          const target = (id >>> 16) & ~USE_FOR_STDIO;
          this.#add(id, `cannot add file descriptor ${target} (action ${index})`, () => {
            if ((id & 0xff) === HandleType.FileDescriptor) {
              this.#claim(target);
            }
            return handle!;
          });
          break;
        }
      }
    });
  }

  /** Clones of the descriptors 0, 1 and 2 that no action has given, as far as that is possible. */
  addStdio(): void {
    for (const fd of STDIO.filter((fd) => !this.#targets.has(fd))) {
      this.#add(fdId(fd), `cannot clone file descriptor ${fd}`, () => {
        try {
          return this.#descriptors.clone(fd);
        } catch (error) {
          if (error instanceof ZirconiaError && SKIPPED.has(error.status)) {
            return undefined;
          }
          throw error;
        }
      });
    }
  }

  /** A duplicate of the UTC clock. */
  addClock(clock: Clock, rights: Rights): void {
    const what = "cannot duplicate the UTC clock";
    this.#add(HandleType.ClockUtc, what, () => clock.duplicate(rights));
  }

  /** Closes the handles that were not sent. */
  close(): void {
    this.items.forEach(({ handle }) => handle.close());
  }

  #addFd(
    verb: "clone" | "transfer",
    { localFd, targetFd }: FdAction,
    index: number,
    make: () => Handle,
  ): void {
    const what = `cannot ${verb} file descriptor ${localFd} to ${targetFd} (action ${index})`;
    this.#add(fdId(targetFd), what, () => {
      this.#claim(targetFd & ~USE_FOR_STDIO);
      return make();
    });
  }

  #add(id: number, what: string, make: () => Handle | undefined): void {
    try {
      const handle = make();
      if (handle !== undefined) {
        this.items.push({ handle, id });
      }
    } catch (error) {
      throw failure(what, error);
    }
  }

  #claim(target: number): void {
    const status =
      target < 0 || target >= MAX_FD
        ? ZxStatus.OUT_OF_RANGE
        : this.#targets.has(target)
          ? ZxStatus.ALREADY_EXISTS
          : ZxStatus.OK;
    if (status !== ZxStatus.OK) {
      throw new ZirconiaError(`File descriptor ${target}: ${statusName(status)}`, status);
    }
    this.#targets.add(target);
  }
}

/** The id of a startup handle that is to be a descriptor. */
function fdId(fd: number): number {
  return (HandleType.FileDescriptor | (fd << 16)) >>> 0;
}
