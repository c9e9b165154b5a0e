// Values of C types, as the trace writes them.

import type { ObjectTypeName } from "../object-type.js";
import { hex, hexBytes, quoted } from "../text.js";
import { TIME_INFINITE } from "../wait-options.js";
import { rightNames, signalNames, zxStatus } from "./names.js";
import { vmOptionNames } from "./options.js";
import type { TracedObject } from "./record.js";

/** Bytes of a buffer that are shown, at most. */
const SHOWN = 64;
/** The same, where they are no text. */
const SHOWN_BINARY = 16;

/** What a value's meaning depends on. */
export interface ValueContext {
  /** When the call was made. */
  readonly time: bigint;
  /** The type of the object that the call is about. */
  readonly objectType: ObjectTypeName | "Unknown";
}

/** Bits of C's integer types; all others have 32 or 64. */
const WIDTHS: Readonly<Record<string, number>> = {
  bool: 8,
  uint8_t: 8,
  int8_t: 8,
  uint16_t: 16,
  int16_t: 16,
  int: 32,
  int32_t: 32,
  uint32_t: 32,
  zx_clock_t: 32,
  zx_futex_t: 32,
  zx_handle_t: 32,
  zx_rights_t: 32,
  zx_signals_t: 32,
  zx_status_t: 32,
  zx_vm_option_t: 32,
};

const SIGNED = /^int|^zx_(futex|status|duration.*|instant.*|time|ticks)_t$/;
/** Parameters that are places though their type does not say so. */
const PLACES = /offset$|^(pc|sp|tp|abi_reg|key|arg[12]|seek)$/;

/** A value of a C type: by what the type says, or else by the parameter's name. */
export function formatValue(
  cType: string,
  name: string,
  register: bigint,
  { time, objectType }: ValueContext,
): string {
  const width = WIDTHS[cType] ?? 64;
  const value = SIGNED.test(cType)
    ? BigInt.asIntN(width, register)
    : BigInt.asUintN(width, register);
  switch (cType) {
    case "bool":
      return String(value !== 0n);
    case "zx_clock_t":
      return ["MONOTONIC", "BOOT"][Number(value)] ?? String(value);
    case "zx_handle_t":
      return value === 0n ? "HANDLE_INVALID" : hex(value);
    case "zx_rights_t":
      return rightNames(Number(value));
    case "zx_signals_t":
      return signalNames(Number(value), objectType);
    case "zx_status_t":
      return zxStatus(Number(value));
    case "zx_vm_option_t":
      return vmOptionNames(Number(value));
    case "zx_paddr_t":
    case "zx_vaddr_t":
    case "uintptr_t":
      return hex(value);
  }
  if (/^zx_(instant.*|time)_t$/.test(cType)) {
    return formatInstant(value, time);
  }
  if (cType.startsWith("zx_duration")) {
    return formatDuration(value);
  }
  if (name.endsWith("_mask")) {
    return signalNames(Number(value), objectType);
  }
  return PLACES.test(name) ? hex(value) : String(value);
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
