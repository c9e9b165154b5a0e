import type { DebuggedProcess } from "./debugged-process.js";
import { imageAt } from "./image.js";
import { executableOf, librariesOf } from "./libraries.js";

const PAGE_SIZE = 4096n;

/** Types of entries (`AT_*` of elf.h). */
const PHDR = 3n;
const PHENT = 4n;
const PHNUM = 5n;
const PAGESZ = 6n;
const BASE = 7n;
const ENTRY = 9n;
const SYSINFO_EHDR = 33n;

/**
 * What Linux would tell a program of where it is: debuggers find a position-independent executable
 * by it, its linker and the vDSO.
 */
export function auxiliaryVector(process: DebuggedProcess): Uint8Array {
  const image = executableOf(process);
  const linker = linkerOf(process);
  const vdso = process.process.getVdsoBase();
  const entries: [type: bigint, value: bigint][] = [[PAGESZ, PAGE_SIZE]];
  if (image !== undefined) {
    entries.push([PHDR, image.headers]);
    entries.push([PHENT, BigInt(image.headerSize)]);
    entries.push([PHNUM, BigInt(image.headerCount)]);
    entries.push([ENTRY, image.entry]);
  }
  if (linker !== undefined) entries.push([BASE, linker]);
  if (vdso !== 0n) entries.push([SYSINFO_EHDR, vdso]);
  entries.push([0n, 0n]);
  return new Uint8Array(BigUint64Array.from(entries.flat()).buffer);
}

/** Where a process's linker is: its list is in it. */
function linkerOf(process: DebuggedProcess): bigint | undefined {
  const list = process.process.getDebugAddress();
  const biases = librariesOf(process)
    .map(({ bias }) => bias)
    .filter((bias) => bias <= list && imageAt(process, bias) !== undefined);
  return biases.reduce<bigint | undefined>(
    (last, bias) => (last === undefined || bias > last ? bias : last),
    undefined,
  );
}
