import { Context } from "./context.js";
import { Kernel } from "./kernel.js";
import { invalidType } from "./validate.js";

/** Checks on whose behalf something is done; a kernel stands for its host. */
export function checkContext(name: string, value: unknown): Context {
  if (value instanceof Kernel) {
    return value.host;
  }
  if (value instanceof Context) {
    return value;
  }
  throw invalidType(name, "a Kernel or a Context", value);
}
