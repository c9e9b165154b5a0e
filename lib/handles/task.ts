import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkBoolean, checkOptions, checkU32, checkU64 } from "../base/validate.js";
import type { Rights } from "../zx/rights.js";
import { ExceptionChannel } from "./exception-channel.js";
import { Handle } from "./handle.js";

const INFO_TASK_RUNTIME = 0x1000_001e;
const CHANNEL_DEBUGGER = 1;

/** What an exception channel is for. */
export interface ExceptionChannelOptions {
  /**
   * Of a process, it is asked first, and told of threads that begin and end; of a job, it is told of
   * processes that begin, and of nothing else. No thread has one. False by default.
   */
  debugger?: boolean;
}

/**
 * `zx_info_task_runtime_t`, in nanoseconds: of a thread; of those of a process, the dead included; or of
 * those of a job's own processes, the dead included, but not of the jobs below it.
 */
export interface TaskRuntime {
  /**
   * How long they ran on a processor, as Linux counts it (`schedstat`): up to now for threads that wait,
   * up to the last tick of a few milliseconds for others. Where it does not count, how long they were
   * neither waiting in the kernel nor suspended.
   */
  readonly cpuTime: bigint;
  /** How long they were ready to run without a processor, likewise; 1 at least once they have run. */
  readonly queueTime: bigint;
  /** How long the kernel was about their page faults, waits for pagers among it. */
  readonly pageFaultTime: bigint;
  /** How long their system calls waited for the kernel's lock. */
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
   * `zx_task_create_exception_channel`: what is told of the exceptions of a thread, of those of a
   * process, or of all processes of a job and the jobs below. Needs INSPECT, DUPLICATE, TRANSFER and
   * MANAGE_THREAD, and ENUMERATE on a process or job.
   *
   * Asked are a process's debugger, the thread's own channel, its process's, the debugger again if it
   * wants to be, and then the jobs' from the inside out.
   *
   * @throws {@link ZxError} `ACCESS_DENIED` also by policy; `BAD_HANDLE`; `INVALID_ARGS` for a thread's
   * debugger; `BAD_STATE` for a dead task; `ALREADY_BOUND` while another channel of this kind is open,
   * or 32 of a job's debuggers; `NO_MEMORY`
   */
  createExceptionChannel(options: ExceptionChannelOptions = {}): ExceptionChannel {
    checkOptions(options, ["debugger"]);
    const isDebugger = checkBoolean("options.debugger", options.debugger ?? false);
    const { context, native } = this;
    const bits = isDebugger ? CHANNEL_DEBUGGER : 0;
    const channel = native.taskCreateExceptionChannel(context.id, this.value, bits);
    const operation = "zx_task_create_exception_channel";
    return new ExceptionChannel(context, checkStatus(operation, channel));
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_TASK_RUNTIME`. Needs INSPECT.
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
