import { statusOf } from "../../base/errors.js";
import { ZxStatus } from "../../base/status.js";
import type { Commands } from "../conversation.js";
import { countOf, numberOf } from "../hex.js";
import type { HardwareKind } from "../watchpoints.js";

const SOFTWARE = "0";

/** Kinds that debug registers have, by their numbers. */
const HARDWARE = new Map<string, HardwareKind>([
  ["1", "execute"],
  ["2", "watch"],
  ["3", "rwatch"],
  ["4", "awatch"],
]);

/** Setting and clearing breakpoints. */
export const BREAKPOINT_COMMANDS: Commands = {
  Z: (argument, { process }) =>
    change(argument, {
      software: (address) => process.memory.insertBreakpoint(address, "debugger"),
      hardware: (...place) => process.watch(process.watchpoints.with(...place)),
    }),
  z: (argument, { process }) =>
    change(argument, {
      software: (address) => process.memory.removeBreakpoint(address, "debugger"),
      hardware: (...place) => process.watch(process.watchpoints.without(...place)),
    }),
};

interface Change {
  software(address: bigint): void;
  hardware(kind: HardwareKind, address: bigint, length: number): void;
}

/** Makes a change. Nothing is the answer for kinds that cannot be had. */
function change(argument: string, { software, hardware }: Change): string {
  const [kind = "", place, length] = argument.split(/[,;]/);
  const address = numberOf(place);
  if (kind === SOFTWARE) {
    software(address);
    return "OK";
  }
  const known = HARDWARE.get(kind);
  if (known === undefined) return "";
  try {
    hardware(known, address, countOf(length));
    return "OK";
  } catch (error) {
    // Linux lends no debug registers.
    if (statusOf(error) === ZxStatus.NOT_SUPPORTED) return "";
    throw error;
  }
}
