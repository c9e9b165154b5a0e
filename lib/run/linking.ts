import { ProcessBuilderError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { Kernel } from "../kernel/kernel.js";
import { LoaderService } from "../loader-service/loader-service.js";
import type { HostImages } from "../native/host-images.js";
import { libraryDirectories, type LibraryOptions } from "../program/libraries.js";

/** What dynamic linkers end a process with that they cannot link. */
const CANNOT_LINK = 127n;

/** How they report what they lack, those of this package and of SDKs of all years. */
const NO_LIBRARY = /Error loading shared library (.+?): /g;
const NO_SYMBOL = /Error relocating .+: (.+): symbol not found$/gm;

/** What a program could not be linked for. */
export interface Unlinked {
  /** Names of libraries, or of symbols. */
  readonly missing: readonly string[];
  /** What is missing, and where it was looked for. */
  readonly sentence: string;
}

/** Serves a program's dynamic linker, and says what it did not find. */
export class Linking {
  readonly service: LoaderService;
  readonly #places: readonly string[];
  readonly #missing = new Set<string>();

  /** @throws Error if the SDK that is named has no libraries for the kernel's target */
  constructor(kernel: Kernel, options: LibraryOptions & { images?: HostImages }) {
    const { libraryPath = [], sdk, images } = options;
    const directories = libraryDirectories(options, kernel.target);
    // An SDK may have a directory for each of its packages.
    this.#places = sdk === undefined ? directories : [...libraryPath, `the SDK ${sdk}`];
    this.service = new LoaderService(kernel, {
      directories,
      ...(images && { images }),
      refused: (name, status) => {
        if (status === ZxStatus.NOT_FOUND) this.#missing.add(name);
      },
    });
  }

  /** What failed a build, with the dynamic linker's name and where it was looked for. */
  explained(error: unknown): unknown {
    if (!(error instanceof ProcessBuilderError) || this.#missing.size === 0) return error;
    const { kind, message, status } = error;
    return new ProcessBuilderError(
      kind,
      `${message}: ${this.#nowhere([...this.#missing])}`,
      status,
      {
        cause: error,
      },
    );
  }

  /**
   * Why a program could not be linked.
   *
   * @param log what it wrote to the debug log, where linkers name symbols
   */
  unlinked(returnCode: bigint, log: string): Unlinked | undefined {
    if (returnCode !== CANNOT_LINK) return undefined;
    const named = (pattern: RegExp) => [
      ...new Set(Array.from(log.matchAll(pattern), ([, name]) => name!)),
    ];
    const libraries = named(NO_LIBRARY).filter((name) => this.#missing.has(name));
    // They have the symbols.
    if (libraries.length > 0) return { missing: libraries, sentence: this.#nowhere(libraries) };
    const missing = named(NO_SYMBOL);
    const sentence = `no library has ${list(missing)}; libraries are from ${list(this.#places)}`;
    return missing.length === 0 ? undefined : { missing, sentence };
  }

  #nowhere(libraries: readonly string[]): string {
    const verb = libraries.length === 1 ? "is" : "are";
    return `${list(libraries)} ${verb} not in ${list(this.#places)}`;
  }
}

function list(names: readonly string[]): string {
  return names.join(", ") || "no directory";
}
