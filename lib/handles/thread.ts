import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkU64 } from "../base/validate.js";
import {
  type GeneralRegisters,
  REGISTER_COUNT,
  registersOf,
  wordsOf,
} from "../zx/general-registers.js";
import { type Profile, setProfile } from "./profile.js";
import { SuspendToken } from "./suspend-token.js";
import { Task } from "./task.js";

const INFO_THREAD = 10;
const INFO_THREAD_STATS = 15;

/** What a thread does (`ZX_THREAD_STATE_*`). */
export const ThreadState = Object.freeze({
  /** Not started yet. */
  New: 0,
  Running: 1,
  Suspended: 2,
  /** Waiting in the kernel. */
  Blocked: 3,
  Dying: 4,
  Dead: 5,
  BlockedException: 0x103,
  BlockedSleeping: 0x203,
  BlockedFutex: 0x303,
  BlockedPort: 0x403,
  BlockedChannel: 0x503,
  BlockedWaitOne: 0x603,
  BlockedWaitMany: 0x703,
  BlockedInterrupt: 0x803,
} as const);

/** The number of a state. */
export type ThreadState = (typeof ThreadState)[keyof typeof ThreadState];

/** `zx_info_thread_t` */
export interface ThreadInfo {
  readonly state: ThreadState;
}

/** `zx_info_thread_stats_t` */
export interface ThreadStats {
  /** Nanoseconds that the thread was neither waiting in the kernel nor suspended nor dead. */
  readonly totalRuntime: bigint;
  /** 2^32 - 1: only the host knows. */
  readonly lastScheduledCpu: number;
}

/** A thread. */
export class Thread extends Task {
  /**
   * `zx_object_get_info` with `ZX_INFO_THREAD`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): ThreadInfo {
    return { state: this.record(INFO_THREAD).getUint32(0, true) as ThreadState };
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_THREAD_STATS`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead thread
   */
  stats(): ThreadStats {
    const view = this.record(INFO_THREAD_STATS);
    return jsonable({
      totalRuntime: view.getBigInt64(0, true),
      lastScheduledCpu: view.getUint32(8, true),
    });
  }

  /**
   * `zx_object_set_profile`. Needs MANAGE_THREAD, and APPLY_PROFILE on the profile.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for either; `BAD_STATE` for a dead thread
   */
  setProfile(profile: Profile): void {
    setProfile(this, profile);
  }

  /**
   * `zx_thread_start`: a further thread of a running process begins at `entry`; a process's first
   * one is for {@link Process.start}. Needs MANAGE_THREAD.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a thread that was started
   * before, or whose process does not run
   */
  start(entry: bigint, stack: bigint, arg1: bigint, arg2: bigint): void {
    checkU64("entry", entry);
    checkU64("stack", stack);
    checkU64("arg1", arg1);
    checkU64("arg2", arg2);
    const { id } = this.context;
    const status = this.native.threadStart(id, this.value, entry, stack, arg1, arg2);
    checkStatus("zx_thread_start", status);
  }

  /**
   * `zx_task_suspend`: the thread stops wherever it is, and goes on exactly there once all tokens for
   * it and its process are closed. It has stopped when THREAD_SUSPENDED is set. One that waits in
   * the kernel goes on waiting, but does not return; one that has not begun does not begin. Needs
   * WRITE.
   *
   * A process one of whose threads cannot be stopped is killed after ten seconds or more.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead thread
   */
  suspend(): SuspendToken {
    const token = this.native.taskSuspend(this.context.id, this.value);
    return new SuspendToken(this.context, checkStatus("zx_task_suspend", token));
  }

  /**
   * `zx_thread_read_state` with `ZX_THREAD_STATE_GENERAL_REGS`: the registers of the program, in a
   * system call those around it. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` unless the thread has been
   * suspended
   */
  readState(): GeneralRegisters {
    const words = new BigUint64Array(REGISTER_COUNT);
    const read = this.native.threadReadState(this.context.id, this.value, words);
    checkStatus("zx_thread_read_state", read);
    return registersOf(words);
  }

  /**
   * `zx_thread_write_state` with `ZX_THREAD_STATE_GENERAL_REGS`: the thread goes on with them. Needs
   * WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` unless the thread has been
   * suspended; `INVALID_ARGS` for addresses in `rip`, `fsBase` or `gsBase` that are not the
   * program's; `NOT_SUPPORTED` for a thread in a system call, for another `fsBase` or `gsBase` where
   * programs cannot set them (FSGSBASE), and for a thread that has not begun if others than `rip`,
   * `rsp`, `rdi` and `rsi` change
   */
  writeState(registers: GeneralRegisters): void {
    const words = wordsOf("registers", registers);
    const written = this.native.threadWriteState(this.context.id, this.value, words);
    checkStatus("zx_thread_write_state", written);
  }
}
