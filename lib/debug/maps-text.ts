import { permissions, printable } from "../base/text.js";
import type { Process } from "../handles/process.js";

/** A process's mappings, as Linux writes them in `/proc/PID/maps`. */
export function mapsText(process: Process): string {
  return process
    .maps()
    .map((mapping) => {
      if (mapping.type !== "mapping") return "";
      const { base, size, vmo, vmoOffset, name } = mapping;
      const range = `${base.toString(16)}-${(base + size).toString(16)}`;
      const offset = vmoOffset.toString(16).padStart(8, "0");
      const what = `${permissions(mapping.permissions)}p ${offset} 00:00 ${vmo}`;
      return `${range} ${what} ${printable(name)}\n`;
    })
    .join("");
}
