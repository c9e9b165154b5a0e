// Values of the kernel's types, as the trace writes them.

import { hex, hexBytes, quoted } from "../base/text.js";
import type { TracedObject } from "../native/trace-record.js";
import type { ObjectTypeName } from "../zx/object-type.js";
import { TIME_INFINITE } from "../zx/wait-options.js";
import { rightNames, signalNames, zxStatus } from "./names.js";
import { vmOptionNames } from "./options.js";
import type { Parameter } from "./prototypes.js";

/** Bytes of a buffer that are shown, at most. */
const SHOWN = 64;
/** The same, where they are no text. */
const SHOWN_BINARY = 16;

/** A type of values. */
export type ValueType = Pick<Parameter, "meaning" | "size" | "signed">;

/** What a value's meaning depends on. */
export interface ValueContext {
  /** When the call was made. */
  readonly time: bigint;
  /** The type of the object that the call is about. */
  readonly objectType: ObjectTypeName | "Unknown";
}

/** A value, by what its type means. */
export function formatValue(
  { meaning, size, signed }: ValueType,
  register: bigint,
  { time, objectType }: ValueContext,
): string {
  const value = signed ? BigInt.asIntN(8 * size, register) : BigInt.asUintN(8 * size, register);
  switch (meaning) {
    case "Bool":
      return String(value !== 0n);
    case "ClockId":
      return ["MONOTONIC", "BOOT"][Number(value)] ?? String(value);
    case "FirstClockId":
      return ["MONOTONIC", "UTC", "THREAD"][Number(value)] ?? String(value);
    case "HandleValue":
      return value === 0n ? "HANDLE_INVALID" : hex(value);
    case "Rights":
      return rightNames(Number(value));
    case "Signals":
      return signalNames(Number(value), objectType);
    case "Status":
      return zxStatus(Number(value));
    case "VmOptions":
      return vmOptionNames(Number(value));
    case "Address":
    case "Offset":
    case "Word":
      return hex(value);
    case "Deadline":
    case "Instant":
      return formatInstant(value, time);
    case "Duration":
      return formatDuration(value);
    default:
      return String(value);
  }
}

/** An absolute instant, by how far it is from another. */
function formatInstant(instant: bigint, now: bigint): string {
  if (instant === TIME_INFINITE) {
    return "INFINITE";
  }
  if (instant === -TIME_INFINITE - 1n) {
    return "INFINITE_PAST";
  }
  if (instant === 0n) {
    return "0";
  }
  const distance = instant - now;
  return distance < 0n ? `now-${formatDuration(-distance)}` : `now+${formatDuration(distance)}`;
}

const UNITS = [
  ["s", 1e9],
  ["ms", 1e6],
  ["us", 1e3],
] as const;

/** Nanoseconds in a unit that people read. */
export function formatDuration(nanoseconds: bigint): string {
  const number = Number(nanoseconds);
  const found = UNITS.find(([, size]) => Math.abs(number) >= size);
  return found === undefined ? `${number}ns` : `${(number / found[1]).toFixed(1)}${found[0]}`;
}

/** An object by type and koid, as in `Channel:1042`. */
export function formatObject({ type, koid }: TracedObject): string {
  return `${type}:${koid}`;
}

/** The beginning of a buffer, which goes on if it is `cut`: as text if it is that. */
export function formatBuffer(bytes: Uint8Array, cut: boolean): string {
  const text = Buffer.from(bytes).toString("latin1");
  // Names come with the NULs that fill their field.
  const name = text.replace(/\0+$/, "");
  if (/^[\t\n\r -~]*$/.test(name) && (name !== "" || text === "")) {
    return quoted(name.slice(0, SHOWN)) + (cut || name.length > SHOWN ? "..." : "");
  }
  const head = hexBytes(bytes.subarray(0, SHOWN_BINARY));
  return `<${head}${cut || bytes.length > SHOWN_BINARY ? " ..." : ""}>`;
}
