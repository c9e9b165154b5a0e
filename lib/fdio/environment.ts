import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { type CString, packStrings } from "../base/strings.js";
import { Channel } from "../handles/channel.js";
import { Clock } from "../handles/clock.js";
import { Job } from "../handles/job.js";
import { moveInto } from "../handles/move.js";
import { checkGiven } from "../handles/take.js";
import { type Context, provideEnvironments } from "../kernel/context.js";
import { LoaderProxy } from "../loader-service/loader-proxy.js";
import { checkFd, FileDescriptors } from "./descriptors.js";
import { Namespace } from "./namespace.js";
import { ServiceDirectory } from "./service-directory.js";

/**
 * What a process has been given, and shares with those that it spawns: what the C library and
 * libfdio keep for a program. Handles that are given to it move into its context.
 */
export class Environment {
  /** The directories that the process sees. */
  readonly namespace: Namespace;
  /** What its file descriptors refer to. */
  readonly descriptors: FileDescriptors;
  /** The services in its namespace's `/svc`. */
  readonly services: ServiceDirectory;
  readonly #context: Context;
  #environ: readonly CString[] = [];
  #defaultJob: Job | undefined;
  #loader: LoaderProxy | undefined;
  #utcClock: Clock | undefined;

  /** @internal */
  constructor(context: Context) {
    this.#context = context;
    this.namespace = new Namespace(context);
    this.descriptors = new FileDescriptors(context);
    this.services = new ServiceDirectory(context, this.namespace);
  }

  /** `environ`: `KEY=VALUE` by convention. Empty at first. */
  get environ(): readonly CString[] {
    return this.#environ;
  }

  set environ(environ: readonly CString[]) {
    packStrings("environ", environ);
    this.#environ = [...environ];
  }

  /**
   * `zx_job_default`. The host's is the root job at first; others have none. The environment keeps
   * the handle: it is a duplicate that can be given away.
   */
  get defaultJob(): Job | undefined {
    const { kernel } = this.#context;
    return this.#defaultJob ?? (this.#context === kernel ? kernel.rootJob : undefined);
  }

  /**
   * `zx_utc_reference_get`. There is none at first. The environment keeps the handle: it is a
   * duplicate that can be given away.
   */
  get utcClock(): Clock | undefined {
    return this.#utcClock;
  }

  /** Whether there is a loader service, which there is not at first. */
  get hasLoaderService(): boolean {
    return this.#loader !== undefined;
  }

  /** Sets the default job. Consumes the handle; closes the one before. */
  setDefaultJob(job: Job): void {
    const moved = moveInto(this.#context, "job", checkGiven("job", job, Job));
    this.#defaultJob?.close();
    this.#defaultJob = moved.keepAs("the environment's default job");
  }

  /** Sets the UTC clock. Consumes the handle; closes the one before. */
  setUtcClock(clock: Clock): void {
    const moved = moveInto(this.#context, "clock", checkGiven("clock", clock, Clock));
    this.#utcClock?.close();
    this.#utcClock = moved.keepAs("the environment's UTC clock");
  }

  /**
   * Sets the loader service, by which the process gets its libraries: a client end of
   * `fuchsia.ldsvc/Loader`. Consumes the channel; closes the one before.
   */
  setLoaderService(loader: Channel): void {
    const moved = moveInto(this.#context, "loader", checkGiven("loader", loader, Channel));
    this.#loader?.close();
    this.#loader = new LoaderProxy(moved);
  }

  /**
   * `dl_clone_loader_service`: a further connection to the loader service, which belongs to the
   * caller.
   *
   * @throws {@link ZirconiaError} `UNAVAILABLE` without a loader service; as the service says;
   * `PEER_CLOSED` if it is gone
   */
  async cloneLoaderService(): Promise<Channel> {
    if (this.#loader === undefined) {
      throw new ZirconiaError("There is no loader service", ZxStatus.UNAVAILABLE);
    }
    return this.#loader.clone();
  }

  /**
   * `fdio_open_fd`: opens what is at a path of the namespace.
   *
   * @param flags of `Directory.Open`
   * @param fd which descriptor, in place of what it refers to; by default the lowest that is closed
   * @returns the descriptor
   * @throws {@link ZirconiaError} `NOT_FOUND`, `BAD_PATH`, `INVALID_ARGS` for the path, and
   * `ALREADY_EXISTS` for CREATE of what is bound; as the server says; `BAD_STATE` if all descriptors
   * are open
   */
  async open(path: string, flags: number, fd?: number): Promise<number> {
    const target = fd === undefined ? undefined : checkFd("fd", fd);
    return this.descriptors.bind(await this.namespace.open(path, flags), target);
  }
}

provideEnvironments((context) => new Environment(context));
