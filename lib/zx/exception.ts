/** Types of exceptions (`ZX_EXCP_*`, zircon/syscalls/exception.h). */
export const ExceptionType = Object.freeze({
  /** What the processor raises and has no type of its own: a division by zero, for instance. */
  GENERAL: 0x8,
  /** An access that no mapping allows. */
  FATAL_PAGE_FAULT: 0x108,
  UNDEFINED_INSTRUCTION: 0x208,
  /** A breakpoint instruction. */
  SW_BREAKPOINT: 0x308,
  /** A single step, or an address that the debug registers watch. */
  HW_BREAKPOINT: 0x408,
  UNALIGNED_ACCESS: 0x508,
  /** To a process's debugger: a thread is about to run its first instruction. */
  THREAD_STARTING: 0x8008,
  /** To a process's debugger: a thread is about to end. */
  THREAD_EXITING: 0x8108,
  /** Something that the policy of the process's job answers with an exception. */
  POLICY_ERROR: 0x8208,
  /** To a job's debugger: a process is about to run its first thread. */
  PROCESS_STARTING: 0x8308,
  /** To a job's debugger: what a thread has raised itself. */
  USER: 0x8309,
} as const);

/** The name of a type. */
export type ExceptionTypeName = keyof typeof ExceptionType;

/** The number of a type. */
export type ExceptionType = (typeof ExceptionType)[ExceptionTypeName];

/** What becomes of a thread once the handle of its exception closes (`ZX_EXCEPTION_STATE_*`). */
export const ExceptionState = Object.freeze({
  /** The next handler is asked; if there is none, the process ends. */
  TRY_NEXT: 0,
  /** The thread goes on. */
  HANDLED: 1,
  /** The thread ends, alone. */
  THREAD_EXIT: 2,
} as const);

/** The number of a state. */
export type ExceptionState = (typeof ExceptionState)[keyof typeof ExceptionState];

/** Which handler a thread waits for (`ZX_EXCEPTION_CHANNEL_TYPE_*`). */
export const ExceptionChannelType = Object.freeze({
  NONE: 0,
  DEBUGGER: 1,
  THREAD: 2,
  PROCESS: 3,
  JOB: 4,
  JOB_DEBUGGER: 5,
} as const);

/** The number of such a handler. */
export type ExceptionChannelType = (typeof ExceptionChannelType)[keyof typeof ExceptionChannelType];

const NAMES = new Map<number, ExceptionTypeName>(
  Object.entries(ExceptionType).map(([name, number]) => [number, name as ExceptionTypeName]),
);

/** The name of an exception's type; `UNKNOWN` for a number without one. */
export function exceptionTypeName(type: number): ExceptionTypeName | "UNKNOWN" {
  return NAMES.get(type) ?? "UNKNOWN";
}
