import type { DebuggedProcess } from "./debugged-process.js";

/**
 * Where a process may have memory. gdb takes the rest for unreadable, and asks but once: it is told of
 * the whole address space, for a library may be loaded anywhere.
 */
export function memoryMap({ process }: DebuggedProcess): string {
  const [space] = process.maps();
  const memory = space === undefined ? "" : range(space.base, space.size);
  return `<memory-map>${memory}</memory-map>`;
}

function range(base: bigint, size: bigint): string {
  return `<memory type="ram" start="0x${base.toString(16)}" length="0x${size.toString(16)}"/>`;
}
