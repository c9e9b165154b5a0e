/**
 * Signals of objects (zircon/types.h): bits, to be combined with `|`. Bits 3 and up mean different
 * things on different types of objects.
 */
export const Signals = Object.freeze({
  NONE: 0,
  READABLE: 1 << 0,
  WRITABLE: 1 << 1,
  PEER_CLOSED: 1 << 2,
  /** Events and event pairs. */
  SIGNALED: 1 << 3,
  /** The handle that was waited on was closed: in the result of a wait only. */
  HANDLE_CLOSED: 1 << 23,
  /** Jobs, processes, threads: dead. */
  TASK_TERMINATED: 1 << 3,
  VMO_ZERO_CHILDREN: 1 << 3,
  THREAD_RUNNING: 1 << 4,
  THREAD_SUSPENDED: 1 << 5,
  JOB_NO_JOBS: 1 << 4,
  JOB_NO_PROCESSES: 1 << 5,
  /** Jobs: neither child jobs nor processes. */
  JOB_NO_CHILDREN: 1 << 6,
  SOCKET_PEER_WRITE_DISABLED: 1 << 4,
  SOCKET_WRITE_DISABLED: 1 << 5,
  SOCKET_READ_THRESHOLD: 1 << 10,
  SOCKET_WRITE_THRESHOLD: 1 << 11,
  CLOCK_STARTED: 1 << 4,
  CLOCK_UPDATED: 1 << 5,
  COUNTER_POSITIVE: 1 << 4,
  COUNTER_NON_POSITIVE: 1 << 5,
  IOB_SHARED_REGION_UPDATED: 1 << 3,
  INTERRUPT_UNTRIGGERED: 1 << 4,
  /** The eight signals that users may set and clear on any waitable object. */
  USER_ALL: 0xff00_0000,
  USER_0: 1 << 24,
  USER_1: 1 << 25,
  USER_2: 1 << 26,
  USER_3: 1 << 27,
  USER_4: 1 << 28,
  USER_5: 1 << 29,
  USER_6: 1 << 30,
  USER_7: 0x8000_0000,
} as const);

/** Signals that are combined: a number of 32 bits. */
export type Signals = number;
