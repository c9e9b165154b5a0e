import test from "ava";

import {
  chromeTrace,
  type ChromeTrace,
  type ChromeTraceOptions,
  ChromeTracer,
  type TraceEvent,
} from "../lib/trace/index.js";
import { matchesSchema } from "./support/schema.js";
import {
  arrows,
  at,
  callsMatch,
  enter,
  exit,
  GUEST,
  type Happening,
  known,
  words,
} from "./support/trace.js";

const INFINITE = 2n ** 63n - 1n;

/** The events of a trace, a microsecond each, as a document that keeps to the schema. */
function convert(t: Parameters<typeof matchesSchema>[0], events: readonly Happening[]) {
  const trace = chromeTrace(events.map((event, index) => at(BigInt(index) * 1000n, event)));
  matchesSchema<ChromeTrace>(t, "chrome-trace.schema.json", JSON.stringify(trace));
  callsMatch(t, trace.traceEvents);
  return trace.traceEvents;
}

test("processes and threads have names, and calls begin and end on their thread", (t) => {
  const events = convert(t, [
    { type: "processCreate", process: 9n, name: "host", job: 0n },
    { type: "processCreate", process: 1n, name: "app", job: 0n },
    { type: "processStart", ...GUEST, threadName: "main", entry: 1n, stack: 2n },
    enter("vmo_get_size", [3n, 4n], { known: [known(0, [{ koid: 7n, type: "Vmo" }])] }),
    exit(0, { known: [known(1, [], words(4096, 0))] }),
  ]);
  const call = { name: "zx_vmo_get_size", cat: "syscall", pid: 1, tid: 2 } as const;
  t.deepEqual(events, [
    { name: "process_name", ph: "M", pid: 9, args: { name: "host" } },
    { name: "thread_name", ph: "M", pid: 9, tid: 9, args: { name: "JavaScript" } },
    { name: "process_name", ph: "M", pid: 1, args: { name: "app" } },
    { name: "thread_name", ph: "M", pid: 1, tid: 2, args: { name: "main" } },
    {
      name: "start",
      cat: "event",
      ph: "i",
      ts: 2,
      pid: 1,
      tid: 2,
      s: "t",
      args: { entry: "0x1", stack: "0x2" },
    },
    { ...call, ph: "B", ts: 3, args: { handle: "Vmo:7", size: "0x4" } },
    { ...call, ph: "E", ts: 4, args: { size: "[4096]", result: "ZX_OK" } },
  ]);
});

test("calls that never return end with their thread, or with the trace", (t) => {
  const events = convert(t, [
    enter("nanosleep", [INFINITE]),
    { type: "syscallBlocked", ...GUEST },
    enter("object_wait_one", [], { thread: 3n }),
    { type: "syscallBlocked", process: 1n, thread: 3n },
    { type: "threadExit", ...GUEST },
    { type: "processExit", process: 1n, returnCode: -1024n },
  ]);
  const ends = events.filter(({ ph }) => ph === "E");
  t.deepEqual(
    ends.map(({ name, tid, ts, args }) => [name, tid, ts, args["result"]]),
    [
      ["zx_nanosleep", 2, 4, "?"],
      ["zx_object_wait_one", 3, 5, "?"],
    ],
  );
});

test("signals and mappings are their thread's within a call, else their process's", (t) => {
  const signal: TraceEvent = {
    type: "signal",
    object: 9n,
    objectType: "Channel",
    before: 2,
    after: 3,
  };
  const unmap: TraceEvent = { type: "unmap", process: 1n, base: 0n, length: 4096n };
  const events = convert(t, [
    { type: "processCreate", process: 5n, name: "host", job: 0n },
    signal,
    unmap,
    enter("channel_write", []),
    { ...signal, caller: 2n },
    { ...unmap, caller: 2n },
    { ...unmap, process: 6n, caller: 2n },
    // Another call has let JavaScript in meanwhile.
    signal,
    exit(0),
  ]);
  const instants = events.filter(({ ph }) => ph === "i");
  t.deepEqual(
    instants.map(({ name, pid, tid, s }) => [name, pid, tid, s]),
    [
      ["Channel:9", 5, undefined, "p"],
      ["unmap", 1, undefined, "p"],
      ["Channel:9", 1, 2, "t"],
      ["unmap", 1, 2, "t"],
      ["unmap", 6, undefined, "p"],
      ["Channel:9", 5, undefined, "p"],
    ],
  );
  t.deepEqual(instants[0]!.args, { before: "WRITABLE", after: "READABLE|WRITABLE" });
});

test("an end without its beginning is left out", (t) => {
  const ends: Happening[] = [
    exit(0),
    { type: "threadExit", ...GUEST },
    { type: "stepEnd", id: 1n },
    read(0n, 1n),
  ];
  const events = convert(t, ends);
  t.deepEqual(
    events.map(({ name }) => name),
    ["read bytes", "read bytes"],
  );
});

test("mappings have their arguments apart", (t) => {
  const range = { process: 1n, base: 0x10000n, length: 0x2000n };
  const events = convert(t, [
    {
      type: "map",
      ...range,
      vmar: 8n,
      permissions: 5,
      vmo: 9n,
      vmoName: "text",
      vmoOffset: 0x1000n,
    },
    { type: "protect", ...range, permissions: 1 },
    { type: "pageFault", ...GUEST, address: 0x10008n, base: 0x10000n, length: 0x1000n },
    { type: "unmap", ...range, length: 2n ** 60n },
    { type: "memory", bytes: 4096n },
  ]);
  const [address, size] = ["0x10000", 8192];
  t.deepEqual(
    events.map(({ name, args }) => [name, args]),
    [
      [
        "map",
        {
          address,
          size,
          permissions: "r-x",
          name: "text",
          offset: "0x1000",
          vmo: "Vmo:9",
          vmar: "Vmar:8",
        },
      ],
      ["protect", { address, size, permissions: "r--", names: '"text"' }],
      ["page fault", { accessed: "0x10008", address, size: 4096 }],
      ["unmap", { address, size: String(2n ** 60n), names: '"text"' }],
      ["memory", { bytes: 4096 }],
    ],
  );
});

const HOST = { process: 9n, thread: 0n } as const;

function message(id: bigint, from: typeof GUEST | typeof HOST): TraceEvent {
  return { type: "message", ...from, id, from: 3n, to: 4n, bytes: new Uint8Array(), handles: [] };
}

test("arrows lead from the call that writes a message to the one that reads it", (t) => {
  const other = { process: 1n, thread: 3n };
  const events = convert(t, [
    { type: "processCreate", process: 9n, name: "host", job: 0n },
    message(1n, HOST),
    message(2n, HOST),
    enter("channel_read", []),
    { type: "messageRead", ...GUEST, id: 2n, channel: 4n },
    exit(0),
    enter("channel_call_noretry", [], { thread: 3n }),
    message(3n, GUEST),
    { type: "messageRead", ...HOST, id: 3n, channel: 4n },
    message(4n, HOST),
    { type: "messageRead", ...other, id: 4n, channel: 3n },
    exit(0, { thread: 3n }),
  ]);
  t.deepEqual(
    [...arrows(events)],
    [
      ["message 0x1", ["s 9/9"]],
      ["message 0x2", ["s 9/9", "f 1/2"]],
      ["message 0x3", ["s 1/2", "f 9/9"]],
      ["message 0x4", ["s 9/9", "f 1/3"]],
    ],
  );
});

function read(position: bigint, length: bigint): TraceEvent {
  return { type: "bytesRead", ...GUEST, objectType: "Socket", object: 4n, position, length };
}

test("arrows lead from a write of bytes to each read that takes from it", (t) => {
  const end = { objectType: "Socket", from: 3n, to: 4n } as const;
  const write = (position: bigint, length: bigint): TraceEvent => ({
    type: "bytesWritten",
    ...HOST,
    ...end,
    position,
    length,
  });
  const written = [write(0n, 4n), write(4n, 4n), write(8n, 1n), write(9n, 4n)];
  const events = convert(t, [
    ...written,
    enter("socket_read", []),
    read(0n, 2n),
    read(2n, 2n),
    read(4n, 6n),
    exit(0),
    { type: "dropped", count: 1 },
    enter("socket_read", []),
    read(10n, 3n),
    exit(0),
  ]);
  t.deepEqual(
    [...arrows(events)],
    [
      ["bytes 0x1", ["s 9/9", "t 1/2", "f 1/2"]],
      ["bytes 0x2", ["s 9/9", "f 1/2"]],
      ["bytes 0x3", ["s 9/9", "f 1/2"]],
      ["bytes 0x4", ["s 9/9", "t 1/2"]],
    ],
  );
});

test("steps of JavaScript may overlap, and end at the latest with the trace", (t) => {
  const events = convert(t, [
    { type: "processCreate", process: 9n, name: "host", job: 0n },
    { type: "stepBegin", id: 1n, name: "build", details: "app" },
    { type: "stepBegin", id: 2n, name: "load", details: "ld.so.1" },
    { type: "stepEnd", id: 1n },
  ]);
  t.deepEqual(
    events.slice(2).map(({ name, ph, id2, ts }) => [name, ph, id2?.local, ts]),
    [
      ["build", "b", "0x1", 1],
      ["load", "b", "0x2", 2],
      ["build", "e", "0x1", 3],
      ["load", "e", "0x2", 3],
    ],
  );
});

test("options are checked", (t) => {
  const options = { style: () => "" } as ChromeTraceOptions;
  t.throws(() => new ChromeTracer(options), { code: "ERR_INVALID_ARG_VALUE" });
});
