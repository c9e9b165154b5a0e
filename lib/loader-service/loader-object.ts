import { type Bytes, checkMap, invalidType, invalidValue, isBytes } from "../base/validate.js";
import { moveInto } from "../handles/move.js";
import { Vmo, VmoChildOptions } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import type { Kernel } from "../kernel/kernel.js";
import { Rights } from "../zx/rights.js";

/** An object: the bytes of a file, or a VMO with them. */
export type LoaderObject = Bytes | Vmo;

/** Objects by name. */
export type LoaderObjects =
  ReadonlyMap<string, LoaderObject> | Readonly<Record<string, LoaderObject>>;

/** Checks an object that is to be served in a kernel. */
export function checkObject(name: string, object: unknown, kernel: Kernel): LoaderObject {
  if (object instanceof Vmo) {
    if (object.kernel !== kernel) {
      throw invalidValue(name, "must belong to the same kernel", object);
    }
    return object;
  }
  if (isBytes(object)) {
    return object;
  }
  throw invalidType(name, "bytes or a Vmo", object);
}

/** Checks objects that are to be served in a kernel. */
export function checkObjects(
  name: string,
  objects: unknown,
  kernel: Kernel,
): ReadonlyMap<string, LoaderObject> {
  return checkMap(name, objects, (at, object) => checkObject(at, object, kernel));
}

/** A VMO of an object's own, as a file server hands it out: executable, not writable. */
export function handOut(context: Context, object: LoaderObject, name: string): Vmo {
  if (!(object instanceof Vmo)) {
    return context.vmoFromBytes(object, { name });
  }
  const clone = object.createChild(VmoChildOptions.SNAPSHOT, 0n, object.getSize());
  clone.setName(name);
  // Each of these closes what it fails on.
  const executable = clone.replaceAsExecutable();
  return moveInto(context, "object", executable.replace(executable.rights & ~Rights.WRITE));
}
