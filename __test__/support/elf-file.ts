// ELF files of any shape, good or bad: as little as their headers take.

import type { Target } from "../../index.js";

const PAGE = 0x1000;
const FILE_HEADER = 64;
const PROGRAM_HEADER = 56;
const PT_LOAD = 1;
const PT_INTERP = 3;

/** Bits of `p_flags`. */
export const PF = Object.freeze({ X: 1, W: 2, R: 4 } as const);

/** `e_machine` by target. */
const MACHINES = { "x86-64": 62, aarch64: 183, riscv64: 243 } as const satisfies Record<
  Target,
  number
>;

/** A program header, and what it describes. */
export interface Segment {
  type: number;
  flags: number;
  offset: number;
  vaddr: number;
  filesz: number;
  memsz: number;
  align: number;
  /** What is in the file at `offset`. */
  content?: Uint8Array;
}

/** What a file is like; by default static and position-independent, with one R+X segment. */
export interface ElfFile {
  target?: Target;
  /** `e_type`: ET_DYN by default. */
  type?: number;
  /** `e_ident[EI_OSABI]` */
  osabi?: number;
  segments?: readonly Segment[];
}

/** A PT_LOAD of one page of the file, at the same address. */
export function load(page: number, flags: number, rest: Partial<Segment> = {}): Segment {
  const at = page * PAGE;
  return {
    type: PT_LOAD,
    flags,
    offset: at,
    vaddr: at,
    filesz: PAGE,
    memsz: PAGE,
    align: PAGE,
    ...rest,
  };
}

/** A PT_INTERP with these bytes, which lie at the end of the first page. */
export function interp(text: string): Segment {
  const content = new TextEncoder().encode(text);
  const offset = PAGE - 0x400;
  const { length } = content;
  return {
    type: PT_INTERP,
    flags: PF.R,
    offset,
    vaddr: offset,
    filesz: length,
    memsz: length,
    align: 1,
    content,
  };
}

/** The file's bytes. */
export function elfFile({
  target = "x86-64",
  type = 3,
  osabi = 0,
  segments = [load(0, PF.R | PF.X)],
}: ElfFile = {}): Uint8Array {
  const ends = segments.map(({ offset, filesz }) => offset + filesz);
  const bytes = new Uint8Array(Math.max(PAGE, ...ends));
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, osabi]);
  view.setUint16(16, type, true);
  view.setUint16(18, MACHINES[target], true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, 0x800n, true);
  view.setBigUint64(32, BigInt(FILE_HEADER), true);
  view.setUint16(52, FILE_HEADER, true);
  view.setUint16(54, PROGRAM_HEADER, true);
  view.setUint16(56, segments.length, true);
  segments.forEach((segment, index) => {
    const at = FILE_HEADER + index * PROGRAM_HEADER;
    view.setUint32(at, segment.type, true);
    view.setUint32(at + 4, segment.flags, true);
    const { offset, vaddr, filesz, memsz, align } = segment;
    [offset, vaddr, vaddr, filesz, memsz, align].forEach((value, field) =>
      view.setBigUint64(at + 8 + field * 8, BigInt(value), true),
    );
    if (segment.content !== undefined) bytes.set(segment.content, offset);
  });
  return bytes;
}

/** A static position-independent executable for x86-64: one page, one R+X segment. */
export function staticPie(): Uint8Array {
  return elfFile();
}

/** The same, but it wants a dynamic linker: the bytes of its PT_INTERP. */
export function dynamicPie(interpreter: string): Uint8Array {
  return elfFile({ segments: [load(0, PF.R | PF.X), interp(interpreter)] });
}
