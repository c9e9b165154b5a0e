import { jsonable } from "../base/json.js";
import { WireReader } from "../base/wire.js";
import { objectTypeName } from "../zx/object-type.js";
import type {
  TracedArgument,
  TracedHandle,
  TracedObject,
  TraceEvent,
  TraceRecord,
} from "./trace-record.js";

/** The records that the binding packed. */
export function unpackTrace(packed: Uint8Array): TraceRecord[] {
  const reader = new WireReader(packed);
  const records: TraceRecord[] = [];
  while (!reader.done) {
    const [time, caller] = [reader.i64(), reader.u64()];
    records.push(jsonable({ time, caller, ...unpackEvent(reader) }));
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
        ...unpackThread(reader),
        number: reader.u64(),
        name: reader.text() || undefined,
        args: jsonable(Array.from({ length: 8 }, () => reader.u64())),
        known: unpackArguments(reader),
      };
    case 1:
      return {
        type: "syscallExit",
        ...unpackThread(reader),
        value: reader.u64(),
        known: unpackArguments(reader),
      };
    case 2:
      return { type: "syscallNotImplemented", ...unpackThread(reader), name: reader.text() };
    case 3:
      return {
        type: "map",
        ...unpackRange(reader),
        vmar: reader.u64(),
        permissions: reader.u32(),
        vmo: reader.u64(),
        vmoName: reader.text(),
        vmoOffset: reader.u64(),
      };
    case 4:
      return { type: "unmap", ...unpackRange(reader) };
    case 5:
      return { type: "protect", ...unpackRange(reader), permissions: reader.u32() };
    case 6:
      return {
        type: "message",
        ...unpackThread(reader),
        id: reader.u64(),
        from: reader.u64(),
        to: reader.u64(),
        bytes: reader.bytes(),
        handles: unpackHandles(reader),
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
        ...unpackThread(reader),
        threadName: reader.text(),
        ...unpackEntry(reader),
      };
    case 9:
      return {
        type: "exception",
        ...unpackThread(reader),
        exception: reader.u32(),
        exceptionName: reader.text(),
        pc: reader.u64(),
        faultAddress: reader.u64(),
      };
    case 10:
      return { type: "processExit", process: reader.u64(), returnCode: reader.i64() };
    case 11:
      return { type: "syscallBlocked", ...unpackThread(reader) };
    case 12:
      return {
        type: "processCreate",
        process: reader.u64(),
        name: reader.text(),
        job: reader.u64(),
      };
    case 13:
      return {
        type: "threadStart",
        ...unpackThread(reader),
        name: reader.text(),
        ...unpackEntry(reader),
      };
    case 14:
      return { type: "threadExit", ...unpackThread(reader) };
    case 15:
      return { type: "dropped", count: reader.f64() };
    case 16:
      return {
        type: "messageRead",
        ...unpackThread(reader),
        id: reader.u64(),
        channel: reader.u64(),
      };
    case 17:
      return {
        type: "bytesWritten",
        ...unpackThread(reader),
        objectType: unpackConduit(reader),
        from: reader.u64(),
        to: reader.u64(),
        position: reader.u64(),
        length: reader.u64(),
      };
    case 18:
      return {
        type: "bytesRead",
        ...unpackThread(reader),
        objectType: unpackConduit(reader),
        object: reader.u64(),
        position: reader.u64(),
        length: reader.u64(),
      };
    case 19:
      return { type: "memory", bytes: reader.u64() };
    case 20:
      return {
        type: "pageFault",
        ...unpackThread(reader),
        address: reader.u64(),
        base: reader.u64(),
        length: reader.u64(),
      };
    case 21:
      return {
        type: "stepBegin",
        id: reader.u64(),
        name: reader.text(),
        details: reader.text(),
      };
    case 22:
      return { type: "stepEnd", id: reader.u64() };
    default:
      throw new Error(`unknown trace record ${kind}`);
  }
}

function unpackThread(reader: WireReader) {
  return { process: reader.u64(), thread: reader.u64() };
}

function unpackConduit(reader: WireReader): "Socket" | "Fifo" {
  return objectTypeName(reader.u32()) === "Fifo" ? "Fifo" : "Socket";
}

function unpackRange(reader: WireReader) {
  return { process: reader.u64(), base: reader.u64(), length: reader.u64() };
}

function unpackEntry(reader: WireReader) {
  return { entry: reader.u64(), stack: reader.u64() };
}

function unpackArguments(reader: WireReader): TracedArgument[] {
  return unpackList(reader, () =>
    jsonable({ index: reader.u32(), objects: unpackObjects(reader), bytes: reader.bytes() }),
  );
}

function unpackHandles(reader: WireReader): TracedHandle[] {
  return unpackList(reader, () =>
    jsonable({ ...unpackObject(reader), relatedKoid: reader.u64(), rights: reader.u32() }),
  );
}

function unpackObjects(reader: WireReader): TracedObject[] {
  return unpackList(reader, () => jsonable(unpackObject(reader)));
}

function unpackObject(reader: WireReader): TracedObject {
  return { koid: reader.u64(), type: objectTypeName(reader.u32()) };
}

function unpackList<T>(reader: WireReader, unpack: () => T): T[] {
  const list = [];
  for (let left = reader.u32(); left > 0; left--) {
    list.push(unpack());
  }
  return list;
}
