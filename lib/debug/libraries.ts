import type { DebuggedProcess } from "./debugged-process.js";
import { firstImage, type Image, imageAt, isLibrary } from "./image.js";

/** What a linker's list has, at most: it is in the program's memory, and may be anything. */
const MAX_LIBRARIES = 4096;
const MAX_NAME = 4096;
const MAX_NAMES = 256 << 10;

/** Bytes of `r_debug` and `link_map`. */
export const DEBUG_SIZE = 40;
export const ENTRY_SIZE = 40;

/** An image, as its linker lists it: `link_map` of link.h. */
export interface Library {
  /** Where the entry is. */
  readonly entry: bigint;
  /** What its addresses are more than in the file. */
  readonly bias: bigint;
  readonly name: string;
  /** Where its dynamic section is. */
  readonly dynamic: bigint;
}

/** The images that a process's linker has listed, its executable first; none before it has. */
export function librariesOf(process: DebuggedProcess): readonly Library[] {
  const words = wordsAt(process, listOf(process), DEBUG_SIZE);
  // By their entries: a list may lead back into itself.
  const libraries = new Map<bigint, Library>();
  let entry = words?.[1] ?? 0n;
  let left = MAX_NAMES;
  while (entry !== 0n && !libraries.has(entry) && libraries.size < MAX_LIBRARIES) {
    const [bias, address, dynamic, next] = wordsAt(process, entry, ENTRY_SIZE) ?? [];
    if (next === undefined) break;
    const name = textAt(process, address!);
    left -= Buffer.byteLength(name);
    if (left < 0) break;
    libraries.set(entry, { entry, bias: bias!, name, dynamic: dynamic! });
    entry = next;
  }
  return [...libraries.values()];
}

/** Where the list is: `r_debug`. 0 if the linker has not told. */
export function listOf({ process }: DebuggedProcess): bigint {
  const address = process.getDebugAddress();
  // What asks it to stop once it has is no address.
  return address === 1n ? 0n : address;
}

/** Where the linker stops by whenever its list changes; 0 if it has not told. */
export function changePlaceOf(process: DebuggedProcess): bigint {
  return wordsAt(process, listOf(process), DEBUG_SIZE)?.[2] ?? 0n;
}

/** The program's own image, if its linker has told where it is, or it has none. */
export function executableOf(process: DebuggedProcess): Image | undefined {
  const [first] = librariesOf(process);
  if (first !== undefined) return imageAt(process, first.bias);
  const image = firstImage(process);
  return isLibrary(process, image) ? undefined : image;
}

/** The words of so many bytes, if all of them are there. */
export function wordsAt({ memory }: DebuggedProcess, address: bigint, size: number) {
  const bytes = memory.read(address, size);
  if (address === 0n || bytes.length < size) return undefined;
  return new BigUint64Array(bytes.slice().buffer);
}

function textAt({ memory }: DebuggedProcess, address: bigint): string {
  if (address === 0n) return "";
  const bytes = memory.read(address, MAX_NAME);
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString();
}
