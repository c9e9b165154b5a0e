import { ForeignHandleError } from "../base/errors.js";
import { checkArray, invalidType } from "../base/validate.js";
import type { Context } from "../kernel/context.js";
import { Handle, keptError } from "./handle.js";

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

/** Checks that a value is a handle of the class, which may be given away. */
export function checkGiven<T extends Handle>(
  name: string,
  value: unknown,
  Class: abstract new (...args: never[]) => T,
): T {
  const handle = checkHandle(name, value, Class);
  if (handle.kept !== undefined) {
    throw keptError(name, handle);
  }
  return handle;
}

/**
 * Takes a handle away from its owner for a call of `context`, for its raw value: 0 for one that was
 * closed or moved before.
 *
 * @throws {@link ForeignHandleError} for one of another context, which is closed
 */
export function takeValue(context: Context, name: string, handle: Handle): number {
  if (handle.isForeignTo(context)) {
    handle.close();
    throw new ForeignHandleError(name, handle, context);
  }
  return handle.take();
}

/** Takes handles away from their owner, all or, if one is of a wrong type, none. */
export function takeValues(context: Context, name: string, handles: unknown): Uint32Array {
  const list = checkArray(name, handles);
  if (list.length === 0) {
    return NONE;
  }
  const at = (index: number) => `${name}[${index}]`;
  const checked = list.map((handle, index) => checkGiven(at(index), handle, Handle));
  return takeEach(context, checked, at);
}

/**
 * Takes handles away from their owner, as {@link takeValue} takes one.
 *
 * @param nameOf what the caller knows each as
 * @throws {@link ForeignHandleError} if one is of another context; all are closed then
 */
export function takeEach(
  context: Context,
  handles: readonly Handle[],
  nameOf: (index: number) => string,
): Uint32Array {
  const foreign = handles.findIndex((handle) => handle.isForeignTo(context));
  if (foreign >= 0) {
    handles.forEach((handle) => handle.close());
    throw new ForeignHandleError(nameOf(foreign), handles[foreign]!, context);
  }
  return Uint32Array.from(handles, (handle) => handle.take());
}
