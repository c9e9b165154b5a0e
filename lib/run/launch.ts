import { DISPOSE, Scope, scoped } from "../base/dispose.js";
import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { type CString, lastPart } from "../base/strings.js";
import type { Job } from "../handles/job.js";
import type { Process } from "../handles/process.js";
import type { Kernel } from "../kernel/kernel.js";
import type { BuiltProcess } from "../process-builder/built-process.js";
import type { StartupHandle } from "../process-builder/message.js";
import { ProcessBuilder } from "../process-builder/process-builder.js";
import type { Interrupter } from "../program/interrupter.js";
import { ServedNamespace } from "../program/namespace.js";
import { checkServices, type ServicePrograms } from "../program/service-options.js";
import { ServedWorld, worldBeside } from "../program/world.js";
import { type Executable, executableOf } from "./executable.js";
import { Linking } from "./linking.js";
import type { RunOptions } from "./options.js";
import { ServingProgram } from "./serving-program.js";

/** A program that is to be launched, and what it alone is given. */
export interface Launched {
  readonly executable: Executable;
  readonly name: CString;
  readonly args: readonly CString[];
  readonly env: readonly CString[];
  /** Consumed on every outcome. */
  readonly handles: readonly StartupHandle[];
  /** What is done with the process before it begins. */
  readonly prepare?: (built: BuiltProcess) => Promise<void>;
}

/** What programs of one run share: a job, a namespace, libraries, services. */
export class Launch implements Disposable {
  readonly linking: Linking;
  readonly #kernel: Kernel;
  readonly #job: Job;
  readonly #options: RunOptions;
  readonly #interrupter: Interrupter;
  readonly #namespace: ServedNamespace;
  readonly #world: ServedWorld;
  readonly #scope = new Scope();

  /** @throws Error for a directory or an SDK that is not there */
  constructor(kernel: Kernel, job: Job, options: RunOptions, interrupter: Interrupter) {
    this.#kernel = kernel;
    this.#job = job;
    this.#options = options;
    this.#interrupter = interrupter;
    const { namespace = {}, handles = [], bare, services } = options;
    this.linking = new Linking(kernel, options);
    this.#scope.use(this.linking.service);
    this.#namespace = this.#scope.use(new ServedNamespace(namespace));
    const beside = worldBeside({
      bare,
      paths: Object.keys(namespace),
      infos: handles.map(({ info }) => info),
      services: checkServices("options.services", services ?? {}),
    });
    this.#world = this.#scope.use(
      new ServedWorld(beside, {
        kernel,
        job,
        programs: this.#programs(),
        failed: (name, error) => interrupter.interrupt({ kind: "stream", name, error }),
      }),
    );
  }

  /** Starts a program. What it is given that all have goes with its process. */
  async start({ executable, name, args, env, handles, prepare }: Launched): Promise<Process> {
    const { abi, minStackSize, images } = this.#options;
    const { signal } = this.#interrupter;
    return scoped(async (scope) => {
      const vmo = scope.use(await executable.open(this.#kernel, this.#interrupter, images));
      const builder = scope.use(
        new ProcessBuilder({
          name: lastPart(name),
          job: this.#job,
          executable: vmo,
          ...(abi && { abi }),
        }),
      );
      builder
        .addArguments([name, ...args])
        .addEnvironmentVariables(env)
        .setLoaderService(this.linking.service.connect())
        .addNamespaceEntries(this.#namespace.connect(this.#kernel))
        .addNamespaceEntries(this.#world.entries())
        .addHandles(handles)
        .addHandles(this.#world.handles());
      if (minStackSize !== undefined) {
        builder.setMinStackSize(minStackSize);
      }
      const built = scope.use(
        await builder.build({ signal }).catch((error: unknown) => {
          throw this.linking.explained(error);
        }),
      );
      await prepare?.(built);
      signal.throwIfAborted();
      return built.start();
    });
  }

  [DISPOSE](): void {
    this.#scope[DISPOSE]();
  }

  /** Ends the run for a program that cannot serve, unless it is over and that is why. */
  #tell(name: string, error: unknown): void {
    const isOver = error instanceof ZirconiaError && error.status === ZxStatus.BAD_STATE;
    if (!isOver) this.#interrupter.interrupt({ kind: "stream", name, error });
  }

  /** Programs that serve, each of which is started by its first client. */
  #programs(): ServicePrograms {
    const programs = new Map<string, ServingProgram>();
    return (file) => {
      const known = programs.get(file);
      if (known !== undefined) return known;
      const executable = executableOf(file);
      const name = executable.name();
      const program = new ServingProgram(this.#kernel, async (handles) => {
        try {
          return await this.start({ executable, name, args: [], env: [], handles });
        } catch (error) {
          this.#tell(file, error);
          throw error;
        }
      });
      programs.set(file, program);
      return this.#scope.use(program);
    };
  }
}
