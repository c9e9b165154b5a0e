import type { Context } from "./context.js";
import { BuiltProcess } from "./built-process.js";
import { check, checkStatus } from "./errors.js";
import { Channel } from "./handles/channel.js";
import { Handle } from "./handles/handle.js";
import { Job } from "./handles/job.js";
import { Process } from "./handles/process.js";
import { checkHandle, takeValue } from "./handles/take.js";
import { Vmo } from "./handles/vmo.js";
import { BackgroundChannel } from "./loader-service/background-channel.js";
import { loadDynamicLinker } from "./loader-service/get-dynamic-linker.js";
import { checkStartupHandle, type StartupHandle } from "./message.js";
import { native } from "./native.js";
import { type CString, encode, packStrings } from "./strings.js";
import {
  checkArray,
  checkChoice,
  checkOptions,
  checkString,
  checkU32,
  checkU64,
} from "./validate.js";

/** A namespace entry: a path, and the client end of a directory. */
export interface NamespaceEntry {
  readonly path: CString;
  readonly directory: Handle;
}

/** What a {@link ProcessBuilder} begins with. */
export interface ProcessBuilderOptions {
  /** The process's name; 31 bytes of UTF-8 are kept. */
  name: string;
  /** The job of the process. Borrowed; its context is the caller, whose policy counts. */
  job: Job;
  /** The executable. Consumed. It needs READ, MAP, EXECUTE and DUPLICATE, and GET_PROPERTY. */
  executable: Vmo;
  /** The vDSO, if not the system's. Consumed. */
  vdso?: Vmo;
  /** Options of `zx_process_create`. */
  options?: number;
  /**
   * Which generation of `process_builder` to be like: `2019` differs in the order of handles, in
   * the linker's message, in what becomes of `VdsoVmo` handles, and in some texts.
   */
  compat?: "2019" | "newest";
}

const COMPATS = ["2019", "newest"] as const;

/**
 * Builds a process as Fuchsia's `process_builder` does.
 *
 * Handles that are given to a builder belong to it from then on; if the call fails they are closed.
 * The process exists from the constructor on, not started, and dies with the builder.
 *
 * {@link ProcessBuilder.build} and {@link ProcessBuilder.dispose} consume the builder. Every other
 * call then fails with a {@link ProcessBuilderError}, `GenericStatus` with `BAD_STATE`, and does
 * nothing to the build.
 */
export class ProcessBuilder implements Disposable {
  readonly #context: Context;
  readonly #builder: InstanceType<typeof native.NativeProcessBuilder>;

  /**
   * @throws {@link ProcessBuilderError} `BadHandle`, `CreateProcess`, `CreateThread`,
   * `DuplicateHandle`
   */
  constructor(options: ProcessBuilderOptions) {
    checkOptions(options, ["name", "job", "executable", "vdso", "options", "compat"]);
    const name = encode(checkString("options.name", options.name));
    const job = checkHandle("options.job", options.job, Job);
    const executable = checkHandle("options.executable", options.executable, Vmo);
    const { vdso, options: processOptions = 0, compat = "newest" } = options;
    checkU32("options.options", processOptions);
    checkChoice("options.compat", compat, COMPATS);
    if (vdso !== undefined) {
      checkHandle("options.vdso", vdso, Vmo);
    }
    this.#context = job.context;
    const { native: kernel, id } = this.#context;
    this.#builder = new native.NativeProcessBuilder(kernel, id);
    const systemVdso = vdso ?? this.#context.systemVdso();
    check(
      this.#builder.create(
        name,
        job.value,
        processOptions,
        takeValue(this.#context, executable),
        takeValue(this.#context, systemVdso),
        compat === "2019",
      ),
    );
  }

  /**
   * The loader service for a dynamic executable: a client end of `fuchsia.ldsvc.Loader`. Replaces
   * and closes any earlier one.
   *
   * @throws {@link ProcessBuilderError} `BadHandle`
   */
  setLoaderService(loader: Channel): this {
    const value = takeValue(this.#context, checkHandle("loader", loader, Channel));
    check(this.#builder.setLoaderService(value));
    return this;
  }

  /** The vDSO to map instead of the system's. Replaces and closes any earlier one. */
  setVdsoVmo(vdso: Vmo): this {
    const value = takeValue(this.#context, checkHandle("vdso", vdso, Vmo));
    check(this.#builder.setVdsoVmo(value));
    return this;
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
   * automatically or by {@link ProcessBuilder.addNamespaceEntries}. Nothing is added then, and all
   * handles are closed.
   */
  addHandles(handles: readonly StartupHandle[]): this {
    const list = checkArray("handles", handles).map((handle, index) =>
      checkStartupHandle(`handles[${index}]`, handle),
    );
    const values = Uint32Array.from(list, ({ handle }) => takeValue(this.#context, handle));
    const infos = Uint32Array.from(list, ({ info }) => info.raw);
    check(this.#builder.addHandles(values, infos));
    return this;
  }

  /**
   * Adds namespace entries, numbered on from those before.
   *
   * @throws {@link ProcessBuilderError} `InvalidArg` beyond 65,535 entries; `BadHandle`. Nothing is
   * added then, and all handles are closed.
   */
  addNamespaceEntries(entries: readonly NamespaceEntry[]): this {
    const list = checkArray("entries", entries).map((entry, index) => {
      checkOptions(entry, ["path", "directory"]);
      const { path, directory } = entry as Partial<NamespaceEntry>;
      return { path, directory: checkHandle(`entries[${index}].directory`, directory, Handle) };
    });
    const paths = packStrings(
      "entries.path",
      list.map(({ path }) => path),
    );
    const values = Uint32Array.from(list, ({ directory }) => takeValue(this.#context, directory));
    check(this.#builder.addNamespaceEntries(paths, values));
    return this;
  }

  /**
   * Loads everything into the process and writes its bootstrap messages. Consumes the builder,
   * whatever comes of it. A dynamic executable's linker comes from the loader service, which has
   * 30 seconds of the kernel's clock to answer.
   *
   * @throws {@link ProcessBuilderError}
   */
  build(): Promise<BuiltProcess> {
    return this.#build(Channel);
  }

  /**
   * The same for a client, who waits for it: Node does not stay alive for this.
   *
   * @internal
   */
  buildInBackground(): Promise<BuiltProcess> {
    return this.#build(BackgroundChannel);
  }

  async #build(LoaderChannel: typeof Channel): Promise<BuiltProcess> {
    const first = check(this.#builder.build());
    if (!("finish" in first)) {
      return new BuiltProcess(this.#context, first);
    }
    // Borrowed: it belongs to the build, which passes it on or closes it.
    const loader = new LoaderChannel(this.#context, first.loader);
    try {
      const linker = await loadDynamicLinker(loader, first.linkerName);
      return new BuiltProcess(this.#context, check(first.finish(takeValue(this.#context, linker))));
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
  [Symbol.dispose](): void {
    this.dispose();
  }
}
