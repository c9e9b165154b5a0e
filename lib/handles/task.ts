import { checkStatus } from "../errors.js";
import { type CrashReport, type MappingInfo, unpackCrashReport, unpackMaps } from "../report.js";
import { Signals } from "../signals.js";
import { ZxStatus } from "../status.js";
import { encode } from "../strings.js";
import {
  checkArray,
  checkChoice,
  checkOptions,
  checkString,
  checkU32,
  checkU64,
} from "../validate.js";
import { Handle, type WaitOptions } from "./handle.js";
import { checkHandle, takeValue } from "./take.js";
import { Vmar } from "./vmar.js";

const INFO_PROCESS = 0x1000_0003;
const INFO_PROCESS_THREADS = 4;
const INFO_JOB_CHILDREN = 8;
const INFO_JOB_PROCESSES = 9;
const INFO_THREAD = 10;
const INFO_JOB = 24;

const FLAG_STARTED = 1;
const FLAG_EXITED = 2;

const pair = new Uint32Array(2);

/** A job, process or thread. */
export class Task extends Handle {
  /**
   * `zx_task_kill`. TERMINATED follows once nothing of it runs any more; killing the dead does
   * nothing. Needs DESTROY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `WRONG_TYPE` for a thread
   */
  kill(): void {
    checkStatus("zx_task_kill", this.native.taskKill(this.context.id, this.value));
  }
}

/** `zx_info_process_t` */
export interface ProcessInfo {
  /** 0 until the process has ended. */
  readonly returnCode: bigint;
  /** In nanoseconds of the monotonic clock; 0 before the start. */
  readonly startTime: bigint;
  readonly started: boolean;
  readonly exited: boolean;
}

/** A process. */
export class Process extends Task {
  /**
   * `zx_object_get_info` with `ZX_INFO_PROCESS`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): ProcessInfo {
    const view = this.record(INFO_PROCESS);
    const flags = view.getUint32(16, true);
    return {
      returnCode: view.getBigInt64(0, true),
      startTime: view.getBigInt64(8, true),
      started: (flags & FLAG_STARTED) !== 0,
      exited: (flags & FLAG_EXITED) !== 0,
    };
  }

  /**
   * Resolves once the process is dead. Needs WAIT and INSPECT.
   *
   * @throws as {@link Handle.waitOne}
   */
  async exited(options?: WaitOptions): Promise<ProcessInfo> {
    await this.waitOne(Signals.TASK_TERMINATED, options);
    return this.info();
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_PROCESS_THREADS`: koids, oldest first. Needs ENUMERATE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  threads(): bigint[] {
    return this.koids(INFO_PROCESS_THREADS);
  }

  /**
   * The address space, as `ZX_INFO_PROCESS_MAPS` tells it. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process
   */
  maps(): MappingInfo[] {
    const packed = this.native.processMaps(this.context.id, this.value);
    return unpackMaps(bytesOf("zx_object_get_info", packed));
  }

  /**
   * What a process has left that died of an exception; `undefined` for any other. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  crashReport(): CrashReport | undefined {
    const packed = this.native.processCrashReport(this.context.id, this.value);
    return unpackCrashReport(bytesOf("zx_object_get_info", packed));
  }

  /**
   * `zx_thread_create`; 31 bytes of the name are kept. Needs MANAGE_THREAD.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` in a dead process
   */
  createThread(name: string): Thread {
    const bytes = encode(checkString("name", name));
    const thread = this.native.threadCreate(this.context.id, this.value, bytes, 0);
    return new Thread(this.context, checkStatus("zx_thread_create", thread));
  }

  /**
   * `zx_process_start`: the first thread begins at `entry`. Needs WRITE on process and thread, and
   * TRANSFER on `arg1`, which moves into the process and is consumed on every outcome.
   *
   * @throws {@link ZxError} `NOT_SUPPORTED` on the null machine; `BAD_HANDLE`; `ACCESS_DENIED`;
   * `BAD_STATE` for a process that was started or is dead
   */
  start(thread: Thread, entry: bigint, stack: bigint, arg1: Handle, arg2: bigint): void {
    checkHandle("thread", thread, Thread);
    checkU64("entry", entry);
    checkU64("stack", stack);
    checkHandle("arg1", arg1, Handle);
    checkU64("arg2", arg2);
    const { id, loop } = this.context;
    const threadValue = thread.context === this.context ? thread.value : 0;
    const arg = takeValue(this.context, arg1);
    const status = this.native.processStart(id, this.value, threadValue, entry, stack, arg, arg2);
    loop.refresh();
    if (status === ZxStatus.NOT_SUPPORTED) {
      // The one failure that consumes nothing: nothing can be started here at all.
      this.native.handleClose(id, arg);
    }
    checkStatus("zx_process_start", status);
  }
}

/** `zx_info_thread_t` */
export interface ThreadInfo {
  /** `ZX_THREAD_STATE_*` */
  readonly state: number;
}

/** A thread. */
export class Thread extends Task {
  /**
   * `zx_object_get_info` with `ZX_INFO_THREAD`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): ThreadInfo {
    return { state: this.record(INFO_THREAD).getUint32(0, true) };
  }
}

/** `zx_info_job_t` */
export interface JobInfo {
  /** 0 until the job has ended. */
  readonly returnCode: bigint;
  readonly exited: boolean;
}

/** What a job's policy decides about (`ZX_POL_*`). */
export const PolicyCondition = Object.freeze({
  BadHandle: 0,
  WrongObject: 1,
  VmarWx: 2,
  NewAny: 3,
  NewVmo: 4,
  NewChannel: 5,
  NewEvent: 6,
  NewEventpair: 7,
  NewPort: 8,
  NewSocket: 9,
  NewFifo: 10,
  NewTimer: 11,
  NewProcess: 12,
  NewProfile: 13,
  NewPager: 14,
  AmbientMarkVmoExec: 15,
  NewIob: 16,
  NewSampler: 17,
} as const);

/** The name of a policy's condition. */
export type PolicyConditionName = keyof typeof PolicyCondition;

const ACTIONS = ["allow", "deny", "allowException", "denyException", "kill"] as const;

/** What happens when a policy's condition is met. */
export type PolicyAction = (typeof ACTIONS)[number];

/** One entry of a policy. */
export interface PolicyEntry {
  readonly condition: PolicyConditionName;
  readonly action: PolicyAction;
  /** Whether jobs below may change it; `false` by default. */
  readonly canOverride?: boolean;
}

const MODES = ["relative", "absolute"] as const;

/** A job: a group of processes and further jobs. */
export class Job extends Task {
  /**
   * `zx_job_create`: a child job. Needs MANAGE_JOB or WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` 32 levels below the root;
   * `BAD_STATE` below a killed job
   */
  createJob(): Job {
    const job = this.native.jobCreate(this.context.id, this.value, 0);
    return new Job(this.context, checkStatus("zx_job_create", job));
  }

  /**
   * `zx_process_create`: a process without threads, and its root VMAR. Needs MANAGE_PROCESS or
   * WRITE, and a context whose policy allows NEW_PROCESS.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for options; `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE`
   * in a killed job
   */
  createProcess(name: string, options = 0): { process: Process; rootVmar: Vmar } {
    const bytes = encode(checkString("name", name));
    checkU32("options", options);
    const { id } = this.context;
    const status = this.native.processCreate(id, this.value, bytes, options, pair);
    checkStatus("zx_process_create", status);
    return {
      process: new Process(this.context, pair[0]!),
      rootVmar: new Vmar(this.context, pair[1]!),
    };
  }

  /**
   * `zx_job_set_policy`, for processes and jobs that are created in this job from now on. In mode
   * `relative` entries that a job above has fixed are left as they are. Needs SET_POLICY.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for no entries or more than 32; `BAD_HANDLE`;
   * `ACCESS_DENIED`; `BAD_STATE` for a job that has children; in mode `absolute` `ALREADY_EXISTS`
   * for a conflict with what a job above has fixed
   */
  setPolicy(mode: "relative" | "absolute", entries: readonly PolicyEntry[]): void {
    checkChoice("mode", mode, MODES);
    const packed = checkArray("entries", entries).flatMap((entry, index) => {
      const name = `entries[${index}]`;
      checkOptions(entry, ["condition", "action", "canOverride"]);
      const { condition, action, canOverride } = entry as PolicyEntry;
      checkChoice(
        `${name}.condition`,
        condition,
        Object.keys(PolicyCondition) as PolicyConditionName[],
      );
      checkChoice(`${name}.action`, action, ACTIONS);
      return [PolicyCondition[condition], ACTIONS.indexOf(action), canOverride === true ? 1 : 0];
    });
    const status = this.native.jobSetPolicy(
      this.context.id,
      this.value,
      MODES.indexOf(mode),
      Uint32Array.from(packed),
    );
    checkStatus("zx_job_set_policy", status);
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_JOB`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): JobInfo {
    const view = this.record(INFO_JOB);
    return { returnCode: view.getBigInt64(0, true), exited: view.getUint8(8) !== 0 };
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_JOB_CHILDREN`: koids, oldest first. Needs ENUMERATE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  children(): bigint[] {
    return this.koids(INFO_JOB_CHILDREN);
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_JOB_PROCESSES`: koids, oldest first. Needs ENUMERATE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  processes(): bigint[] {
    return this.koids(INFO_JOB_PROCESSES);
  }
}

function bytesOf(operation: string, packed: Uint8Array | number): Uint8Array {
  if (typeof packed === "number") {
    checkStatus(operation, packed);
    return new Uint8Array();
  }
  return packed;
}
