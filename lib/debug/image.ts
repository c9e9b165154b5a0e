import type { MappingInfo } from "../zx/report.js";
import type { DebuggedProcess } from "./debugged-process.js";

const MAGIC = 0x7f45_4c46;
const FILE_HEADER_SIZE = 64;
const HEADER_SIZE = 56;
const ENTRY_SIZE = 16;
/** Bytes that are read, at most: they are in the program's memory, and may be anything. */
const MAX_HEADERS = 1 << 13;
const MAX_DYNAMIC = 1 << 16;
const MAX_NAME = 4096;
/** Mappings that are looked at for an image, at most: a program may have any number. */
const MAX_LOOKED_AT = 1024;

/** `PT_LOAD` */
const LOADED = 1;
/** `PT_DYNAMIC` */
const DYNAMIC = 2;
/** `PT_INTERP` */
const INTERPRETER = 3;
/** `PT_TLS` */
const THREAD_LOCALS = 7;
/** `PF_X` */
const EXECUTABLE = 1;
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
  const before = process.process.maps().filter(({ base }) => base <= address);
  const { length } = before;
  return firstOf(
    process,
    before.map((_, index) => before[length - 1 - index]!),
  );
}

/** The first image in a process's memory that is not its vDSO. */
export function firstImage(process: DebuggedProcess): Image | undefined {
  const vdso = process.process.getVdsoBase();
  return firstOf(
    process,
    process.process.maps().filter(({ base }) => base !== vdso),
  );
}

/** Whether an image has the name of a library, as linkers have, and no program does. */
export function isLibrary(process: DebuggedProcess, image: Image | undefined): boolean {
  const section = image && segmentOf(process, image, DYNAMIC, MAX_DYNAMIC);
  return section !== undefined && hasTag(viewOf(section), SONAME);
}

/** The name of the linker that an image asks for, if it does. */
export function interpreterOf(process: DebuggedProcess, image: Image): string | undefined {
  const name = segmentOf(process, image, INTERPRETER, MAX_NAME);
  return name && Buffer.from(name).toString().replace(/\0.*$/s, "");
}

/** What an image has of thread-local variables, of which each thread has a copy (`PT_TLS`). */
export interface ThreadLocals {
  readonly address: bigint;
  readonly size: bigint;
  readonly align: bigint;
}

/** The thread-local variables of an image, if it has any. */
export function threadLocalsOf(process: DebuggedProcess, image: Image): ThreadLocals | undefined {
  const header = headerOf(process, image, THREAD_LOCALS);
  if (header === undefined) return undefined;
  const align = header.getBigUint64(48, true);
  return {
    address: header.getBigUint64(16, true),
    size: header.getBigUint64(40, true),
    align: align === 0n ? 1n : align,
  };
}

/** Where the segment of code ends that has an address; `undefined` if none of the image's has it. */
export function codeEndOf(
  process: DebuggedProcess,
  image: Image,
  address: bigint,
): bigint | undefined {
  for (const header of headersOf(process, image)) {
    if (header.getUint32(0, true) !== LOADED) continue;
    const isCode = (header.getUint32(4, true) & EXECUTABLE) !== 0;
    const first = image.bias + header.getBigUint64(16, true);
    const end = first + header.getBigUint64(40, true);
    if (isCode && address >= first && address < end) return end;
  }
  return undefined;
}

/** The bytes of an image's first segment of a type, up to so many. */
function segmentOf(process: DebuggedProcess, image: Image, type: number, max: number) {
  const header = headerOf(process, image, type);
  if (header === undefined) return undefined;
  const address = image.bias + header.getBigUint64(16, true);
  return process.memory.read(address, Math.min(Number(header.getBigUint64(40, true)), max));
}

/** An image's first program header of a type. */
function headerOf(process: DebuggedProcess, image: Image, type: number): DataView | undefined {
  for (const header of headersOf(process, image)) {
    if (header.getUint32(0, true) === type) return header;
  }
  return undefined;
}

/** An image's program headers. */
function* headersOf({ memory }: DebuggedProcess, image: Image): Generator<DataView> {
  const { headers, headerSize, headerCount } = image;
  const length = headerSize * headerCount;
  if (length > MAX_HEADERS) return;
  const table = memory.read(headers, length);
  for (let at = 0; at + HEADER_SIZE <= table.length; at += Math.max(headerSize, HEADER_SIZE)) {
    yield viewOf(table.subarray(at, at + HEADER_SIZE));
  }
}

function hasTag(entries: DataView, tag: bigint): boolean {
  for (let at = 0; at + ENTRY_SIZE <= entries.byteLength; at += ENTRY_SIZE) {
    if (entries.getBigUint64(at, true) === tag) return true;
  }
  return false;
}

/** The first image among mappings. */
function firstOf(process: DebuggedProcess, mappings: readonly MappingInfo[]): Image | undefined {
  let left = MAX_LOOKED_AT;
  for (const mapping of mappings) {
    if (mapping.type !== "mapping" || mapping.vmoOffset !== 0n) continue;
    if (left-- === 0) return undefined;
    const image = imageAt(process, mapping.base);
    if (image !== undefined) return image;
  }
  return undefined;
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
