import type { DebuggedProcess } from "./debugged-process.js";

const MAGIC = 0x7f45_4c46;
const FILE_HEADER_SIZE = 64;

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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
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

/** The first image in a process's memory that is not its vDSO. */
export function firstImage(process: DebuggedProcess): Image | undefined {
  const vdso = process.process.getVdsoBase();
  for (const mapping of process.process.maps()) {
    if (mapping.type !== "mapping" || mapping.vmoOffset !== 0n || mapping.base === vdso) continue;
    const image = imageAt(process, mapping.base);
    if (image !== undefined) return image;
  }
  return undefined;
}
