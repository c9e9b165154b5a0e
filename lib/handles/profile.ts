import { checkStatus } from "../base/errors.js";
import {
  checkI32,
  checkI64,
  checkOptions,
  checkU64,
  incompatibleOptions,
} from "../base/validate.js";
import { Handle } from "./handle.js";
import { checkHandle } from "./take.js";

const [PRIORITY, CPU_MASK, DEADLINE, MEMORY_PRIORITY] = [1n, 2n, 4n, 16n];
const KEYS = ["priority", "deadline", "cpuMask", "memoryPriority"];

/** When a thread is to run, in nanoseconds: so much time, within which deadline, and how often. */
export interface DeadlineProfile {
  capacity: bigint;
  relativeDeadline: bigint;
  period: bigint;
}

/** What a profile says: a priority or a deadline and processors for threads, or a priority of memory. */
export interface ProfileOptions {
  /** 0 to 31. */
  priority?: number;
  deadline?: DeadlineProfile;
  /** A bit for each of the first 64 processors. */
  cpuMask?: bigint;
  /** 16 or 24. */
  memoryPriority?: number;
}

/**
 * How threads are to be scheduled, which this kernel leaves to its host: the processors of a profile
 * show in what is told of a thread.
 */
export class Profile extends Handle {}

/**
 * What the binding takes.
 *
 * @internal
 */
export function packProfile(options: ProfileOptions): BigUint64Array {
  checkOptions(options, KEYS);
  const { priority, deadline, cpuMask, memoryPriority } = options;
  const words = new BigUint64Array(12);
  if (priority !== undefined) {
    if (memoryPriority !== undefined) throw incompatibleOptions("priority", "memoryPriority");
    words[0]! |= PRIORITY;
    words[1] = BigInt(checkI32("options.priority", priority));
  }
  if (memoryPriority !== undefined) {
    words[0]! |= MEMORY_PRIORITY;
    words[1] = BigInt(checkI32("options.memoryPriority", memoryPriority));
  }
  if (deadline !== undefined) {
    checkOptions(deadline, ["capacity", "relativeDeadline", "period"], "options.deadline");
    const { capacity, relativeDeadline, period } = deadline;
    words[0]! |= DEADLINE;
    words[1] = checkI64("options.deadline.capacity", capacity);
    words[2] = checkI64("options.deadline.relativeDeadline", relativeDeadline);
    words[3] = checkI64("options.deadline.period", period);
  }
  if (cpuMask !== undefined) {
    words[0]! |= CPU_MASK;
    words[4] = checkU64("options.cpuMask", cpuMask);
  }
  return words;
}

/**
 * `zx_object_set_profile`
 *
 * @internal
 */
export function setProfile(object: Handle, profile: Profile): void {
  checkHandle("profile", profile, Profile);
  const { native, id } = object.context;
  const value = profile.valueIn(object.context, "profile");
  checkStatus("zx_object_set_profile", native.objectSetProfile(id, object.value, value));
}
