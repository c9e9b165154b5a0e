import { DISPOSE, Scope } from "../base/dispose.js";
import { abortError, ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { type CString, encode, NAME_SIZE, textOf } from "../base/strings.js";
import type { ExportedEntry } from "../fdio/namespace.js";
import { Client } from "../fidl/client.js";
import { closeHandles } from "../fidl/handles.js";
import { Launcher } from "../fidl/libraries/fuchsia-process.js";
import type { MethodsOf } from "../fidl/protocol.js";
import { Job } from "../handles/job.js";
import type { Process } from "../handles/process.js";
import type { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import {
  type Intent,
  readActions,
  type SpawnAction,
  takeActions,
  type TakenAction,
} from "./actions.js";
import { SpawnFlags } from "./flags.js";
import type { Generation } from "./generation.js";
import { Program } from "./program.js";
import { failure, refused, spellStatus, SpawnError, step, truncate } from "./spawn-error.js";
import { StartupHandles } from "./startup-handles.js";
import { addedNames, cloneNames } from "./startup-names.js";
import { Transfers } from "./transfers.js";

type LauncherMethods = MethodsOf<typeof Launcher>;

/** What is to be spawned, checked as far as types go. */
export interface SpawnRequest {
  /** Who spawns. */
  readonly context: Context;
  /** Borrowed; the default job in place of `null`. */
  readonly job: Job | null;
  readonly flags: number;
  readonly argv: readonly CString[] | null;
  readonly environ: readonly CString[] | null;
  readonly actions: readonly SpawnAction[];
  readonly generation: Generation;
  readonly signal: AbortSignal | undefined;
}

/** Spawns one process, in the order of sdk/lib/fdio/spawn.cc. */
export class Spawn {
  readonly #request: SpawnRequest;
  readonly #transfers: Transfers;
  readonly #handles: StartupHandles;
  /** What it has at work. */
  readonly #scope = new Scope();
  #actions: readonly TakenAction[] = [];
  #cloned: readonly ExportedEntry[] = [];
  #passesDescriptors = false;

  constructor(request: SpawnRequest) {
    const { descriptors } = request.context.environment;
    this.#request = request;
    this.#transfers = new Transfers(descriptors, request.actions);
    this.#handles = new StartupHandles(descriptors);
  }

  /**
   * Takes over the handles in actions.
   *
   * @throws {@link ForeignHandleError} for one of them, or a job, of another context
   */
  takeHandles(): void {
    const { context, job, actions } = this.#request;
    job?.valueIn(context, "job");
    this.#actions = takeActions(context, actions);
  }

  /**
   * @param executable what to run. Consumed.
   * @param script what an interpreter is told to run
   * @throws {@link SpawnError}
   */
  async run(executable: Vmo, script: CString | undefined): Promise<Process> {
    const { context, argv, flags, generation } = this.#request;
    const { environment } = context;
    const { INVALID_ARGS } = ZxStatus;
    const program = this.#scope.use(new Program(context, generation, executable));
    if (!executable.isValid) {
      const { BAD_HANDLE } = ZxStatus;
      const status = generation.documentedStatuses ? BAD_HANDLE : INVALID_ARGS;
      throw refused(status, "the executable is no valid handle");
    }
    if (argv === null) {
      throw refused(INVALID_ARGS, "argv is null");
    }
    const intent = readActions(this.#actions, flags);
    const name = intent.name ?? argv[0];
    if (name === undefined) {
      const reason = "the process has no name: argv is empty, and no action sets one";
      throw refused(INVALID_ARGS, reason);
    }
    if ((flags & SpawnFlags.DEFAULT_LDSVC) !== 0) {
      const what = "cannot clone the loader service";
      program.loader = await step(what, () => environment.cloneLoaderService());
    }
    if (generation.exportsEarly) {
      await this.#clone(intent.flags, intent.prefixes);
    }
    await program.resolve(script);
    const service = "fuchsia.process.Launcher";
    const channel = await this.#reach(`cannot connect to ${service}`, () =>
      environment.services.connect(service),
    );
    const { wireFormat } = generation;
    const launcher = this.#scope.use(new Client(Launcher, channel, { wireFormat }));
    await this.#describe(launcher, program, intent, argv);
    return await this.#launch(launcher, program.executable, textOf(name));
  }

  /** Closes what was not passed on. */
  async close(): Promise<void> {
    this.#scope[DISPOSE]();
    this.#handles.close();
    closeHandles([this.#cloned, this.#actions, this.#request.actions]);
    if (this.#passesDescriptors || !this.#request.generation.keepsDescriptors) {
      await this.#transfers.close();
    }
  }

  /** Tells the Launcher what the process gets. */
  async #describe(
    { proxy }: Client<LauncherMethods>,
    program: Program,
    { flags, prefixes }: Intent,
    argv: readonly CString[],
  ): Promise<void> {
    const { context, environ, generation } = this.#request;
    const args = program.arguments(argv).map(toBytes);
    await this.#reach("cannot send the arguments", () => proxy.addArgs({ args }));
    if (environ !== null) {
      const given = environ.map(toBytes);
      await this.#reach("cannot send the environment", () => proxy.addEnvirons({ environ: given }));
    } else if ((flags & SpawnFlags.CLONE_ENVIRON) !== 0) {
      const cloned = context.environment.environ.map(toBytes);
      const what = "cannot send the cloned environment";
      await this.#reach(what, () => proxy.addEnvirons({ environ: cloned }));
    }
    if (!generation.exportsEarly) {
      await this.#clone(flags, prefixes);
    }
    this.#collect(flags, program);
    const { items: handles } = this.#handles;
    const mayBeSome = handles.length > 0 || (flags & SpawnFlags.CLONE_STDIO) !== 0;
    if (mayBeSome || generation.sendsEmpty) {
      await this.#reach("cannot send the handles", () => proxy.addHandles({ handles }));
    }
    const added = addedNames(this.#actions);
    const names = generation.clonedNamesFirst
      ? [...this.#cloned, ...added]
      : [...added, ...this.#cloned];
    if (names.length > 0 || generation.sendsEmpty) {
      await this.#reach("cannot send the namespace", () => proxy.addNames({ names }));
    }
  }

  async #launch(
    { proxy }: Client<LauncherMethods>,
    executable: Vmo,
    name: string,
  ): Promise<Process> {
    const job = await step("cannot duplicate the job for the Launcher", () =>
      this.#job.duplicate(),
    );
    const { signal } = this.#request;
    if (signal?.aborted === true) {
      job.close();
      throw abortError(signal.reason);
    }
    const info = { executable, job, name: truncate(name, NAME_SIZE - 1) };
    const { status, process } = await this.#reach("cannot ask the Launcher", () =>
      proxy.launch({ info }),
    );
    if (status !== ZxStatus.OK) {
      process?.close();
      const reason = `the Launcher could not launch the process: ${spellStatus(status)}`;
      throw new SpawnError(status, reason);
    }
    if (process === undefined) {
      throw new SpawnError(ZxStatus.BAD_HANDLE, "the Launcher has sent no process");
    }
    return process;
  }

  /** Clones the parts of the namespace that are wanted. */
  async #clone(flags: number, prefixes: readonly string[]): Promise<void> {
    const wanted = (flags & SpawnFlags.CLONE_NAMESPACE) !== 0 ? "all" : prefixes;
    if (wanted.length > 0) {
      const { namespace } = this.#request.context.environment;
      this.#cloned = await step("cannot export the namespace", () => cloneNames(namespace, wanted));
    }
  }

  #collect(flags: number, program: Program): void {
    const { context, generation } = this.#request;
    this.#passesDescriptors = true;
    if ((flags & SpawnFlags.CLONE_JOB) !== 0) {
      this.#handles.addJob(this.#job);
    }
    if (program.loader !== undefined) {
      this.#handles.addLoader(program.loader);
    }
    this.#handles.addActions(this.#actions, this.#transfers);
    if ((flags & SpawnFlags.CLONE_STDIO) !== 0) {
      this.#handles.addStdio();
    }
    const { utcClock } = context.environment;
    if ((flags & SpawnFlags.CLONE_UTC_CLOCK) !== 0 && utcClock !== undefined) {
      this.#handles.addClock(utcClock, generation.clockRights);
    }
  }

  /** The job to spawn in; an invalid handle if there is none. */
  get #job(): Job {
    const { context, job } = this.#request;
    return job ?? context.environment.defaultJob ?? new Job(context, 0);
  }

  /** Does a step that fails if the Launcher is not there. */
  async #reach<T>(what: string, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { documentedStatuses } = this.#request.generation;
      const isGone = error instanceof ZirconiaError && UNREACHABLE.has(error.status);
      throw failure(what, error, documentedStatuses && isGone ? ZxStatus.INTERNAL : undefined);
    }
  }
}

/** What shows that nobody serves the Launcher, or `/svc`. */
const UNREACHABLE = new Set<number>([ZxStatus.NOT_FOUND, ZxStatus.PEER_CLOSED]);

function toBytes(string: CString): Uint8Array {
  return typeof string === "string" ? encode(string) : string;
}
