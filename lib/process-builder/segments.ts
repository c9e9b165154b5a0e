// How program headers are told to people.
import { hex } from "../base/text.js";

/** What the ELF specification and its extensions call segment types. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0, "PT_NULL"],
  [1, "PT_LOAD"],
  [2, "PT_DYNAMIC"],
  [3, "PT_INTERP"],
  [4, "PT_NOTE"],
  [6, "PT_PHDR"],
  [7, "PT_TLS"],
  [0x6474_e550, "PT_GNU_EH_FRAME"],
  [0x6474_e551, "PT_GNU_STACK"],
  [0x6474_e552, "PT_GNU_RELRO"],
  [0x6474_e553, "PT_GNU_PROPERTY"],
]);

/** The name of a segment type (`p_type`): its number if it has none here. */
export function segmentTypeName(type: number): string {
  return NAMES.get(type) ?? hex(type);
}

/** What a segment's flags (`p_flags`) allow: 1 read, 2 write, 4 execute. */
export function segmentPermissions(flags: number): number {
  // PF_X is the lowest bit, PF_R the highest.
  return ((flags & 1) << 2) | (flags & 2) | ((flags & 4) >> 2);
}
