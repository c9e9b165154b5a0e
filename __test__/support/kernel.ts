import type { ExecutionContext } from "ava";

import { Kernel, type KernelOptions } from "../../index.js";

/** A kernel on the null machine that is disposed of after the test. */
export function nullKernel(t: ExecutionContext, options: KernelOptions = {}): Kernel {
  const kernel = new Kernel({ machine: "null", ...options });
  t.teardown(() => kernel.dispose());
  return kernel;
}
