import type { Context } from "../context.js";
import { Handle } from "./handle.js";
import { checkArray, invalidType } from "../validate.js";

const NONE = new Uint32Array();

/** Checks that a value is a handle of the class, whatever its state. */
export function checkHandle<T extends Handle>(
  name: string,
  value: unknown,
  Class: abstract new (...args: never[]) => T,
): T {
  if (!(value instanceof Class)) {
    throw invalidType(name, `an instance of ${Class.name}`, value);
  }
  return value;
}

/**
 * Takes a handle away from its owner for a call of `context`, for its raw value.
 *
 * One that is in another context's table is no handle to the caller: it is closed, and the value
 * is 0, as it is for one that was closed or moved before.
 */
export function takeValue(context: Context, handle: Handle): number {
  if (handle.context === context) {
    return handle.take();
  }
  handle.close();
  return 0;
}

/** Takes handles away from their owner, all or, if one is none, none. */
export function takeValues(context: Context, name: string, handles: unknown): Uint32Array {
  const list = checkArray(name, handles);
  if (list.length === 0) {
    return NONE;
  }
  const checked = list.map((handle, index) => checkHandle(`${name}[${index}]`, handle, Handle));
  return Uint32Array.from(checked, (handle) => takeValue(context, handle));
}
