import type { Context } from "../context.js";
import { ZirconiaError } from "../errors.js";
import { Loader } from "../fidl/libraries/fuchsia-ldsvc.js";
import type { MethodsOf } from "../fidl/protocol.js";
import { Vmo, VmoChildOptions } from "../handles/vmo.js";
import type { Kernel } from "../kernel.js";
import { Rights } from "../rights.js";
import { Service, type Session } from "../service.js";
import { ZxStatus } from "../status.js";
import {
  checkArray,
  checkFunction,
  checkOptions,
  checkString,
  invalidType,
  invalidValue,
} from "../validate.js";
import { checkObjectName, findObject } from "./find-object.js";

type LoaderMethods = MethodsOf<typeof Loader>;

/** An object: the bytes of a file, or a VMO with them. */
export type LoaderObject = Uint8Array | Vmo;

/** Where a {@link LoaderService} has its objects from; it looks in this order. */
export interface LoaderServiceOptions {
  /** Objects by name. VMOs are borrowed: they need DUPLICATE and READ while the service is used. */
  objects?: ReadonlyMap<string, LoaderObject> | Readonly<Record<string, LoaderObject>>;
  /**
   * Is asked for an object; `undefined` for none. A VMO is consumed. A {@link ZirconiaError} that it
   * throws is the answer; anything else that it throws is `INTERNAL`.
   */
  load?: (name: string) => LoaderObject | undefined | Promise<LoaderObject | undefined>;
  /** Directories of the host; the first that has a file of the name counts. */
  directories?: readonly string[];
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
 */
export class LoaderService extends Service<LoaderMethods> {
  readonly #objects: ReadonlyMap<string, LoaderObject>;
  readonly #load: LoaderServiceOptions["load"];
  readonly #directories: readonly string[];

  /** @param context on whose behalf it serves; a kernel stands for its host */
  constructor(context: Kernel | Context, options: LoaderServiceOptions = {}) {
    super(Loader, context);
    checkOptions(options, ["objects", "load", "directories"]);
    const { objects = {}, load, directories = [] } = options;
    if (load !== undefined) {
      checkFunction("options.load", load);
    }
    this.#load = load;
    this.#directories = checkArray("options.directories", directories).map((directory, index) =>
      checkString(`options.directories[${index}]`, directory),
    );
    if (typeof objects !== "object" || objects === null) {
      throw invalidType("options.objects", "a Map or an object", objects);
    }
    this.#objects = new Map(objects instanceof Map ? objects : Object.entries(objects));
    for (const [name, object] of this.#objects) {
      this.#check(`options.objects.${name}`, object);
    }
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
        try {
          return { rv: ZxStatus.OK, object: await this.#configured(config, objectName) };
        } catch (error) {
          return { rv: error instanceof ZirconiaError ? error.status : ZxStatus.INTERNAL };
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
      return this.#hand(known, name);
    }
    const loaded = await this.#load?.(path);
    if (loaded !== undefined) {
      const object = this.#check("load()", loaded);
      try {
        return this.#hand(object, name);
      } finally {
        if (object instanceof Vmo) {
          object.close();
        }
      }
    }
    return this.#hand((await findObject(path, this.#directories)).bytes, name);
  }

  /** A VMO of an object's own, as a file server hands it out. */
  #hand(object: LoaderObject, name: string): Vmo {
    if (!(object instanceof Vmo)) {
      return this.context.vmoFromBytes(object, { name });
    }
    const size = object.getSize();
    let clone = object.createChild(VmoChildOptions.SNAPSHOT, 0n, size);
    try {
      clone.setName(name);
      clone = clone.replaceAsExecutable();
      clone = clone.replace(clone.rights & ~Rights.WRITE);
      return clone.context === this.context ? clone : clone.transferTo(this.context);
    } catch (error) {
      clone.close();
      throw error;
    }
  }

  #check(name: string, object: unknown): LoaderObject {
    if (object instanceof Vmo) {
      if (object.kernel !== this.context.kernel) {
        throw invalidValue(name, "must belong to the same kernel", object);
      }
      return object;
    }
    if (object instanceof Uint8Array) {
      return object;
    }
    throw invalidType(name, "a Uint8Array or a Vmo", object);
  }
}
