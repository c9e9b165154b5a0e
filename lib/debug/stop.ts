import type { ExceptionReport } from "../handles/thread.js";
import { hex, printable } from "../base/text.js";
import { ExceptionType, exceptionTypeName } from "../zx/exception.js";

/** Signals, by the numbers that the protocol has for them, whatever they are on this computer. */
export const Signal = Object.freeze({
  NONE: 0,
  INT: 2,
  ILL: 4,
  TRAP: 5,
  FPE: 8,
  KILL: 9,
  BUS: 10,
  SEGV: 11,
  SYS: 12,
} as const);

/** The number of a signal. */
export type Signal = (typeof Signal)[keyof typeof Signal];

/** Why a thread has stopped. */
export type Stop =
  /** It is at the program's first instruction, or a debugger came. */
  | { readonly kind: "attached" }
  | { readonly kind: "interrupted" }
  /** The step that was asked for is done. */
  | { readonly kind: "stepped" }
  /** It is at a breakpoint: one in its code, or in the debug registers. */
  | { readonly kind: "breakpoint"; readonly hardware: boolean }
  | { readonly kind: "watchpoint"; readonly watch: WatchKind; readonly address: bigint }
  /** A process has come to its first instruction that is not debugged yet. */
  | {
      readonly kind: "launched";
      readonly process: bigint;
      readonly name: string;
      /** Where a debugger of its own can come to it. */
      readonly place: number | string | undefined;
    }
  /** Its linker has loaded libraries. */
  | { readonly kind: "libraries" }
  /** It has done what it cannot. */
  | { readonly kind: "exception"; readonly report: ExceptionReport };

/** What watchpoints are called: for writes, for reads, for both. */
export type WatchKind = "watch" | "rwatch" | "awatch";

/** The signal that a stop is. */
export function signalOf(stop: Stop): Signal {
  switch (stop.kind) {
    case "interrupted":
      return Signal.INT;
    case "exception":
      return signalOfException(stop.report);
    default:
      return Signal.TRAP;
  }
}

/** Vectors of the processor's, as the exceptions that have no type of their own name them. */
const VECTOR_SIGNALS = new Map<bigint, Signal>([
  // Division, overflow of x87, of SSE.
  [0n, Signal.FPE],
  [16n, Signal.FPE],
  [19n, Signal.FPE],
  // Segments and the stack, alignment.
  [11n, Signal.BUS],
  [12n, Signal.BUS],
  [17n, Signal.BUS],
]);

/** The signal that an exception would be on Linux. */
export function signalOfException({ type, vector }: ExceptionReport): Signal {
  switch (type) {
    case ExceptionType.UNDEFINED_INSTRUCTION:
      return Signal.ILL;
    case ExceptionType.SW_BREAKPOINT:
    case ExceptionType.HW_BREAKPOINT:
      return Signal.TRAP;
    case ExceptionType.UNALIGNED_ACCESS:
      return Signal.BUS;
    case ExceptionType.POLICY_ERROR:
      return Signal.SYS;
    case ExceptionType.GENERAL:
      return VECTOR_SIGNALS.get(vector) ?? Signal.SEGV;
    default:
      return Signal.SEGV;
  }
}

/** What is said of a stop whose signal does not say it, in a line. */
export function wordsOf(stop: Stop | undefined): string | undefined {
  switch (stop?.kind) {
    case "exception":
      return describeException(stop.report);
    case "launched": {
      const { process, name, place } = stop;
      const where = place === undefined ? "" : `, or to ${place} with another debugger`;
      return `process ${process}, ${printable(name)}, begins: attach to it${where}, or go on without`;
    }
    default:
      return undefined;
  }
}

/** What Zircon says of an exception, in a line. */
function describeException({ type, faultAddress, vector, synthCode }: ExceptionReport): string {
  const name = `${exceptionTypeName(type)} (${hex(type)})`;
  switch (type) {
    case ExceptionType.FATAL_PAGE_FAULT:
      return `${name} at address ${hex(faultAddress)}`;
    case ExceptionType.GENERAL:
      return `${name}, vector ${vector}`;
    case ExceptionType.POLICY_ERROR:
      return `${name}, code ${synthCode}`;
    default:
      return name;
  }
}
