import test from "ava";

import {
  chromeTrace,
  type ChromeTrace,
  type ChromeTraceOptions,
  ChromeTracer,
  type TraceEvent,
} from "../lib/trace/index.js";
import { matchesSchema } from "./support/schema.js";
import { at, callsMatch, enter, exit, GUEST, known, words } from "./support/trace.js";

const INFINITE = 2n ** 63n - 1n;

/** The events of a trace, a microsecond each, as a document that keeps to the schema. */
function convert(t: Parameters<typeof matchesSchema>[0], events: readonly TraceEvent[]) {
  const trace = chromeTrace(events.map((event, index) => at(BigInt(index) * 1000n, event)));
  matchesSchema<ChromeTrace>(t, "chrome-trace.schema.json", JSON.stringify(trace));
  callsMatch(t, trace.traceEvents);
  return trace.traceEvents;
}

test("processes and threads have names, and calls begin and end on their thread", (t) => {
  const events = convert(t, [
    { type: "processCreate", process: 1n, name: "app", job: 0n },
    { type: "processStart", ...GUEST, threadName: "main", entry: 1n, stack: 2n },
    enter("vmo_get_size", [3n, 4n], { known: [known(0, [{ koid: 7n, type: "Vmo" }])] }),
    exit(0, { known: [known(1, [], words(4096, 0))] }),
  ]);
  const call = { name: "zx_vmo_get_size", cat: "syscall", pid: 1, tid: 2 } as const;
  t.deepEqual(events, [
    { name: "process_name", ph: "M", pid: 1, args: { name: "app" } },
    { name: "thread_name", ph: "M", pid: 1, tid: 2, args: { name: "main" } },
    {
      name: "start",
      cat: "event",
      ph: "i",
      ts: 1,
      pid: 1,
      tid: 2,
      s: "t",
      args: { details: "entry 0x1, stack 0x2" },
    },
    { ...call, ph: "B", ts: 2, args: { handle: "Vmo:7", size: "0x4" } },
    { ...call, ph: "E", ts: 3, args: { size: "[4096]", result: "ZX_OK" } },
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
    signal,
    unmap,
    { ...unmap, process: 6n },
    exit(0),
    signal,
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
  t.deepEqual(convert(t, [exit(0), { type: "threadExit", ...GUEST }]), []);
});

test("options are checked", (t) => {
  const options = { style: () => "" } as ChromeTraceOptions;
  t.throws(() => new ChromeTracer(options), { code: "ERR_INVALID_ARG_VALUE" });
});
