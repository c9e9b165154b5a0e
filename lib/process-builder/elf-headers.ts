import { check, ElfParseError } from "../base/errors.js";
import { jsonable, jsonOf } from "../base/json.js";
import { ZxStatus } from "../base/status.js";
import { checkTarget, type Target } from "../base/target.js";
import { hex } from "../base/text.js";
import { type Bytes, checkBytes, checkU32 } from "../base/validate.js";
import { checkHandle } from "../handles/take.js";
import { Vmo } from "../handles/vmo.js";
import { native } from "../native/native.js";

/** Numbers of the file header, and of each program header, in the packed array. */
const FILE_HEADER = 16;
const PROGRAM_HEADER = 8;

/** The processor that an ELF file's header names; `undefined` if Fuchsia runs on no such. */
export function elfTarget(bytes: Bytes): Target | undefined {
  return (native.elfTarget(checkBytes("bytes", bytes)) ?? undefined) as Target | undefined;
}

/** Segment types (`p_type`) that the loader knows. */
export const SegmentType = Object.freeze({
  /** `PT_NULL` */
  Unused: 0,
  /** `PT_LOAD` */
  Load: 1,
  /** `PT_DYNAMIC` */
  Dynamic: 2,
  /** `PT_INTERP` */
  Interp: 3,
  /** `PT_GNU_STACK` */
  GnuStack: 0x6474_e551,
} as const);

/** What the ELF specification calls them. */
const SEGMENT_NAMES = new Map<number, string>([
  [SegmentType.Unused, "PT_NULL"],
  [SegmentType.Load, "PT_LOAD"],
  [SegmentType.Dynamic, "PT_DYNAMIC"],
  [SegmentType.Interp, "PT_INTERP"],
  [SegmentType.GnuStack, "PT_GNU_STACK"],
]);

/** `Elf64_Ehdr`, with the names of the ELF specification less their `e_`. */
export interface Elf64FileHeader {
  /** `e_ident`: magic, class, data encoding, version, OS ABI, ABI version. */
  readonly ident: {
    readonly magic: number;
    readonly class: number;
    readonly data: number;
    readonly version: number;
    readonly osabi: number;
    readonly abiversion: number;
  };
  readonly type: number;
  readonly machine: number;
  readonly version: number;
  /** The entry point's address before relocation. */
  readonly entry: bigint;
  readonly phoff: bigint;
  readonly shoff: bigint;
  readonly flags: number;
  readonly ehsize: number;
  readonly phentsize: number;
  readonly phnum: number;
  readonly shentsize: number;
  readonly shnum: number;
  readonly shstrndx: number;
}

/** `Elf64_Phdr`, with the names of the ELF specification less their `p_`. */
export interface Elf64ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: bigint;
  readonly vaddr: bigint;
  readonly paddr: bigint;
  readonly filesz: bigint;
  readonly memsz: bigint;
  readonly align: bigint;
}

/**
 * The headers of an ELF file that Fuchsia's loader accepts. Objects are made when asked for.
 *
 * @example
 * ```ts
 * import { Elf64Headers } from "zirconia";
 * import { readFileSync } from "node:fs";
 *
 * const headers = Elf64Headers.fromBytes(readFileSync("guest/out/hello"));
 * console.log(headers.fileHeader.entry, headers.programHeaders.length);
 * ```
 */
export class Elf64Headers {
  readonly #packed: BigUint64Array;

  /** @internal */
  constructor(packed: BigUint64Array) {
    this.#packed = packed;
  }

  /**
   * Reads and checks the headers of the file in `bytes`, for `x86-64` by default.
   *
   * @throws {@link ElfParseError}
   */
  static fromBytes(bytes: Bytes, target: Target = "x86-64"): Elf64Headers {
    const checked = checkBytes("bytes", bytes);
    return new Elf64Headers(check(native.elfHeaders(checked, checkTarget("target", target))));
  }

  /**
   * Reads and checks the headers of the file in `vmo`, for its kernel's target. Needs READ.
   *
   * @throws {@link ElfParseError}
   */
  static fromVmo(vmo: Vmo): Elf64Headers {
    const { context, value } = checkHandle("vmo", vmo, Vmo);
    const { id, kernel } = context;
    return new Elf64Headers(check(context.native.elfHeaders(id, value, kernel.target)));
  }

  /** As they cross into the binding. @internal */
  get packed(): BigUint64Array {
    return this.#packed;
  }

  /** The file header. */
  get fileHeader(): Elf64FileHeader {
    const number = (index: number) => Number(this.#packed[index]!);
    const versions = number(3);
    return jsonable({
      ident: {
        magic: number(0),
        class: number(1),
        data: number(2),
        version: versions & 0xff,
        osabi: (versions >> 8) & 0xff,
        abiversion: (versions >> 16) & 0xff,
      },
      type: number(4),
      machine: number(5),
      version: number(6),
      entry: this.#packed[7]!,
      phoff: this.#packed[8]!,
      shoff: this.#packed[9]!,
      flags: number(10),
      ehsize: number(11),
      phentsize: number(12),
      phnum: this.programHeaderCount,
      shentsize: number(13),
      shnum: number(14),
      shstrndx: number(15),
    });
  }

  /** All of them, as JSON can have them. */
  toJSON(): object {
    const { fileHeader, programHeaders } = this;
    return jsonOf({ fileHeader, programHeaders });
  }

  /** How many program headers there are. */
  get programHeaderCount(): number {
    return (this.#packed.length - FILE_HEADER) / PROGRAM_HEADER;
  }

  /** All program headers, in table order. */
  get programHeaders(): Elf64ProgramHeader[] {
    return Array.from({ length: this.programHeaderCount }, (_, index) => this.#header(index));
  }

  /** The program headers of one type, in table order. */
  programHeadersWithType(type: number): Elf64ProgramHeader[] {
    return this.programHeaders.filter((header) => header.type === type);
  }

  /**
   * The only program header of a type; `undefined` if there is none.
   *
   * @throws {@link ElfParseError} `MultipleHeaders` if there are several, even if they are equal
   */
  programHeaderWithType(type: number): Elf64ProgramHeader | undefined {
    const [header, ...others] = this.programHeadersWithType(checkU32("type", type));
    if (others.length > 0) {
      const name = SEGMENT_NAMES.get(type) ?? hex(type);
      const message = `Multiple ELF program headers of type ${name} present`;
      throw new ElfParseError("MultipleHeaders", message, ZxStatus.NOT_FOUND);
    }
    return header;
  }

  #header(index: number): Elf64ProgramHeader {
    const at = FILE_HEADER + index * PROGRAM_HEADER;
    return jsonable({
      type: Number(this.#packed[at]!),
      flags: Number(this.#packed[at + 1]!),
      offset: this.#packed[at + 2]!,
      vaddr: this.#packed[at + 3]!,
      paddr: this.#packed[at + 4]!,
      filesz: this.#packed[at + 5]!,
      memsz: this.#packed[at + 6]!,
      align: this.#packed[at + 7]!,
    });
  }
}
