import { basename, join } from "node:path";

import { statusOf, ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkMap, checkOptions, checkString } from "../base/validate.js";
import { Resolver as ResolverProtocol } from "../fidl/libraries/fuchsia-process.js";
import type { MethodsOf, ResponseOf } from "../fidl/protocol.js";
import type { Channel } from "../handles/channel.js";
import type { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import { FileCache } from "../loader-service/file-cache.js";
import { checkObjects, handOut, type LoaderObjects } from "../loader-service/loader-object.js";
import { LoaderService } from "../loader-service/loader-service.js";
import { Service, type Session } from "../service/service.js";
import { type PackageUrl, parsePackageUrl } from "./package-url.js";
import { FolderPackage, MemoryPackage, type Package } from "./package.js";

type ResolverMethods = MethodsOf<typeof ResolverProtocol>;

/** Where a {@link Resolver} has its packages from; it looks in this order. */
export interface ResolverOptions {
  /**
   * Packages by name: their files by their paths in them. VMOs are borrowed, as those of a
   * {@link LoaderService}.
   */
  packages?: ReadonlyMap<string, LoaderObjects> | Readonly<Record<string, LoaderObjects>>;
  /** A folder of the host, in which each folder is a package. */
  directory?: string;
}

/**
 * Serves `fuchsia.process/Resolver`, by which `fdio_spawn` finds what follows `#!resolve`
 * (src/sys/process_resolver).
 *
 * `fuchsia-pkg://HOST/NAME#bin/x` is the file `bin/x` of the package NAME, and comes with a loader
 * service over the package's `lib/`. Hosts are not told apart and hashes not compared. A package has
 * one variant, `0`.
 */
export class Resolver extends Service<ResolverMethods> {
  readonly #packages: ReadonlyMap<string, Package>;
  readonly #directory: string | undefined;
  readonly #files = new FileCache();
  /** By the name of the package. */
  readonly #loaders = new Map<string, LoaderService>();

  /** @param context on whose behalf it serves; a kernel stands for its host */
  constructor(context: Context, options: ResolverOptions) {
    super(ResolverProtocol, context);
    checkOptions(options, ["packages", "directory"]);
    const { packages = {}, directory } = options;
    if (directory !== undefined) {
      checkString("options.directory", directory);
    }
    this.#directory = directory;
    this.#packages = checkMap(
      "options.packages",
      packages,
      (name, files) => new MemoryPackage(checkObjects(name, files, this.context.kernel)),
    );
  }

  /** Closes all connections, also those to loader services. Does nothing the second time. */
  override dispose(): void {
    super.dispose();
    for (const loader of this.#loaders.values()) {
      loader.dispose();
    }
  }

  /** @internal */
  protected override accept(): Session<ResolverMethods> {
    return {
      answers: {
        resolve: async ({ name }) => {
          try {
            return { status: ZxStatus.OK, ...(await this.#resolve(name)) };
          } catch (error) {
            return { status: statusOf(error) };
          }
        },
      },
    };
  }

  async #resolve(url: string): Promise<Omit<ResponseOf<ResolverMethods["Resolve"]>, "status">> {
    const parsed = parsePackageUrl(url);
    if (parsed === undefined) {
      throw new ZirconiaError(`'${url}' is not the URL of a file in a package`, ZxStatus.INTERNAL);
    }
    const found = await this.#find(parsed);
    if (found === undefined) {
      throw new ZirconiaError(`There is no package for '${url}'`, ZxStatus.NOT_FOUND);
    }
    const executable = await this.#load(found, parsed.resource);
    try {
      const ldsvc = await this.#connectLoader(found, parsed.name);
      return { executable, ...(ldsvc === undefined ? {} : { ldsvc }) };
    } catch (error) {
      executable.close();
      throw error;
    }
  }

  /** The package of a URL, if there is one. */
  async #find({ name, variant }: PackageUrl): Promise<Package | undefined> {
    if (variant !== "0") {
      return undefined;
    }
    const known = this.#packages.get(name);
    if (known !== undefined || this.#directory === undefined) {
      return known;
    }
    const folder = new FolderPackage(join(this.#directory, name), this.#files);
    return (await folder.exists()) ? folder : undefined;
  }

  /** @throws {@link ZirconiaError} `NOT_FOUND`, or `IO` for what is there and cannot be had */
  async #load(found: Package, path: string): Promise<Vmo> {
    try {
      return handOut(this.context, await found.find(path), basename(path));
    } catch (error) {
      if (error instanceof ZirconiaError && error.status === ZxStatus.NOT_FOUND) {
        throw error;
      }
      throw new ZirconiaError(`'${path}' cannot be loaded`, ZxStatus.IO, { cause: error });
    }
  }

  async #connectLoader(found: Package, name: string): Promise<Channel | undefined> {
    const libraries = await found.libraries();
    if (libraries === undefined) {
      return undefined;
    }
    const loader = this.#loaders.get(name) ?? new LoaderService(this.context, libraries);
    this.#loaders.set(name, loader);
    return loader.connect();
  }
}
