import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkU32, checkU64 } from "../base/validate.js";
import type { Rights } from "../zx/rights.js";
import { Handle } from "./handle.js";

const INFO_TASK_RUNTIME = 0x1000_001e;

/** `zx_info_task_runtime_t`, in nanoseconds. */
export interface TaskRuntime {
  /** How long its threads were neither waiting in the kernel nor suspended nor dead. */
  readonly cpuTime: bigint;
  /** How long they waited for a processor: 1 once they have run, as only the host knows. */
  readonly queueTime: bigint;
  /** 0, as only the host knows. */
  readonly pageFaultTime: bigint;
  /** 0, likewise. */
  readonly lockContentionTime: bigint;
}

/** A job, process or thread. */
export class Task extends Handle {
  /**
   * `zx_task_kill`. TERMINATED follows once nothing of it runs any more; killing the dead does
   * nothing. Needs DESTROY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `NOT_SUPPORTED` for a thread
   */
  kill(): void {
    checkStatus("zx_task_kill", this.native.taskKill(this.context.id, this.value));
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_TASK_RUNTIME`, of a job with its dead processes. Needs
   * INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  runtime(): TaskRuntime {
    const view = this.record(INFO_TASK_RUNTIME);
    return jsonable({
      cpuTime: view.getBigInt64(0, true),
      queueTime: view.getBigInt64(8, true),
      pageFaultTime: view.getBigInt64(16, true),
      lockContentionTime: view.getBigInt64(24, true),
    });
  }

  /**
   * `zx_object_get_child`: the value of a handle to a child.
   *
   * @internal
   */
  protected child(koid: bigint, rights: Rights): number {
    checkU64("koid", koid);
    checkU32("rights", rights);
    // The binding takes koids as numbers; none is as large as one that it would round.
    const number = koid > BigInt(Number.MAX_SAFE_INTEGER) ? 0 : Number(koid);
    const value = this.native.objectGetChild(this.context.id, this.value, number, rights);
    return checkStatus("zx_object_get_child", value);
  }
}
