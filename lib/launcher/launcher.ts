import { ZxStatus } from "../base/status.js";
import { checkFunction, checkOptions } from "../base/validate.js";
import {
  type LaunchInfo,
  Launcher as LauncherProtocol,
} from "../fidl/libraries/fuchsia-process.js";
import type { MethodsOf } from "../fidl/protocol.js";
import type { ValueOf } from "../fidl/type.js";
import type { Context } from "../kernel/context.js";
import type { BuiltProcess } from "../process-builder/built-process.js";
import { Service, type Session } from "../service/service.js";
import { checkLimits, type LauncherLimits, LaunchState } from "./launch-state.js";
import { buildProcess } from "./launch.js";
import { launcherError } from "./launcher-error.js";
import { launchFailure, type LaunchFailure, type LauncherRecord, serveFailure } from "./log.js";

type LauncherMethods = MethodsOf<typeof LauncherProtocol>;

/** How a {@link Launcher} serves. */
export interface LauncherOptions {
  /** Is told of launches and connections that fail. */
  logger?: (record: LauncherRecord) => void;
  /** How much one client may add to a launch. One that adds more gets `INVALID_ARGS` for it. */
  limits?: Partial<LauncherLimits>;
}

/**
 * Serves `fuchsia.process/Launcher`: builds and starts processes for clients whose own job does not
 * let them (src/sys/lib/elf_runner, `process_launcher`). What matters is the policy of the
 * Launcher's context, and the rights of the job handle that the client sends.
 *
 * A client adds arguments, environment, names and handles to its next launch; `Launch` and
 * `CreateWithoutStarting` use them up, whatever comes of it. Requests of one client are answered
 * one after the other: a loader service that is silent holds up to 30 seconds of the kernel's
 * clock, its own client only. A launch that has begun goes on when its client goes.
 *
 * @example
 * ```ts
 * import { Kernel, Launcher } from "zirconia";
 * import { PseudoDirectory } from "zirconia/vfs";
 *
 * using kernel = new Kernel();
 * const launcher = new Launcher(kernel);
 * const svc = new PseudoDirectory({ "fuchsia.process.Launcher": launcher.node() });
 * kernel.environment.namespace.bind("/svc", svc.connect(kernel));
 * ```
 */
export class Launcher extends Service<LauncherMethods> {
  readonly #logger: NonNullable<LauncherOptions["logger"]>;
  readonly #limits: LauncherLimits;

  /** @param context on whose behalf it serves; a kernel stands for its host */
  constructor(context: Context, options: LauncherOptions = {}) {
    super(LauncherProtocol, context);
    checkOptions(options, ["logger", "limits"]);
    const { logger = () => {}, limits } = options;
    checkFunction("options.logger", logger);
    this.#logger = logger;
    this.#limits = checkLimits(limits);
  }

  /** @internal */
  protected override accept(): Session<LauncherMethods> {
    let state = new LaunchState(this.#limits);
    /** Leaves what the next launch begins with. */
    const takeState = () => {
      const taken = state;
      state = new LaunchState(this.#limits);
      return taken;
    };
    return {
      answers: {
        addArgs: ({ args }) => state.addArgs(args),
        addEnvirons: ({ environ }) => state.addEnvirons(environ),
        addNames: ({ names }) => state.addNames(names),
        addHandles: ({ handles }) => state.addHandles(handles),
        setOptions: ({ options }) => {
          state.options = options;
        },
        launch: ({ info }) =>
          this.#perform("launch", info, takeState(), (built) => ({ process: built.start() })),
        createWithoutStarting: ({ info }) =>
          this.#perform("create", info, takeState(), (built) => ({ data: startData(built) })),
      },
      ended: (reason) => {
        state.dispose();
        if (reason !== undefined) {
          this.#logger(serveFailure(reason));
        }
      },
    };
  }

  /** Builds a process, and answers with what is done with it, or with the status of a failure. */
  async #perform<T extends object>(
    op: LaunchFailure["op"],
    info: ValueOf<typeof LaunchInfo>,
    state: LaunchState,
    finish: (built: BuiltProcess) => T,
  ): Promise<{ status: number } & Partial<T>> {
    const { job } = info;
    try {
      return { status: ZxStatus.OK, ...finish(await buildProcess(info, state)) };
    } catch (cause) {
      const error = launcherError(cause);
      this.#logger(launchFailure(op, info.name, job, error));
      return { status: error.status } as { status: number } & Partial<T>;
    } finally {
      job.close();
    }
  }
}

/** What is sent of a process that its client starts itself. */
function startData(built: BuiltProcess) {
  const { process, rootVmar, thread, entry, stack, bootstrap, vdsoBase, elfBase: base } = built;
  built.stackVmo.close();
  return { process, rootVmar, thread, entry, stack, bootstrap, vdsoBase, base };
}
