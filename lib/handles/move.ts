import { ForeignHandleError } from "../base/errors.js";
import type { Context } from "../kernel/context.js";
import type { Handle } from "./handle.js";

/**
 * Takes a handle over into the table of a context; where it cannot go there it is closed. One that
 * was closed or moved before stays invalid.
 *
 * @param name what the caller knows it as
 * @throws {@link ZxError} `ACCESS_DENIED` for a handle of another context without TRANSFER;
 * `BAD_STATE` for a disposed context
 * @throws {@link ForeignHandleError} for a handle of another kernel
 */
export function moveInto<T extends Handle>(context: Context, name: string, handle: T): T {
  if (handle.context === context || !handle.isValid) {
    const Class = handle.constructor as new (context: Context, value: number) => T;
    return new Class(context, handle.take());
  }
  try {
    if (handle.kernel !== context.kernel) {
      throw new ForeignHandleError(name, handle, context);
    }
    return handle.transferTo(context);
  } catch (error) {
    handle.close();
    throw error;
  }
}
