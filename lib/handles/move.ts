import type { Context } from "../context.js";
import type { Handle } from "./handle.js";

/**
 * Takes a handle over into the table of a context; where it cannot go there it is closed. One that
 * was closed or moved before stays invalid.
 *
 * @throws {@link ZxError} `ACCESS_DENIED` for a handle of another context without TRANSFER;
 * `BAD_STATE` for a disposed context
 */
export function moveInto<T extends Handle>(context: Context, handle: T): T {
  if (handle.context === context || !handle.isValid) {
    const Class = handle.constructor as new (context: Context, value: number) => T;
    return new Class(context, handle.take());
  }
  try {
    return handle.transferTo(context);
  } catch (error) {
    handle.close();
    throw error;
  }
}
