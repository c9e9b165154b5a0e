import { jsonable } from "../base/json.js";
import { printable } from "../base/text.js";
import { WireReader } from "../base/wire.js";
import { type GeneralRegisters, registersOf, REGISTER_COUNT } from "./general-registers.js";

/** One line of an address space: a VMAR, or a mapping in it. */
export type MappingInfo = {
  /** Nesting: 0 for the root VMAR. */
  readonly depth: number;
  /** The first address. */
  readonly base: bigint;
  /** Bytes. */
  readonly size: bigint;
} & (
  | {
      readonly type: "vmar";
      readonly koid: bigint;
      /** `ZX_VM_CAN_MAP_*` bits. */
      readonly canMap: number;
    }
  | {
      readonly type: "mapping";
      /** The VMO's koid. */
      readonly vmo: bigint;
      /** The VMO's name. */
      readonly name: string;
      /** Where in the VMO the mapping begins, in bytes. */
      readonly vmoOffset: bigint;
      /** `ZX_VM_PERM_*` bits: 1 read, 2 write, 4 execute. */
      readonly permissions: number;
    }
);

/** What is left of a process that died of an exception. */
export interface CrashReport {
  /**
   * One line for people: `FATAL_PAGE_FAULT in hello/initial-thread at pc 0x…, address 0x0`. What is not
   * printable in the names is spelled.
   */
  readonly summary: string;
  /** The process's koid. */
  readonly process: bigint;
  readonly processName: string;
  /** The koid of the thread that raised the exception. */
  readonly thread: bigint;
  readonly threadName: string;
  /** `ZX_EXCP_*` */
  readonly exception: number;
  /** The exception's name less its `ZX_EXCP_`. */
  readonly exceptionName: string;
  /** The processor's vector. */
  readonly vector: bigint;
  /** The processor's error code. */
  readonly errorCode: bigint;
  /** The address that could not be accessed, for page faults; else 0. */
  readonly faultAddress: bigint;
  /**
   * `ZX_EXCP_POLICY_CODE_*`, for policy errors; for page faults the status, such as NOT_FOUND where
   * nothing is mapped.
   */
  readonly synthCode: number;
  /** Belongs to `synthCode`. */
  readonly synthData: number;
  readonly registers: GeneralRegisters;
  /** The address space at that moment. */
  readonly maps: readonly MappingInfo[];
}

/** The address space that the binding packed. */
export function unpackMaps(packed: Uint8Array): MappingInfo[] {
  return readMaps(new WireReader(packed));
}

/** The crash report that the binding packed, if there is one. */
export function unpackCrashReport(packed: Uint8Array): CrashReport | undefined {
  if (packed.length === 0) {
    return undefined;
  }
  const reader = new WireReader(packed);
  // Properties are read in the order in which they are written.
  return jsonable({
    summary: printable(reader.text()),
    process: reader.u64(),
    processName: reader.text(),
    thread: reader.u64(),
    threadName: reader.text(),
    exception: reader.u32(),
    exceptionName: reader.text(),
    vector: reader.u64(),
    errorCode: reader.u64(),
    faultAddress: reader.u64(),
    synthCode: reader.u32(),
    synthData: reader.u32(),
    registers: readRegisters(reader),
    maps: readMaps(reader),
  });
}

function readRegisters(reader: WireReader): GeneralRegisters {
  return registersOf(BigUint64Array.from({ length: REGISTER_COUNT }, () => reader.u64()));
}

function readMaps(reader: WireReader): MappingInfo[] {
  return Array.from({ length: reader.u32() }, (): MappingInfo => {
    const line = { depth: reader.u32(), base: reader.u64(), size: reader.u64() };
    if (reader.u8() === 0) {
      return jsonable({ ...line, type: "vmar", koid: reader.u64(), canMap: reader.u32() });
    }
    return jsonable({
      ...line,
      type: "mapping",
      vmo: reader.u64(),
      name: reader.text(),
      vmoOffset: reader.u64(),
      permissions: reader.u32(),
    });
  });
}
