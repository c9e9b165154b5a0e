import type { NativeError } from "../../native.cjs";
import { DISPOSE } from "../base/dispose.js";
import { check, checkStatus, kernelDisposed } from "../base/errors.js";
import { checkCString, type CString, packBytes, packStrings, textOf } from "../base/strings.js";
import {
  checkAbortSignal,
  checkArray,
  checkChoice,
  checkOptions,
  checkU32,
  checkU64,
} from "../base/validate.js";
import { closeHandles, consuming } from "../fidl/handles.js";
import { Channel } from "../handles/channel.js";
import { Job } from "../handles/job.js";
import { Process } from "../handles/process.js";
import { checkGiven, checkHandle, takeEach, takeValue } from "../handles/take.js";
import { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import { native } from "../native/native.js";
import { type Abi, checkAbi } from "../zx/abi.js";
import { BackgroundChannel } from "./background-channel.js";
import { BuiltProcess } from "./built-process.js";
import { loadDynamicLinker } from "./get-dynamic-linker.js";
import { checkStartupHandles, type StartupHandle } from "./message.js";

/** A namespace entry: a path, and the client end of a directory. */
export interface NamespaceEntry {
  readonly path: CString;
  readonly directory: Channel;
}

/** What a {@link ProcessBuilder} begins with. */
export interface ProcessBuilderOptions {
  /** The process's name, of which 31 bytes are kept. */
  name: CString;
  /** The job of the process. Borrowed; its context is the caller, whose policy counts. */
  job: Job;
  /**
   * The executable. Consumed. It needs READ, MAP, EXECUTE, DUPLICATE and GET_PROPERTY; TRANSFER, too,
   * if it is dynamic, that is, has a PT_INTERP, for its linker gets it. A dynamic executable needs a
   * loader service: {@link ProcessBuilder.setLoaderService}.
   */
  executable: Vmo;
  /** The vDSO, if not the system's. Consumed. */
  vdso?: Vmo;
  /** Bits of {@link ProcessOptions}, for `zx_process_create`. */
  options?: number;
  /**
   * Which generation of `process_builder` to be like: `2019` differs in the order of handles, in
   * the linker's message, in what becomes of `VdsoVmo` handles, and in some texts.
   */
  compat?: "2019" | "newest";
  /**
   * The ABI of the process: which vDSO it gets, and where its address space begins. By default that
   * of `vdso`, or else the newest that has all system calls that the executable imports; what a
   * dynamic linker imports counts for the vDSO too. It is independent of `compat`.
   */
  abi?: Abi;
}

const COMPATS = ["2019", "newest"] as const;

/**
 * Builds a process as Fuchsia's `process_builder` does.
 *
 * Handles are of the job's context, and consumed on every outcome: they belong to the builder, or, if
 * the call fails, they are closed. The process exists from the constructor on, not started, and dies
 * with the builder.
 *
 * {@link ProcessBuilder.build} and {@link ProcessBuilder.dispose} consume the builder. Every other
 * call then fails with a {@link ProcessBuilderError}, `GenericStatus` with `BAD_STATE`, and does
 * nothing to the build.
 *
 * @example
 * ```ts
 * import { Kernel, ProcessBuilder } from "zirconia";
 *
 * await using kernel = new Kernel();
 * const executable = await kernel.vmoFromFile("guest/out/hello");
 * const builder = new ProcessBuilder({ name: "hello", job: kernel.rootJob, executable });
 * const built = await builder.addArguments(["hello", "world"]).build();
 * const { returnCode } = await built.start().exited();
 * ```
 */
export class ProcessBuilder implements Disposable {
  readonly #context: Context;
  readonly #name: CString;
  readonly #builder: InstanceType<typeof native.NativeProcessBuilder>;

  /**
   * @throws {@link ProcessBuilderError} `BadHandle`, `CreateProcess`, `CreateThread`,
   * `DuplicateHandle`
   */
  constructor(options: ProcessBuilderOptions) {
    const given = Object(options) as Partial<ProcessBuilderOptions>;
    const { vdso } = given;
    try {
      checkOptions(options, ["name", "job", "executable", "vdso", "options", "compat", "abi"]);
      const name = checkCString("options.name", options.name);
      const job = checkHandle("options.job", options.job, Job);
      const executable = checkGiven("options.executable", options.executable, Vmo);
      const { options: processOptions = 0, compat = "newest" } = options;
      checkU32("options.options", processOptions);
      checkChoice("options.compat", compat, COMPATS);
      const abi = checkAbi("options.abi", options.abi);
      if (vdso !== undefined) {
        checkGiven("options.vdso", vdso, Vmo);
      }
      const { context } = job;
      this.#context = context;
      this.#name = name;
      this.#builder = new native.NativeProcessBuilder(context.native, context.id);
      check(
        this.#builder.create(
          name,
          job.value,
          processOptions,
          takeValue(context, "options.executable", executable),
          vdso === undefined ? undefined : takeValue(context, "options.vdso", vdso),
          compat === "2019",
          abi,
        ),
      );
    } finally {
      closeHandles([given.executable, vdso]);
    }
  }

  /**
   * The loader service: a client end of `fuchsia.ldsvc.Loader`, as {@link LoaderService.connect}
   * gives it. A dynamic executable needs one, for its linker and for its libraries; there is no other
   * to fall back on. One that is static gets none, and this is closed. Replaces and closes any earlier
   * one.
   *
   * @throws {@link ProcessBuilderError} `BadHandle`
   */
  setLoaderService(loader: Channel): this {
    return this.#give(loader, () => {
      checkGiven("loader", loader, Channel);
      return this.#builder.setLoaderService(takeValue(this.#context, "loader", loader));
    });
  }

  /** The vDSO to map instead of the system's. Replaces and closes any earlier one. */
  setVdsoVmo(vdso: Vmo): this {
    return this.#give(vdso, () => {
      checkGiven("vdso", vdso, Vmo);
      return this.#builder.setVdsoVmo(takeValue(this.#context, "vdso", vdso));
    });
  }

  /** Appends arguments; the program's name comes first. */
  addArguments(args: readonly CString[]): this {
    check(this.#builder.addArguments(packStrings("args", args)));
    return this;
  }

  /** Appends environment variables, `KEY=VALUE` by convention. */
  addEnvironmentVariables(variables: readonly CString[]): this {
    check(this.#builder.addEnvironmentVariables(packStrings("variables", variables)));
    return this;
  }

  /** The least size of the initial stack in bytes; the last call counts. */
  setMinStackSize(size: bigint): this {
    check(this.#builder.setMinStackSize(checkU64("size", size)));
    return this;
  }

  /**
   * Adds startup handles. `LdsvcLoader` and `VdsoVmo(0)` go where their setters put them.
   *
   * @throws {@link ProcessBuilderError} `BadHandle`; `InvalidArg` for types that are added
   * automatically or by {@link ProcessBuilder.addNamespaceEntries}. Nothing is added then.
   * @throws {@link HandleInfoError} for a number that is no {@link HandleInfo}, likewise
   */
  addHandles(handles: readonly StartupHandle[]): this {
    return this.#give(handles, () => {
      const list = checkStartupHandles("handles", handles);
      const values = takeEach(
        this.#context,
        list.map(({ handle }) => handle),
        (index) => `handles[${index}].handle`,
      );
      return this.#builder.addHandles(
        values,
        Uint32Array.from(list, ({ info }) => info.raw),
      );
    });
  }

  /**
   * Adds namespace entries, numbered on from those before.
   *
   * @throws {@link ProcessBuilderError} `InvalidArg` beyond 65,535 entries; `BadHandle`. Nothing is
   * added then.
   */
  addNamespaceEntries(entries: readonly NamespaceEntry[]): this {
    return this.#give(entries, () => {
      const list = checkArray("entries", entries).map((entry, index) => {
        const at = `entries[${index}]`;
        checkOptions(entry, ["path", "directory"], at);
        const { path, directory } = entry as Partial<NamespaceEntry>;
        return {
          path: checkCString(`${at}.path`, path),
          directory: checkGiven(`${at}.directory`, directory, Channel),
        };
      });
      const values = takeEach(
        this.#context,
        list.map(({ directory }) => directory),
        (index) => `entries[${index}].directory`,
      );
      const paths = list.map(({ path }) => path);
      return this.#builder.addNamespaceEntries(packBytes(paths), values);
    });
  }

  /**
   * Loads everything into the process and writes its bootstrap messages. Consumes the builder,
   * whatever comes of it. A dynamic executable's linker comes from the loader service, which has
   * 30 seconds of the kernel's clock to answer.
   *
   * @param options `signal` ends that wait
   * @throws {@link ProcessBuilderError} of any variant: `LoaderMissing` for a dynamic executable
   * without a loader service; {@link ZirconiaError} `CANCELED` if the kernel is disposed of meanwhile
   * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
   */
  async build(options: { signal?: AbortSignal } = {}): Promise<BuiltProcess> {
    checkOptions(options, ["signal"]);
    const { signal } = options;
    if (signal !== undefined) {
      checkAbortSignal("options.signal", signal);
    }
    return this.#build(Channel, signal);
  }

  /**
   * The same for a client, who waits for it: Node does not stay alive for this.
   *
   * @internal
   */
  buildInBackground(): Promise<BuiltProcess> {
    return this.#build(BackgroundChannel);
  }

  /** Makes a call that consumes handles. */
  #give(given: unknown, call: () => NativeError[] | null): this {
    check(consuming(given, call));
    return this;
  }

  async #build(LoaderChannel: typeof Channel, signal?: AbortSignal): Promise<BuiltProcess> {
    const ended = this.#context.loop.step("build", textOf(this.#name));
    try {
      return await this.#steps(LoaderChannel, signal);
    } finally {
      ended();
    }
  }

  async #steps(LoaderChannel: typeof Channel, signal?: AbortSignal): Promise<BuiltProcess> {
    const first = check(this.#builder.build());
    if (!("finish" in first)) {
      return new BuiltProcess(this.#context, first);
    }
    // Borrowed: it belongs to the build, which passes it on or closes it.
    const loader = new LoaderChannel(this.#context, first.loader);
    try {
      const linker = await loadDynamicLinker(loader, first.linkerName, signal);
      return new BuiltProcess(
        this.#context,
        check(first.finish(takeValue(this.#context, "linker", linker))),
      );
    } catch (error) {
      throw this.#context.kernel.isDisposed ? kernelDisposed(error) : error;
    } finally {
      first.close();
    }
  }

  /**
   * A further handle to the process, through which it can be watched while it is built, and looked
   * at when that fails: it lives as long as the handle.
   *
   * @throws {@link ZxError} `NO_MEMORY`
   */
  duplicateProcess(): Process {
    const value = check(this.#builder.duplicateProcess());
    return new Process(this.#context, checkStatus("zx_handle_duplicate", value));
  }

  /**
   * Consumes the builder, and closes what it owns. Does nothing once it is consumed: a build that
   * has begun goes on.
   */
  dispose(): void {
    this.#builder.close();
  }

  /** Same as {@link ProcessBuilder.dispose}. */
  [DISPOSE](): void {
    this.dispose();
  }
}
