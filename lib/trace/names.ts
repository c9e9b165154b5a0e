// Numbers of Zircon's by name.

import { statusName, ZxStatus } from "../base/status.js";
import { hex } from "../base/text.js";
import type { ObjectTypeName } from "../zx/object-type.js";
import { Rights } from "../zx/rights.js";
import { Signals } from "../zx/signals.js";

/** Names and their numbers. */
export type Names = Readonly<Record<string, number>>;

/** A status as Zircon spells it; a number above 0 is a count. */
export function zxStatus(status: number): string {
  if (status >= 0) {
    return status === ZxStatus.OK ? "ZX_OK" : String(status);
  }
  const name = statusName(status);
  return /^\w+$/.test(name) ? `ZX_ERR_${name}` : String(status);
}

/** The name of a number; the number itself without one. */
export function valueName(names: Names, value: number): string {
  const found = Object.entries(names).find(([, number]) => number >>> 0 === value >>> 0);
  return found?.[0] ?? hex(value >>> 0);
}

/** The names of the bits that are set: `READ|WRITE`, with what has no name as a number. */
export function bitNames(names: Names, value: number): string {
  let rest = value >>> 0;
  const found: string[] = [];
  for (const [name, bits] of Object.entries(names)) {
    if (isBit(bits) && (rest & bits) !== 0) {
      found.push(name);
      rest = (rest & ~bits) >>> 0;
    }
  }
  if (rest !== 0) {
    found.push(hex(rest));
  }
  return found.join("|") || "0";
}

function isBit(bits: number): boolean {
  return bits !== 0 && (bits & (bits - 1)) === 0;
}

/** Rights by name. */
export function rightNames(rights: number): string {
  return bitNames(Rights, rights);
}

/** Which names of signals are those of which types; all others are of every type. */
const SIGNALS_OF: Readonly<Record<string, readonly ObjectTypeName[]>> = {
  SIGNALED: ["Event", "EventPair", "Timer"],
  TASK: ["Process", "Thread", "Job"],
  VMO: ["Vmo"],
  THREAD: ["Thread"],
  JOB: ["Job"],
  SOCKET: ["Socket"],
  CLOCK: ["Clock"],
  COUNTER: ["Counter"],
  IOB: ["IobSharedRegion"],
  INTERRUPT: ["Interrupt"],
};

const SIGNAL_TYPES = [...new Set(Object.values(SIGNALS_OF).flat())];

/** The names of signals by type; types without signals of their own share one list. */
const SIGNAL_NAMES = new Map<string, Names>(
  [undefined, ...SIGNAL_TYPES].map((type) => {
    const names = Object.entries(Signals).filter(([name]) => {
      const types = SIGNALS_OF[name.split("_")[0]!];
      return types === undefined || types.includes(type!);
    });
    return [type ?? "", Object.fromEntries(names)];
  }),
);

/** Signals by name, as they are called on objects of a type. */
export function signalNames(signals: number, type: ObjectTypeName | "Unknown"): string {
  return bitNames(SIGNAL_NAMES.get(type) ?? SIGNAL_NAMES.get("")!, signals);
}
