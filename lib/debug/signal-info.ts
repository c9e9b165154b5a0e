// What gdb has as `$_siginfo`: Linux's `siginfo_t`, for what Linux would tell of the same stop.
import { ZxStatus } from "../base/status.js";
import type { ExceptionReport } from "../handles/thread.js";
import { ExceptionType } from "../zx/exception.js";
import { Signal, signalOf, type Stop } from "./stop.js";

const SIZE = 128;
const CODE_AT = 8;
const ADDRESS_AT = 16;

/** The numbers of signals on Linux that the protocol has others for. */
const LINUX_NUMBERS = new Map<number, number>([
  [Signal.BUS, 7],
  [Signal.SYS, 31],
]);

/** Codes (`asm-generic/siginfo.h`). */
const USER = 0;
const KERNEL = 0x80;
const ILL_ILLOPN = 2;
const FPE_INTDIV = 1;
const FPE_FLTUNK = 14;
const SEGV_MAPERR = 1;
const SEGV_ACCERR = 2;
const BUS_ADRALN = 1;
const TRAP_TRACE = 2;
const TRAP_HWBKPT = 4;
const SYS_SECCOMP = 1;

/** What Zircon says of an address at which nothing is mapped. */
const NOTHING_MAPPED = ZxStatus.NOT_FOUND >>> 0;

const DIVISION = 0n;

/** Those that come with where the thread is. */
const PLACED = new Set<number>([Signal.ILL, Signal.FPE, Signal.TRAP, Signal.SYS]);

/** The record of a stop of a thread that is at `place`. */
export function signalInfo(stop: Stop, place: bigint): Uint8Array {
  const signal = signalOf(stop);
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, LINUX_NUMBERS.get(signal) ?? signal, true);
  view.setInt32(CODE_AT, codeOf(stop, signal), true);
  view.setBigUint64(ADDRESS_AT, addressOf(stop, signal, place), true);
  return bytes;
}

function codeOf(stop: Stop, signal: Signal): number {
  switch (stop.kind) {
    case "exception":
      return codeOfException(stop.report, signal);
    case "breakpoint":
      return stop.hardware ? TRAP_HWBKPT : KERNEL;
    case "watchpoint":
      return TRAP_HWBKPT;
    case "stepped":
      return TRAP_TRACE;
    default:
      return USER;
  }
}

function codeOfException({ type, vector, synthCode }: ExceptionReport, signal: Signal): number {
  switch (signal) {
    case Signal.ILL:
      return ILL_ILLOPN;
    case Signal.FPE:
      return vector === DIVISION ? FPE_INTDIV : FPE_FLTUNK;
    case Signal.BUS:
      return type === ExceptionType.UNALIGNED_ACCESS ? BUS_ADRALN : KERNEL;
    case Signal.TRAP:
      return type === ExceptionType.SW_BREAKPOINT ? KERNEL : TRAP_HWBKPT;
    case Signal.SYS:
      return SYS_SECCOMP;
    default:
      if (type !== ExceptionType.FATAL_PAGE_FAULT) return KERNEL;
      return synthCode === NOTHING_MAPPED ? SEGV_MAPERR : SEGV_ACCERR;
  }
}

function addressOf(stop: Stop, signal: Signal, place: bigint): bigint {
  switch (stop.kind) {
    case "exception":
      if (stop.report.type === ExceptionType.FATAL_PAGE_FAULT) return stop.report.faultAddress;
      if (stop.report.type === ExceptionType.SW_BREAKPOINT) return 0n;
      return PLACED.has(signal) ? place : 0n;
    case "breakpoint":
      return stop.hardware ? place : 0n;
    case "watchpoint":
    case "stepped":
      return place;
    default:
      return 0n;
  }
}
