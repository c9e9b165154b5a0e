import { statusOf } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkArray, checkFunction, checkOptions, checkString } from "../base/validate.js";
import { Loader } from "../fidl/libraries/fuchsia-ldsvc.js";
import type { MethodsOf } from "../fidl/protocol.js";
import { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import type { HostImages } from "../native/host-images.js";
import { Service, type Session } from "../service/service.js";
import { FileCache } from "./file-cache.js";
import { checkObjectName, findObject } from "./find-object.js";
import {
  checkObject,
  checkObjects,
  handOut,
  type LoaderObject,
  type LoaderObjects,
} from "./loader-object.js";

type LoaderMethods = MethodsOf<typeof Loader>;

/** Where a {@link LoaderService} has its objects from; it looks in this order. */
export interface LoaderServiceOptions {
  /**
   * Objects by name. VMOs are borrowed: they need DUPLICATE, READ and TRANSFER while the service is
   * used.
   */
  objects?: LoaderObjects;
  /**
   * Is asked for an object; `undefined` for none. A VMO is consumed. A {@link ZirconiaError} that it
   * throws is the answer; anything else that it throws is `INTERNAL`.
   */
  load?: (name: string) => LoaderObject | undefined | Promise<LoaderObject | undefined>;
  /**
   * Directories of the host; the first that has a regular file of the name counts. What a file holds
   * now is what is served; one that has not changed is not read again.
   */
  directories?: readonly string[];
  /** Is told what could not be served, as the service answers: `NOT_FOUND` for what nobody has. */
  refused?: (name: string, status: number) => void;
  /** Keeps files of `directories` for other services. @internal */
  images?: HostImages;
}

/**
 * Serves `fuchsia.ldsvc/Loader`, by which a dynamic linker gets its libraries
 * (src/lib/loader_service). Objects come as VMOs that can be executed, not written, and are named
 * as they were asked for.
 *
 * Names are paths, such as `asan/libfoo.so`, of which none leads out of a directory. `Config` with
 * `S` looks in `S/` first, with `S!` nowhere else, for the rest of the connection.
 *
 * {@link Service.connect} gives what {@link ProcessBuilder.setLoaderService} takes.
 *
 * @example
 * ```ts
 * import { Kernel, LoaderService, ProcessBuilder } from "zirconia";
 *
 * await using kernel = new Kernel();
 * const libraries = new LoaderService(kernel, { directories: ["guest/out/lib"] });
 * const executable = await kernel.vmoFromFile("guest/out/hello_dynamic");
 * const builder = new ProcessBuilder({ name: "hello", job: kernel.rootJob, executable });
 * const built = await builder.setLoaderService(libraries.connect()).build();
 * ```
 */
export class LoaderService extends Service<LoaderMethods> {
  readonly #objects: ReadonlyMap<string, LoaderObject>;
  readonly #load: LoaderServiceOptions["load"];
  readonly #directories: readonly string[];
  readonly #files = new FileCache();
  readonly #images: HostImages | undefined;
  readonly #refused: (name: string, status: number) => void;

  /** @param context on whose behalf it serves; a kernel stands for its host */
  constructor(context: Context, options: LoaderServiceOptions = {}) {
    super(Loader, context);
    checkOptions(options, ["objects", "load", "directories", "refused", "images"]);
    const { objects = {}, load, directories = [], refused = () => {} } = options;
    if (load !== undefined) {
      checkFunction("options.load", load);
    }
    checkFunction("options.refused", refused);
    this.#load = load;
    this.#images = options.images;
    this.#refused = refused;
    this.#directories = checkArray("options.directories", directories).map((directory, index) =>
      checkString(`options.directories[${index}]`, directory),
    );
    this.#objects = checkObjects("options.objects", objects, this.context.kernel);
  }

  /**
   * A connection begins unconfigured.
   *
   * @internal
   */
  protected override accept(): Session<LoaderMethods> {
    let config = "";
    const answers: Session<LoaderMethods>["answers"] = {
      done: (_, connection) => connection.close(),
      loadObject: async ({ objectName }) => {
        const ended = this.context.loop.step("load", objectName);
        try {
          return { rv: ZxStatus.OK, object: await this.#configured(config, objectName) };
        } catch (error) {
          const rv = statusOf(error);
          this.#refused(objectName, rv);
          return { rv };
        } finally {
          ended();
        }
      },
      config: (request) => {
        if (request.config.includes("/") || request.config === "!") {
          return { rv: ZxStatus.INVALID_ARGS };
        }
        ({ config } = request);
        return { rv: ZxStatus.OK };
      },
      clone: ({ loader }) => {
        this.serve(loader);
        return { rv: ZxStatus.OK };
      },
    };
    return { answers };
  }

  async #configured(config: string, name: string): Promise<Vmo> {
    if (config === "") {
      return this.#find(name);
    }
    if (config.endsWith("!")) {
      return this.#find(`${config.slice(0, -1)}/${name}`, name);
    }
    try {
      return await this.#find(`${config}/${name}`, name);
    } catch {
      return this.#find(name);
    }
  }

  /** The object at a path, named as it was asked for. */
  async #find(path: string, name = path): Promise<Vmo> {
    checkObjectName(path);
    const known = this.#objects.get(path);
    if (known !== undefined) {
      return handOut(this.context, known, name);
    }
    const loaded = await this.#load?.(path);
    if (loaded !== undefined) {
      const object = checkObject("load()", loaded, this.context.kernel);
      try {
        return handOut(this.context, object, name);
      } finally {
        if (object instanceof Vmo) {
          object.close();
        }
      }
    }
    const read = (file: string) => this.#read(file, name);
    return (await findObject(path, this.#directories, read)).object;
  }

  /** A VMO of a file of the host. */
  async #read(file: string, name: string): Promise<Vmo | undefined> {
    const images = this.#images;
    const kept =
      images && (await this.context.vmoFromImages(images, file, { name, segmentsOnly: false }));
    if (kept !== undefined) return kept;
    const bytes = await this.#files.read(file);
    return bytes && handOut(this.context, bytes, name);
  }
}
