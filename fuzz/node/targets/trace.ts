/** Records of a trace, as text and as a document. */
import assert from "node:assert/strict";

import { unpackTrace } from "../../../lib/native/unpack-trace.js";
import { prototype, type Prototype, traceTables } from "../../../lib/trace/prototypes.js";
import {
  chromeTrace,
  formatTrace,
  type TracedArgument,
  type TraceRecord,
} from "../../../lib/trace/index.js";
import type { Target } from "../target.js";

/** What the binding packs: numbers, and texts behind their lengths. */
type Packed = bigint | { u8: number } | { u32: number } | string | Uint8Array;

function pack(...parts: readonly Packed[]): Uint8Array {
  return Buffer.concat(parts.map(bytesOf));
}

function bytesOf(part: Packed): Uint8Array {
  if (typeof part === "bigint") return new Uint8Array(BigUint64Array.of(part).buffer);
  if (typeof part === "string") return pack({ u32: part.length }, Buffer.from(part, "latin1"));
  if (part instanceof Uint8Array) return part;
  return "u8" in part ? Uint8Array.of(part.u8) : new Uint8Array(Uint32Array.of(part.u32).buffer);
}

/** A call that is made and returns, each argument of which leads to something. */
function call(name: string, parameters: number): Uint8Array {
  const args = Array.from({ length: 8 }, (_, index) => BigInt(index));
  const known = Array.from({ length: parameters }, (_, index) =>
    // An argument, one object of koid 7, bytes.
    pack({ u32: index }, { u32: 1 }, 7n, { u32: 1 }, "\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0"),
  );
  const count = { u32: parameters };
  const enter = pack(0n, 0n, { u8: 0 }, 1n, 2n, 3n, name, ...args, count, ...known);
  return pack(enter, 1n, 2n, { u8: 1 }, 1n, 2n, 0n, count, ...known);
}

const OTHERS = [
  pack(0n, 0n, { u8: 3 }, 1n, 4096n, 4096n, 2n, { u32: 5 }, 9n, "name", 0n),
  pack(0n, 0n, { u8: 6 }, 1n, 2n, 5n, 3n, 4n, "\x01\0\0\0\x02\0\0\x01\0\0\0\0\0\0\0\0", { u32: 0 }),
  pack(0n, 0n, { u8: 7 }, 1n, { u32: 4 }, { u32: 0 }, { u32: 8 }),
  pack(0n, 0n, { u8: 8 }, 1n, 2n, "thread", 4096n, 8192n),
  pack(0n, 0n, { u8: 9 }, 1n, 2n, { u32: 8 }, "FATAL_PAGE_FAULT", 4096n, 1n),
  pack(0n, 0n, { u8: 10 }, 1n, 0n),
  pack(0n, 0n, { u8: 12 }, 1n, "process", 2n),
  pack(0n, 0n, { u8: 14 }, 1n, 2n),
  pack(0n, 2n, { u8: 16 }, 1n, 2n, 5n, 4n),
  pack(0n, 2n, { u8: 17 }, 1n, 2n, { u32: 14 }, 3n, 4n, 0n, 9n),
  pack(0n, 2n, { u8: 18 }, 1n, 2n, { u32: 14 }, 4n, 0n, 5n),
  pack(0n, 2n, { u8: 19 }, 4096n),
  pack(0n, 0n, { u8: 20 }, 1n, 2n, 4097n, 4096n, 4096n),
];

export const target: Target = {
  seeds: [
    ...traceTables().prototypes.map(({ name, parameters }) => call(name, parameters.length)),
    pack(...OTHERS),
  ],

  run(input) {
    let records: TraceRecord[];
    try {
      records = asKernels(unpackTrace(input));
    } catch {
      // The binding packs no such thing.
      return;
    }
    for (const line of formatTrace(records)) {
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(line, /[\0-\x1f\x7f]/);
    }
    JSON.parse(JSON.stringify(chromeTrace(records)));
  },
};

/**
 * Records as a kernel tells them, of whatever a guest may do: names of calls and exceptions are not
 * the guest's, and what a pointer leads to is whole elements.
 */
function asKernels(records: readonly TraceRecord[]): TraceRecord[] {
  const calls = new Map<bigint, Prototype>();
  return records.flatMap((record): TraceRecord[] => {
    switch (record.type) {
      case "syscallEnter": {
        const call = record.name === undefined ? undefined : prototype(record.name);
        if (call === undefined) {
          return record.name === undefined ? [{ ...record, known: [] }] : [];
        }
        calls.set(record.thread, call);
        return [{ ...record, known: wholeElements(record.known, call) }];
      }
      case "syscallExit": {
        const call = calls.get(record.thread);
        return [{ ...record, known: call === undefined ? [] : wholeElements(record.known, call) }];
      }
      case "syscallNotImplemented":
        return prototype(record.name) === undefined ? [] : [record];
      case "exception":
        return /^[A-Z_]*$/.test(record.exceptionName) ? [record] : [];
      default:
        return [record];
    }
  });
}

function wholeElements(known: readonly TracedArgument[], call: Prototype): TracedArgument[] {
  return known.flatMap(({ index, bytes, objects }) => {
    const parameter = call.parameters[index];
    if (parameter === undefined) return [];
    if (parameter.passing === "Value") {
      return [{ index, bytes: new Uint8Array(), objects: objects.slice(0, 1) }];
    }
    const { size } = parameter;
    const count = Math.max(1, Math.floor(Math.min(bytes.length, 256) / (size || 8)));
    const whole = new Uint8Array(count * (size || 8));
    whole.set(bytes.subarray(0, whole.length));
    const one = { koid: 1n, type: "Event" } as const;
    const each = whole.length / size;
    return [
      {
        index,
        bytes: whole,
        objects:
          objects.length === 0 || size < 4
            ? []
            : Array.from({ length: each }, (_, at) => objects[at] ?? one),
      },
    ];
  });
}
