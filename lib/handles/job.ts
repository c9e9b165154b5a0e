import { checkStatus, ZxError } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkCString, type CString } from "../base/strings.js";
import {
  checkArray,
  checkBoolean,
  checkChoice,
  checkI64,
  checkOptions,
  checkU32,
} from "../base/validate.js";
import { type AbiOptions, checkAbi } from "../zx/abi.js";
import { ObjectType } from "../zx/object-type.js";
import { Rights } from "../zx/rights.js";
import { Event } from "./event.js";
import { Handle } from "./handle.js";
import { checkLimits, type JobLimits, type JobUsage, readAmounts } from "./limits.js";
import {
  ACTIONS,
  MODES,
  PolicyCondition,
  type PolicyConditionName,
  type PolicyEntry,
} from "./policy.js";
import { Process } from "./process.js";
import { checkHandle } from "./take.js";
import { Task } from "./task.js";
import { SLACK_MODES, type TimerSlackMode } from "./timer.js";
import { Vmar } from "./vmar.js";

const INFO_JOB_CHILDREN = 8;
const INFO_JOB_PROCESSES = 9;
const INFO_JOB = 24;
const PROP_KILL_ON_OOM = 15;
const RETCODE_NONZERO = 1;

const pair = new Uint32Array(2);

/** `zx_info_job_t` */
export interface JobInfo {
  /** 0 until the job has ended. */
  readonly returnCode: bigint;
  readonly exited: boolean;
  /** Whether it is to die first when memory runs out. */
  readonly killOnOom: boolean;
  /** Whether it has a debugger's exception channel. */
  readonly debuggerAttached: boolean;
}

/** Options of `zx_process_create`. */
export const ProcessOptions = Object.freeze({
  /** The process shares its address space with others. */
  SHARED: 1 << 0,
} as const);

/** Events of the whole system, in the order of `ZX_SYSTEM_EVENT_*`. */
const SYSTEM_EVENTS = [
  "outOfMemory",
  "critical",
  "warning",
  "normal",
  "imminentOutOfMemory",
] as const;

/** An event of the whole system: how much memory there is. */
export type SystemEventKind = (typeof SYSTEM_EVENTS)[number];

/** How critical a process is. */
export interface SetCriticalOptions {
  /** Spare the job if the process returns 0 (`ZX_JOB_CRITICAL_PROCESS_RETCODE_NONZERO`). */
  unlessZero?: boolean;
}

/**
 * A job: a group of processes and further jobs.
 *
 * @example
 * ```ts
 * import { Kernel } from "zirconia";
 *
 * using kernel = new Kernel();
 * const job = kernel.rootJob.createJob();
 * job.setLimits({ memory: 64 << 20, processes: 4 });
 * console.log(job.usage().memory);
 * job.kill();
 * ```
 */
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
   * WRITE, and a context whose policy allows NEW_PROCESS. It speaks the context's own ABI, or the
   * one that is asked for; once it maps a vDSO, that one's.
   *
   * @param name 31 bytes are kept
   * @param options bits of {@link ProcessOptions}
   * @throws {@link ZxError} `INVALID_ARGS` for options; `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE`
   * in a killed job
   */
  createProcess(
    name: CString,
    options = 0,
    abiOptions: AbiOptions = {},
  ): { process: Process; rootVmar: Vmar } {
    const bytes = checkCString("name", name);
    checkU32("options", options);
    checkOptions(abiOptions, ["abi"], "abiOptions");
    const abi = checkAbi("abiOptions.abi", abiOptions.abi);
    const { id } = this.context;
    const status = this.native.processCreate(id, this.value, bytes, options, pair, abi);
    checkStatus("zx_process_create", status);
    return {
      process: new Process(this.context, pair[0]!),
      rootVmar: new Vmar(this.context, pair[1]!),
    };
  }

  /**
   * `zx_job_set_policy` with `ZX_JOB_POL_BASIC_V2`, for processes and jobs that are created in this
   * job from now on. Entries without `canOverride` are those of `ZX_JOB_POL_BASIC_V1`. In mode
   * `relative` entries that a job above has fixed are left as they are. Needs SET_POLICY.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for no entries or more than 32; `BAD_HANDLE`;
   * `ACCESS_DENIED`; `BAD_STATE` for a job that has children; `OUT_OF_RANGE` for more than 18
   * entries; in mode `absolute` `ALREADY_EXISTS` for a conflict with what a job above has fixed
   */
  setPolicy(mode: "relative" | "absolute", entries: readonly PolicyEntry[]): void {
    checkChoice("mode", mode, MODES);
    const packed = checkArray("entries", entries).flatMap((entry, index) => {
      const name = `entries[${index}]`;
      checkOptions(entry, ["condition", "action", "canOverride"], name);
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
   * `zx_job_set_policy` with `ZX_JOB_POL_TIMER_SLACK`, for processes and jobs that are created in
   * this job from now on. The amount that counts is never less than that of the job above. Needs
   * SET_POLICY.
   *
   * @param amount the least slack of timers, in nanoseconds
   * @param mode for timers that the kernel sets itself
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a job that has children;
   * `INVALID_ARGS` for an amount below 0
   */
  setTimerSlack(amount: bigint, mode: TimerSlackMode = "center"): void {
    checkI64("amount", amount);
    const number = SLACK_MODES.indexOf(checkChoice("mode", mode, SLACK_MODES));
    const status = this.native.jobSetTimerSlack(this.context.id, this.value, amount, number);
    checkStatus("zx_job_set_policy", status);
  }

  /**
   * Sets how much this job, and all that is below it, may use; what is not named stays as it was, and
   * `Infinity` is no limit. What it uses already it keeps. Needs SET_POLICY.
   *
   * What is made is charged to the job of the process that makes it, and to those above, until it is
   * gone: handles wherever they are sent, messages until they are read. Processes, threads and VMARs
   * are charged to the job that they are in. What the host makes in the root job is charged there: but
   * a VMO that a process maps and may write is charged to that one's job from then on.
   *
   * A call that would need more fails with `NO_MEMORY`, or `NO_RESOURCES` for processes and threads;
   * of the debug log the job's oldest records go. When its processor time is used up, the job is
   * killed, with return code -1088: that is looked at every 10 milliseconds, or less often while much
   * is left.
   *
   * The limits of the root job are the kernel's: see {@link KernelOptions.limits}.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  setLimits(limits: Partial<JobLimits>): void {
    const changes = checkLimits("limits", limits);
    const status = this.native.jobSetLimits(this.context.id, this.value, changes);
    checkStatus("zx_job_set_policy", status);
  }

  /**
   * This job's own limits; those of the jobs above it count too. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  limits(): JobLimits {
    return this.#accounts()[0];
  }

  /**
   * What this job, and all that is below it, uses right now. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  usage(): JobUsage {
    return this.#accounts()[1];
  }

  #accounts(): [limits: JobLimits, usage: JobUsage] {
    const amounts = this.native.jobAccounts(this.context.id, this.value);
    if (typeof amounts === "number") {
      throw new ZxError("zx_object_get_info", amounts);
    }
    return readAmounts(amounts);
  }

  /**
   * `zx_job_set_critical`: this job dies when the process does. That is final. Needs DESTROY, and
   * WAIT on the process.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for either; `ALREADY_BOUND` for a process
   * that is critical to a job; `INVALID_ARGS` for one that is not in this job or below
   */
  setCritical(process: Process, options: SetCriticalOptions = {}): void {
    checkHandle("process", process, Process);
    checkOptions(options, ["unlessZero"]);
    const { unlessZero = false } = options;
    const flags = checkBoolean("options.unlessZero", unlessZero) ? RETCODE_NONZERO : 0;
    const { id } = this.context;
    const target = process.valueIn(this.context, "process");
    checkStatus("zx_job_set_critical", this.native.jobSetCritical(id, this.value, flags, target));
  }

  /**
   * `zx_system_get_event` of the root job: `normal` is SIGNALED, the others never are here. Needs
   * MANAGE_PROCESS for `outOfMemory`.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for another job
   */
  systemEvent(kind: SystemEventKind): Event {
    const number = SYSTEM_EVENTS.indexOf(checkChoice("kind", kind, SYSTEM_EVENTS)) + 1;
    const event = this.native.systemGetEvent(this.context.id, this.value, number);
    return new Event(this.context, checkStatus("zx_system_get_event", event));
  }

  /**
   * `zx_object_get_child`: a handle to the job or process with this koid directly in this job. Needs
   * ENUMERATE.
   *
   * @param rights at most those of this handle, which are the default
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for rights not held; `NOT_FOUND`
   */
  getChild(koid: bigint, rights: Rights = Rights.SAME_RIGHTS): Job | Process {
    const value = this.child(koid, rights);
    const Class = new Handle(this.context, value).objectType === ObjectType.Job ? Job : Process;
    return new Class(this.context, value);
  }

  /**
   * Sets `ZX_PROP_JOB_KILL_ON_OOM`: whether the job is to die first when memory runs out, which it
   * never does here. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  setKillOnOom(kill: boolean): void {
    this.setProperty(PROP_KILL_ON_OOM, checkBoolean("kill", kill) ? 1n : 0n);
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_JOB`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): JobInfo {
    const view = this.record(INFO_JOB);
    return jsonable({
      returnCode: view.getBigInt64(0, true),
      exited: view.getUint8(8) !== 0,
      killOnOom: view.getUint8(9) !== 0,
      debuggerAttached: view.getUint8(10) !== 0,
    });
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
