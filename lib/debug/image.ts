import type { DebuggedProcess } from "./debugged-process.js";

const MAGIC = 0x7f45_4c46;
const FILE_HEADER_SIZE = 64;
const HEADER_SIZE = 56;
const ENTRY_SIZE = 16;
/** Bytes of a dynamic section, at most: it is in the program's memory, and may be anything. */
const MAX_DYNAMIC = 1 << 16;

/** `PT_DYNAMIC` */
const DYNAMIC = 2;
/** `DT_SONAME` */
const SONAME = 14n;

/** An ELF file in a process's memory, by its header. */
export interface Image {
  /** What its addresses are more than in the file. */
  readonly bias: bigint;
  readonly entry: bigint;
  /** Where its program headers are, how many bytes each has, and how many there are. */
  readonly headers: bigint;
  readonly headerSize: number;
  readonly headerCount: number;
}

/** The image that begins at an address, if one does. */
export function imageAt({ memory }: DebuggedProcess, bias: bigint): Image | undefined {
  const bytes = memory.read(bias, FILE_HEADER_SIZE);
  const view = viewOf(bytes);
  if (bytes.length < FILE_HEADER_SIZE || view.getUint32(0) !== MAGIC) return undefined;
  const address = (at: number) => BigInt.asUintN(64, bias + view.getBigUint64(at, true));
  return {
    bias,
    entry: address(24),
    headers: address(32),
    headerSize: view.getUint16(54, true),
    headerCount: view.getUint16(56, true),
  };
}

/** The image that has an address. */
export function imageOf(process: DebuggedProcess, address: bigint): Image | undefined {
  const before = imagesOf(process).filter(({ bias }) => bias <= address);
  return before[before.length - 1];
}

/** The first image in a process's memory that is not its vDSO. */
export function firstImage(process: DebuggedProcess): Image | undefined {
  const vdso = process.process.getVdsoBase();
  return imagesOf(process).find(({ bias }) => bias !== vdso);
}

/** Whether an image has the name of a library, as linkers have, and no program does. */
export function isLibrary({ memory }: DebuggedProcess, image: Image | undefined): boolean {
  if (image === undefined) return false;
  const { bias, headers, headerSize, headerCount } = image;
  const table = viewOf(memory.read(headers, headerSize * headerCount));
  for (let at = 0; at + HEADER_SIZE <= table.byteLength; at += Math.max(headerSize, HEADER_SIZE)) {
    if (table.getUint32(at, true) !== DYNAMIC) continue;
    const address = bias + table.getBigUint64(at + 16, true);
    const size = Math.min(Number(table.getBigUint64(at + 40, true)), MAX_DYNAMIC);
    return hasTag(viewOf(memory.read(address, size)), SONAME);
  }
  return false;
}

function hasTag(entries: DataView, tag: bigint): boolean {
  for (let at = 0; at + ENTRY_SIZE <= entries.byteLength; at += ENTRY_SIZE) {
    if (entries.getBigUint64(at, true) === tag) return true;
  }
  return false;
}

/** All images, in the order of their addresses. */
function imagesOf(process: DebuggedProcess): readonly Image[] {
  return process.process.maps().flatMap((mapping) => {
    if (mapping.type !== "mapping" || mapping.vmoOffset !== 0n) return [];
    return imageAt(process, mapping.base) ?? [];
  });
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
