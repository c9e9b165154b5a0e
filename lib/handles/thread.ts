import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkBoolean, checkU64 } from "../base/validate.js";
import type { ExceptionChannelType, ExceptionType } from "../zx/exception.js";
import {
  type GeneralRegisters,
  REGISTER_COUNT,
  registersOf,
  wordsOf,
} from "../zx/general-registers.js";
import { type Profile, setProfile } from "./profile.js";
import {
  DEBUG_SIZE,
  debugBytesOf,
  type DebugRegisters,
  debugRegistersOf,
  FP_SIZE,
  fpBytesOf,
  type FpRegisters,
  fpRegistersOf,
  StateKind,
  VECTOR_SIZE,
  vectorBytesOf,
  type VectorRegisters,
  vectorRegistersOf,
} from "../zx/thread-state.js";
import { SuspendToken } from "./suspend-token.js";
import { Task } from "./task.js";

const INFO_THREAD = 10;
const INFO_THREAD_STATS = 15;
const INFO_EXCEPTION_REPORT = 0x1000_000b;

/** Room for registers that are read; they are copied out before anything else can run. */
const generalWords = new BigUint64Array(REGISTER_COUNT);
const generalBytes = new Uint8Array(generalWords.buffer);

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
  /** Which handler the thread waits for; in other states than BlockedException, for which it did last. */
  readonly exceptionChannel: ExceptionChannelType;
}

/** `zx_exception_report_t` */
export interface ExceptionReport {
  readonly type: ExceptionType;
  /** The processor's vector; 0 for what no processor has raised. */
  readonly vector: bigint;
  /** The processor's error code. */
  readonly errorCode: bigint;
  /** The address that could not be accessed, for page faults; else 0. */
  readonly faultAddress: bigint;
  /**
   * `ZX_EXCP_POLICY_CODE_*` for policy errors; for page faults the status, such as NOT_FOUND where nothing
   * is mapped; the program's own for what it has raised.
   */
  readonly synthCode: number;
  /** Belongs to `synthCode`. */
  readonly synthData: number;
}

/** `zx_info_thread_stats_t` */
export interface ThreadStats {
  /** Nanoseconds that it ran on a processor, as `cpuTime` of {@link TaskRuntime}. */
  readonly totalRuntime: bigint;
  /** 0 once it has run, as only the host knows which; 2^32 - 1 before. */
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
    const view = this.record(INFO_THREAD);
    return {
      state: view.getUint32(0, true) as ThreadState,
      exceptionChannel: view.getUint32(4, true) as ExceptionChannelType,
    };
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_THREAD_EXCEPTION_REPORT`: what the thread's handler is to know.
   * Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a thread that is in no
   * exception
   */
  exceptionReport(): ExceptionReport {
    const view = this.record(INFO_EXCEPTION_REPORT);
    return jsonable({
      type: view.getUint32(4, true) as ExceptionType,
      vector: view.getBigUint64(8, true),
      errorCode: view.getBigUint64(16, true),
      faultAddress: view.getBigUint64(24, true),
      synthCode: view.getUint32(32, true),
      synthData: view.getUint32(36, true),
    });
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
   * the kernel goes on waiting, but does not return; one that has not begun stops at its first
   * instruction once it is started. Needs WRITE.
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
   * `zx_thread_read_state` with `ZX_THREAD_STATE_GENERAL_REGS`: the registers of the program. In a
   * system call that waits they are those behind it, with INTERNAL_INTR_RETRY in `rax`: it is made
   * again. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` unless the thread has been
   * suspended or is in an exception; `NOT_SUPPORTED` for one that is about to end
   */
  readState(): GeneralRegisters {
    this.#read(StateKind.GENERAL, generalBytes);
    return registersOf(generalWords);
  }

  /**
   * `zx_thread_write_state` with `ZX_THREAD_STATE_GENERAL_REGS`: the thread goes on with them. One
   * that waits in a system call goes on waiting, unless `rip` or `rax` changes: then it is out of the
   * call. Of `rflags` only those change that are a program's. Needs WRITE.
   *
   * @throws {@link ZxError} as {@link Thread.readState}; `INVALID_ARGS` for a `rip` that no program can
   * have, and for a `fsBase` or `gsBase` that is not canonical; `NOT_SUPPORTED` while the thread's
   * system call is served, and for another `fsBase` or `gsBase` where programs cannot set them
   * (FSGSBASE)
   */
  writeState(registers: GeneralRegisters): void {
    this.#write(StateKind.GENERAL, new Uint8Array(wordsOf(registers).buffer));
  }

  /**
   * `zx_thread_read_state` with `ZX_THREAD_STATE_FP_REGS`. Needs READ.
   *
   * @throws {@link ZxError} as {@link Thread.readState}
   */
  readFpState(): FpRegisters {
    return fpRegistersOf(this.#read(StateKind.FP, new Uint8Array(FP_SIZE)));
  }

  /**
   * `zx_thread_write_state` with `ZX_THREAD_STATE_FP_REGS`. Needs WRITE.
   *
   * @throws {@link ZxError} as {@link Thread.readFpState}
   */
  writeFpState(registers: FpRegisters): void {
    this.#write(StateKind.FP, fpBytesOf("registers", registers));
  }

  /**
   * `zx_thread_read_state` with `ZX_THREAD_STATE_VECTOR_REGS`; without AVX the upper halves are 0.
   * Needs READ.
   *
   * @throws {@link ZxError} as {@link Thread.readFpState}
   */
  readVectorState(): VectorRegisters {
    return vectorRegistersOf(this.#read(StateKind.VECTOR, new Uint8Array(VECTOR_SIZE)));
  }

  /**
   * `zx_thread_write_state` with `ZX_THREAD_STATE_VECTOR_REGS`. Needs WRITE.
   *
   * @throws {@link ZxError} as {@link Thread.readFpState}; `INVALID_ARGS` for bits of `mxcsr` that the
   * processor does not have
   */
  writeVectorState(registers: VectorRegisters): void {
    this.#write(StateKind.VECTOR, vectorBytesOf("registers", registers));
  }

  /**
   * `zx_thread_read_state` with `ZX_THREAD_STATE_DEBUG_REGS`. Needs READ.
   *
   * @throws {@link ZxError} as {@link Thread.readFpState}
   */
  readDebugState(): DebugRegisters {
    return debugRegistersOf(this.#read(StateKind.DEBUG, new Uint8Array(DEBUG_SIZE)));
  }

  /**
   * `zx_thread_write_state` with `ZX_THREAD_STATE_DEBUG_REGS`. Needs WRITE.
   *
   * @throws {@link ZxError} as {@link Thread.readFpState}; `INVALID_ARGS` for addresses that are not the
   * program's; `NOT_SUPPORTED` where Linux does not lend them
   */
  writeDebugState(registers: DebugRegisters): void {
    this.#write(StateKind.DEBUG, debugBytesOf("registers", registers));
  }

  /**
   * `zx_thread_read_state` with `ZX_THREAD_STATE_SINGLE_STEP`: whether the thread has an exception,
   * HW_BREAKPOINT, behind its next instruction. Needs READ.
   *
   * @throws {@link ZxError} as {@link Thread.readFpState}
   */
  readSingleStep(): boolean {
    return this.#read(StateKind.SINGLE_STEP, new Uint8Array(4))[0] !== 0;
  }

  /**
   * `zx_thread_write_state` with `ZX_THREAD_STATE_SINGLE_STEP`. It stays so until it is taken back.
   * Needs WRITE.
   *
   * @throws {@link ZxError} as {@link Thread.readFpState}
   */
  writeSingleStep(steps: boolean): void {
    this.#write(
      StateKind.SINGLE_STEP,
      Uint8Array.of(Number(checkBoolean("steps", steps)), 0, 0, 0),
    );
  }

  #read(kind: number, bytes: Uint8Array): Uint8Array {
    const status = this.native.threadReadState(this.context.id, this.value, kind, bytes);
    checkStatus("zx_thread_read_state", status);
    return bytes;
  }

  #write(kind: number, bytes: Uint8Array): void {
    const status = this.native.threadWriteState(this.context.id, this.value, kind, bytes);
    checkStatus("zx_thread_write_state", status);
  }
}
