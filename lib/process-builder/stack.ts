import { check } from "../base/errors.js";
import { checkTarget, type Target } from "../base/target.js";
import { checkU64 } from "../base/validate.js";
import { native } from "../native/native.js";

/**
 * The stack pointer with which a thread starts whose stack has `size` bytes from `base` on, for
 * `x86-64` by default.
 *
 * @throws {@link StackError} if the stack's end does not fit in 64 bits
 */
export function computeInitialStackPointer(
  base: bigint,
  size: bigint,
  target: Target = "x86-64",
): bigint {
  checkU64("base", base);
  checkU64("size", size);
  return check(native.initialStackPointer(base, size, checkTarget("target", target)));
}
