import { type ObjectTypeName, objectTypeName } from "./object-type.js";
import { WireReader } from "./wire.js";

/** Something that happened in the kernel. Koids name processes, threads and other objects. */
export type TraceEvent =
  | {
      readonly type: "syscallEnter";
      readonly process: bigint;
      readonly thread: bigint;
      readonly number: bigint;
      /** The name less its `zx_`; `undefined` for a number that the process's ABI lacks. */
      readonly name: string | undefined;
      /** The eight argument registers. */
      readonly args: readonly bigint[];
    }
  | {
      readonly type: "syscallExit";
      readonly process: bigint;
      readonly thread: bigint;
      /** The result register. */
      readonly value: bigint;
    }
  | {
      readonly type: "syscallNotImplemented";
      readonly process: bigint;
      readonly thread: bigint;
      readonly name: string;
    }
  | {
      readonly type: "map";
      readonly process: bigint;
      readonly base: bigint;
      readonly length: bigint;
      /** 1 read, 2 write, 4 execute. */
      readonly permissions: number;
      readonly vmo: bigint;
    }
  | {
      readonly type: "unmap";
      readonly process: bigint;
      readonly base: bigint;
      readonly length: bigint;
    }
  | {
      readonly type: "protect";
      readonly process: bigint;
      readonly base: bigint;
      readonly length: bigint;
      readonly permissions: number;
    }
  | {
      readonly type: "message";
      /** The end that the message can be read from. */
      readonly channel: bigint;
      readonly bytes: Uint8Array;
      readonly handles: readonly bigint[];
    }
  | {
      readonly type: "signal";
      readonly object: bigint;
      readonly objectType: ObjectTypeName | "Unknown";
      readonly before: number;
      readonly after: number;
    }
  | {
      readonly type: "processStart";
      readonly process: bigint;
      readonly thread: bigint;
      readonly entry: bigint;
      readonly stack: bigint;
    }
  | {
      readonly type: "exception";
      readonly process: bigint;
      readonly thread: bigint;
      /** `ZX_EXCP_*` */
      readonly exception: number;
      readonly pc: bigint;
      readonly faultAddress: bigint;
    }
  | { readonly type: "processExit"; readonly process: bigint; readonly returnCode: bigint };

/** An event and when it happened. */
export type TraceRecord = TraceEvent & {
  /** In nanoseconds of the kernel's monotonic clock. */
  readonly time: bigint;
};

/** The records that the binding packed. */
export function unpackTrace(packed: Uint8Array): TraceRecord[] {
  const reader = new WireReader(packed);
  const records: TraceRecord[] = [];
  while (!reader.done) {
    const time = reader.i64();
    records.push({ time, ...unpackEvent(reader) });
  }
  return records;
}

// Properties are read in the order in which they are written.
function unpackEvent(reader: WireReader): TraceEvent {
  const kind = reader.u8();
  switch (kind) {
    case 0:
      return {
        type: "syscallEnter",
        process: reader.u64(),
        thread: reader.u64(),
        number: reader.u64(),
        name: reader.text() || undefined,
        args: Array.from({ length: 8 }, () => reader.u64()),
      };
    case 1:
      return {
        type: "syscallExit",
        process: reader.u64(),
        thread: reader.u64(),
        value: reader.u64(),
      };
    case 2:
      return {
        type: "syscallNotImplemented",
        process: reader.u64(),
        thread: reader.u64(),
        name: reader.text(),
      };
    case 3:
      return {
        type: "map",
        process: reader.u64(),
        base: reader.u64(),
        length: reader.u64(),
        permissions: reader.u32(),
        vmo: reader.u64(),
      };
    case 4:
      return {
        type: "unmap",
        process: reader.u64(),
        base: reader.u64(),
        length: reader.u64(),
      };
    case 5:
      return {
        type: "protect",
        process: reader.u64(),
        base: reader.u64(),
        length: reader.u64(),
        permissions: reader.u32(),
      };
    case 6:
      return {
        type: "message",
        channel: reader.u64(),
        bytes: reader.bytes(),
        handles: Array.from({ length: reader.u32() }, () => reader.u64()),
      };
    case 7:
      return {
        type: "signal",
        object: reader.u64(),
        objectType: objectTypeName(reader.u32()),
        before: reader.u32(),
        after: reader.u32(),
      };
    case 8:
      return {
        type: "processStart",
        process: reader.u64(),
        thread: reader.u64(),
        entry: reader.u64(),
        stack: reader.u64(),
      };
    case 9:
      return {
        type: "exception",
        process: reader.u64(),
        thread: reader.u64(),
        exception: reader.u32(),
        pc: reader.u64(),
        faultAddress: reader.u64(),
      };
    case 10:
      return { type: "processExit", process: reader.u64(), returnCode: reader.i64() };
    default:
      throw new Error(`unknown trace record ${kind}`);
  }
}
