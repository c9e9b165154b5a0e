import { invalidValue } from "../base/validate.js";
import type { Handle } from "../handles/handle.js";
import type { Kernel } from "../kernel/kernel.js";
import { type HandleInfo, HandleType } from "../zx/handle-info.js";

/**
 * Something of the type that a startup handle of this kind usually is. Nobody is behind it.
 *
 * @throws TypeError `ERR_INVALID_ARG_VALUE` for LdsvcLoader, which a plan provides itself
 */
export function placeholder(kernel: Kernel, info: HandleInfo): Handle {
  switch (info.type) {
    case HandleType.LdsvcLoader:
      throw invalidValue(
        "options.handles",
        "must leave the loader to libraryPath",
        info.toString(),
      );
    case HandleType.VdsoVmo:
      return kernel.systemVdso();
    case HandleType.BootdataVmo:
    case HandleType.BootfsVmo:
    case HandleType.KernelFileVmo:
    case HandleType.ComponentConfigVmo:
      return kernel.createVmo(0x1000n);
    case HandleType.DefaultJob:
      return kernel.rootJob.createJob();
    case HandleType.ClockUtc:
      return kernel.createClock();
    case HandleType.FileDescriptor:
      return kernel.createSocket()[0];
    default:
      return kernel.createChannel()[0];
  }
}
