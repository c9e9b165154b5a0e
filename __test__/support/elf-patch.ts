// Changes to ELF files that were linked, in place.

import { guestBytes } from "./native.js";

const PHDRS = 64;
const PHDR_SIZE = 56;

/** Types of program headers. */
export const PT = Object.freeze({
  LOAD: 1,
  DYNAMIC: 2,
  TLS: 7,
  GNU_RELRO: 0x6474_e552,
} as const);

/** Offsets in a program header. */
export const PHDR = Object.freeze({
  flags: 4,
  offset: 8,
  vaddr: 16,
  filesz: 32,
  memsz: 40,
  align: 48,
} as const);

/** Tags of the dynamic section. */
export const DT = Object.freeze({
  NULL: 0,
  NEEDED: 1,
  PLTRELSZ: 2,
  HASH: 4,
  STRTAB: 5,
  SYMTAB: 6,
  RELASZ: 8,
  STRSZ: 10,
  SONAME: 14,
  REL: 17,
  RELSZ: 18,
  JMPREL: 23,
  INIT_ARRAY: 25,
  INIT_ARRAYSZ: 27,
  FINI_ARRAYSZ: 28,
  RELRSZ: 35,
  RELR: 36,
  GNU_HASH: 0x6fff_fef5,
} as const);

/** A guest that is to be changed. */
export class ElfPatch {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(guest: string) {
    this.bytes = Uint8Array.from(guestBytes(guest));
    this.#view = new DataView(this.bytes.buffer);
  }

  /** The offset of the program header of this type, or of a later one. */
  header(type: number, index = 0): number {
    const count = this.#view.getUint16(56, true);
    const headers = Array.from({ length: count }, (_, at) => PHDRS + PHDR_SIZE * at);
    const found = headers.filter((at) => this.#view.getUint32(at, true) === type)[index];
    if (found === undefined) throw new Error(`no program header of type ${type}`);
    return found;
  }

  /** The value of the first dynamic entry with this tag. */
  value(tag: number): number {
    return Number(this.#view.getBigUint64(this.#entry(tag), true));
  }

  /** Sets the value of the first dynamic entry with this tag. */
  set(tag: number, value: bigint): this {
    return this.u64(this.#entry(tag), value);
  }

  /** Sets a field of a program header. */
  setHeader(type: number, field: keyof typeof PHDR, value: bigint, index = 0): this {
    return this.u64(this.header(type, index) + PHDR[field], value);
  }

  /** The offset in the file of what is at the address of a table. */
  offsetOf(tag: number): number {
    const address = this.value(tag);
    for (let index = 0; ; index++) {
      const at = this.header(PT.LOAD, index);
      const field = (name: keyof typeof PHDR) =>
        Number(this.#view.getBigUint64(at + PHDR[name], true));
      const start = field("vaddr");
      if (start <= address && address < start + field("filesz")) {
        return field("offset") + address - start;
      }
    }
  }

  /** A number at an offset in the file. */
  getU32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  /** Writes a number at an offset in the file. */
  u32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, true);
    return this;
  }

  /** Writes a number at an offset in the file. */
  u64(offset: number, value: bigint): this {
    this.#view.setBigUint64(offset, value, true);
    return this;
  }

  #entry(tag: number): number {
    let at = Number(this.#view.getBigUint64(this.header(PT.DYNAMIC) + PHDR.offset, true));
    for (; this.#view.getBigUint64(at, true) !== BigInt(tag); at += 16) {
      if (this.#view.getBigUint64(at, true) === 0n) throw new Error(`no dynamic entry ${tag}`);
    }
    return at + 8;
  }
}
