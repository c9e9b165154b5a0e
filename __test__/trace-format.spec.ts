import test from "ava";

import { HandleInfo, HandleType, ZxStatus } from "../index.js";
import { packStrings } from "../lib/base/strings.js";
import * as fidl from "../lib/fidl/index.js";
import { encodeBody } from "../lib/fidl/message.js";
import { Parameters } from "../lib/fidl/protocol.js";
import { native } from "../lib/native/native.js";
import {
  formatTrace,
  type FormatTraceOptions,
  type TracedObject,
  type TraceEvent,
  TraceFormatter,
  type TraceRecord,
} from "../lib/trace/index.js";
import { at, enter, exit, GUEST, known, words } from "./support/trace.js";

const CHANNEL: TracedObject = { koid: 1042n, type: "Channel" };
const VMO: TracedObject = { koid: 1050n, type: "Vmo" };
const NOTHING: TracedObject = { koid: 0n, type: "Unknown" };
const INFINITE = 2n ** 63n - 1n;

/** The line of a call, less what it took. */
function line(call: TraceEvent, ...rest: TraceEvent[]): string {
  const records = [call, ...rest].map((event) => at(1_000_000n, event));
  const lines = formatTrace(records);
  return lines[0]!.replace(/ +(= .*) <0ns>$/, " $1");
}

test("handles are their objects, and results have their names", (t) => {
  const close = enter("handle_close", [3n], { known: [known(0, [CHANNEL])] });
  t.is(line(close, exit(0)), "zx_handle_close(handle=Channel:1042) = ZX_OK");
  const bad = enter("handle_close", [9n], { known: [known(0, [NOTHING])] });
  t.is(line(bad, exit(ZxStatus.BAD_HANDLE)), "zx_handle_close(handle=0x9) = ZX_ERR_BAD_HANDLE");
  t.is(
    line(enter("handle_close", [0n]), exit(0)),
    "zx_handle_close(handle=HANDLE_INVALID) = ZX_OK",
  );
  t.regex(line(enter("handle_close", [0n]), exit(-999)), / = -999$/);
});

test("results line up", (t) => {
  const lines = formatTrace(
    [enter("handle_close", [0n]), exit(0), enter("task_kill", [0n]), exit(0)].map((event, index) =>
      at(BigInt(index), event),
    ),
  );
  t.deepEqual(
    lines.map((text) => text.indexOf(" = ")),
    [60, 60],
  );
  t.true(lines[0]!.endsWith(" = ZX_OK <1ns>"));
});

test("what out pointers lead to is shown once the call has succeeded", (t) => {
  const duplicate = enter("handle_duplicate", [3n, 0x8000_0000n, 0x1000n], {
    known: [known(0, [VMO])],
  });
  const out = exit(0, { known: [known(2, [VMO], words(7))] });
  t.is(
    line(duplicate, out),
    "zx_handle_duplicate(handle=Vmo:1050, rights=SAME_RIGHTS, out=[Vmo:1050]) = ZX_OK",
  );
  t.is(
    line(duplicate, exit(ZxStatus.ACCESS_DENIED)),
    "zx_handle_duplicate(handle=Vmo:1050, rights=SAME_RIGHTS, out=0x1000) = ZX_ERR_ACCESS_DENIED",
  );
  const size = exit(0, { known: [known(1, [], words(4096, 0))] });
  t.is(
    line(enter("vmo_get_size", [3n, 0x1000n], { known: [known(0, [VMO])] }), size),
    "zx_vmo_get_size(handle=Vmo:1050, size=[4096]) = ZX_OK",
  );
});

const ARGUMENTS: [text: string, call: TraceEvent][] = [
  ["rights=READ|WRITE|0x40000000", enter("handle_replace", [0n, 0x4000_000cn])],
  ["options=PERM_READ|SPECIFIC|ALIGN(2^21)", enter("vmar_map", [0n, 0x1500_0011n])],
  ["options=RESIZABLE", enter("vmo_create", [1n, 2n])],
  ["options=SNAPSHOT|NO_WRITE", enter("vmo_create_child", [0n, 0x21n])],
  ["options=SLACK_EARLY", enter("timer_create", [1n])],
  ["options=VIRTUAL|TIMESTAMP_MONO", enter("interrupt_create", [0n, 0n, 0x50n])],
  ["options=UNBIND", enter("interrupt_bind", [0n, 0n, 0n, 1n])],
  ["clock_id=MONOTONIC", enter("timer_create", [0n])],
  ["options=MAY_DISCARD", enter("channel_read", [0n, 1n])],
  ["topic=INFO_HANDLE_BASIC", enter("object_get_info", [0n, 2n])],
  ["topic=INFO_PROCESS_MAPS_V3", enter("object_get_info", [0n, 0x2000_000dn])],
  ["topic=0x3e7", enter("object_get_info", [0n, 999n])],
  ["topic=JOB_POL_BASIC_V2", enter("job_set_policy", [0n, 0n, 0x0100_0000n])],
  ["property=PROP_NAME", enter("object_get_property", [0n, 3n])],
  ["op=Decommit", enter("vmo_op_range", [0n, 2n])],
  ["op=MapRange", enter("vmar_op_range", [0n, 3n])],
  ["cache_policy=UncachedDevice", enter("vmo_set_cache_policy", [0n, 2n])],
  ["deadline=INFINITE", enter("nanosleep", [INFINITE])],
  ["deadline=INFINITE_PAST", enter("nanosleep", [2n ** 63n])],
  ["deadline=0", enter("nanosleep", [0n])],
  ["deadline=now+1.5us", enter("nanosleep", [1_001_500n])],
  ["deadline=now-999ns", enter("nanosleep", [999_001n])],
  ["slack=2.0ms", enter("timer_set", [0n, 0n, 2_000_000n])],
  ["data=0xdead", enter("fifo_write", [0n, 3n, 0xdeadn])],
  ["actual=null", enter("socket_read", [0n, 0n, 1n, 2n, 0n])],
  ["buffer=0xdead", enter("socket_read", [0n, 0n, 0xdeadn])],
  ["buffer_size=65536", enter("socket_read", [0n, 0n, 1n, 65536n])],
  ["vmo_offset=0x1000", enter("vmar_map", [0n, 0n, 0n, 0n, 0x1000n])],
  ["addr=0x2000", enter("vmar_unmap", [0n, 0x2000n])],
  ["retcode=-3", enter("process_exit", [2n ** 64n - 3n])],
  ["current_value=-1", enter("futex_wait", [0n, 0xffff_ffffn])],
];

for (const [text, call] of ARGUMENTS) {
  test(`an argument is written as ${text}`, (t) => {
    const args = /\((.*)\)/.exec(line(call, exit(0)))![1]!.split(", ");
    t.true(args.includes(text), args.join(", "));
  });
}

test("signals have the names that they have on the object", (t) => {
  const wait = (type: TracedObject["type"]) =>
    line(
      enter("object_wait_one", [3n, 0x0180_0038n], { known: [known(0, [{ koid: 1n, type }])] }),
      exit(0),
    );
  t.regex(wait("Thread"), /signals=HANDLE_CLOSED\|TASK_TERMINATED\|THREAD_RUNNING\|THREAD_SUSP/);
  t.regex(wait("Job"), /signals=HANDLE_CLOSED\|TASK_TERMINATED\|JOB_NO_JOBS\|JOB_NO_PROCESSES\|US/);
  t.regex(wait("Event"), /signals=SIGNALED\|HANDLE_CLOSED\|USER_0\|0x30/);
  t.regex(wait("Channel"), /signals=HANDLE_CLOSED\|USER_0\|0x38/);
  const signal = enter("object_signal", [3n, 1n << 24n, 1n << 25n]);
  t.regex(line(signal, exit(0)), /clear_mask=USER_0, set_mask=USER_1\)/);
});

/** How the buffer of a call is written that is said to have this size. */
function buffer(bytes: readonly number[], size = bytes.length): string {
  const call = enter("debug_write", [1n, BigInt(size)], { known: [known(0, [], bytes)] });
  return /buffer=(.*), buffer_size/.exec(line(call, exit(0)))![1]!;
}

function ascii(text: string): number[] {
  return [...Buffer.from(text)];
}

test("buffers are text where they are, and their first bytes where not", (t) => {
  t.is(buffer(ascii("hi\n")), '"hi\\n"');
  t.is(buffer(ascii("name\0\0\0")), '"name"');
  t.is(buffer([]), '""');
  t.is(buffer(ascii("x".repeat(64))), `"${"x".repeat(64)}"`);
  t.is(buffer(ascii("x".repeat(65))), `"${"x".repeat(64)}"...`);
  t.is(buffer(ascii("x".repeat(256)), 300), `"${"x".repeat(64)}"...`);
  t.is(buffer([0x1b, 0x5b]), "<1b 5b>");
  t.is(buffer([0, 0]), "<00 00>");
  t.is(buffer(Array.from({ length: 17 }, () => 1)), `<${"01 ".repeat(16)}...>`);
});

/** How 256 bytes of elements are written, of which a call is said to have so many of this size. */
function elements(count: bigint, size: bigint): string {
  const told = known(2, [], ascii("ab".padEnd(256, "\0")));
  const call = enter("fifo_write", [3n, size, 1n, count], { known: [told] });
  return /data=(.*), count/.exec(line(call, exit(0)))![1]!;
}

test("buffers go on where the caller's elements are more than is told", (t) => {
  t.is(elements(64n, 4n), '"ab"');
  t.is(elements(257n, 1n), '"ab"...');
  t.is(elements(65n, 4n), '"ab"...');
});

test("lists of handles and of what is waited for", (t) => {
  const many = enter("handle_close_many", [1n, 2n], {
    known: [known(0, [VMO, NOTHING], words(7, 9))],
  });
  t.is(
    line(many, exit(0)),
    "zx_handle_close_many(handles=[Vmo:1050, HANDLE_INVALID], num_handles=2) = ZX_OK",
  );
  const before = known(0, [CHANNEL], words(7, 5, 0));
  const after = known(0, [CHANNEL], words(7, 5, 4));
  const wait = enter("object_wait_many", [1n, 1n, INFINITE], { known: [before] });
  t.is(
    line(wait, exit(0, { known: [after] })),
    "zx_object_wait_many(items=[{Channel:1042, READABLE|PEER_CLOSED, pending=PEER_CLOSED}], " +
      "num_items=1, deadline=INFINITE) = ZX_OK",
  );
});

test("futexes keep their address beside their value", (t) => {
  const wake = enter("futex_wake", [0x1000n, 1n], { known: [known(0, [], words(7))] });
  t.is(line(wake, exit(0)), "zx_futex_wake(value_ptr=0x1000[7], wake_count=1) = ZX_OK");
});

test("packets of ports", (t) => {
  const packet = new Uint8Array(48);
  const view = new DataView(packet.buffer);
  view.setBigUint64(0, 7n, true);
  view.setUint32(8, 1, true);
  view.setUint32(20, 5, true);
  const wait = enter("port_wait", [3n, INFINITE, 1n]);
  t.regex(
    line(wait, exit(0, { known: [known(2, [], packet)] })),
    /packet=\{key=0x7, SIGNAL_ONE, ZX_OK, observed=READABLE\|PEER_CLOSED\}\) = ZX_OK$/,
  );
  view.setUint32(8, 0, true);
  t.regex(
    line(wait, exit(0, { known: [known(2, [], packet)] })),
    /packet=\{key=0x7, USER, ZX_OK\}\)/,
  );
});

test("every system call can be written, whatever is in the registers", (t) => {
  const all = Array.from({ length: 8 }, () => 2n ** 64n - 1n);
  const { prototypes } = native.traceTables();
  t.true(prototypes.length > 200);
  for (const { name, parameters } of prototypes) {
    const text = line(enter(name, all), exit(0));
    t.true(text.startsWith(`zx_${name}(`), text);
    t.deepEqual(
      [...text.matchAll(/(\w+)=/g)].map(([, parameter]) => parameter),
      parameters.map((parameter) => parameter.name),
      text,
    );
  }
});

test("numbers that mean nothing, and calls that the kernel does not have", (t) => {
  const unknown = enter("", [1n, 2n], { name: undefined, number: 999n });
  t.regex(
    line(unknown, { type: "threadExit", ...GUEST }),
    /^syscall_0x3e7\(arg0=0x1, arg1=0x2, .*arg7=0x0\) = \?$/,
  );
  const guest = enter("guest_create", []);
  const told: TraceEvent = { type: "syscallNotImplemented", ...GUEST, name: "guest_create" };
  t.regex(
    line(guest, told, exit(ZxStatus.NOT_SUPPORTED)),
    /\) = ZX_ERR_NOT_SUPPORTED \(not implemented\)$/,
  );
});

/** A program with two threads, of which one waits and the other ends the wait. */
const TWO: readonly TraceEvent[] = [
  { type: "processCreate", process: 1n, name: "app", job: 0n },
  { type: "processStart", ...GUEST, threadName: "main", entry: 1n, stack: 2n },
  enter("object_wait_one", [3n, 1n, INFINITE, 0x10n], { known: [known(0, [CHANNEL])] }),
  { type: "syscallBlocked", ...GUEST },
  { type: "threadStart", process: 1n, thread: 3n, name: "worker", entry: 3n, stack: 4n },
  enter("channel_write", [4n], { thread: 3n }),
  {
    type: "message",
    process: 1n,
    thread: 3n,
    id: 1n,
    from: 1041n,
    to: 1042n,
    bytes: Uint8Array.of(1, 2),
    handles: [{ ...VMO, relatedKoid: 0n, rights: 0 }],
  },
  exit(0, { known: [known(3, [], words(5))] }),
  exit(0, { thread: 3n }),
  enter("nanosleep", [INFINITE], { thread: 3n }),
  { type: "syscallBlocked", process: 1n, thread: 3n },
  enter("process_exit", [0n]),
  { type: "threadExit", ...GUEST },
  { type: "threadExit", process: 1n, thread: 3n },
  { type: "processExit", process: 1n, returnCode: 0n },
];

function timed(events: readonly TraceEvent[]): TraceRecord[] {
  return events.map((event, index) => at(BigInt(index) * 1000n, event));
}

test("calls that wait are told when they begin to and when they return, with their threads", (t) => {
  const lines = formatTrace(timed(TWO)).map((text) => text.replace(/ +=/, " ="));
  t.deepEqual(lines, [
    "-- app:1 start   entry 0x1, stack 0x2",
    "zx_object_wait_one(handle=Channel:1042, signals=READABLE, deadline=INFINITE, observed=0x10 <unfinished ...>",
    "-- app:1 thread  app/worker:3 entry 0x3, stack 0x4",
    "[app/worker:3] zx_channel_write(handle=0x4, options=0, bytes=null, num_bytes=0, handles=null, num_handles=0) = ZX_OK <3.0us>",
    "-- app:1 message Channel:1041 -> Channel:1042 <01 02>, 2 bytes, handles [Vmo:1050]",
    "[app/main:2] <... zx_object_wait_one resumed> observed=[READABLE|PEER_CLOSED]) = ZX_OK <5.0us>",
    "[app/worker:3] zx_nanosleep(deadline=INFINITE <unfinished ...>",
    "[app/main:2] zx_process_exit(retcode=0) = ? <1.0us>",
    "[app/worker:3] <... zx_nanosleep resumed>) = ? <4.0us>",
    "-- app:1 exit    0",
  ]);
});

test("a trace that stops within a call shows the call", (t) => {
  t.deepEqual(formatTrace(timed([enter("nanosleep", [0n])])), [
    "zx_nanosleep(deadline=0 <unfinished ...>",
  ]);
  // And one that begins within one does not invent it.
  t.deepEqual(formatTrace(timed([exit(0), { type: "threadExit", ...GUEST }])), []);
});

test("a formatter tells of a call as soon as it has ended", (t) => {
  const formatter = new TraceFormatter();
  const counts = timed(TWO).map((record) => formatter.format(record).length);
  t.deepEqual(counts, [0, 1, 0, 1, 1, 0, 0, 0, 3, 0, 1, 0, 1, 1, 1]);
  t.deepEqual(formatter.finish(), []);
});

function mapped(base: bigint, vmoName: string): TraceEvent {
  const place = { process: 1n, base, length: 0x2000n, permissions: 5 };
  return { type: "map", ...place, vmar: 8n, vmo: 9n, vmoName, vmoOffset: 0x1000n };
}

test("what is unmapped and protected has the name of its VMO", (t) => {
  const range = { process: 1n, base: 0x2000n, length: 0x2000n };
  const lines = formatTrace(
    timed([
      mapped(0x1000n, "low"),
      mapped(0x3000n, "high"),
      { type: "protect", ...range, permissions: 1 },
      { type: "unmap", ...range },
      { type: "unmap", process: 1n, base: 0n, length: 0x10000n },
      { type: "unmap", process: 1n, base: 0n, length: 0x10000n },
    ]),
  );
  t.deepEqual(lines, [
    '-- :1 map     0x1000..0x3000 r-x "low" + 0x1000 Vmo:9',
    '-- :1 map     0x3000..0x5000 r-x "high" + 0x1000 Vmo:9',
    '-- :1 protect 0x2000..0x4000 r-- "low" "high"',
    '-- :1 unmap   0x2000..0x4000 "low" "high"',
    '-- :1 unmap   0x0..0x10000 "low" "high"',
    "-- :1 unmap   0x0..0x10000",
  ]);
});

function messages(
  list: readonly (readonly [from: bigint, to: bigint, bytes: Uint8Array])[],
  options?: FormatTraceOptions,
): string[] {
  const events = list.map(([from, to, bytes]): TraceEvent => ({
    type: "message",
    process: 1n,
    thread: 0n,
    id: 1n,
    from,
    to,
    bytes,
    handles: [],
  }));
  return formatTrace(timed(events), options).map((text) => text.split(" -> ")[1]!);
}

/** A message without a body. */
function header(ordinal: bigint, txid: number): Uint8Array {
  return encodeBody({ txid, ordinal, format: 2 }, new Parameters({}), {}).bytes;
}

test("requests that nobody answers are forgotten, the oldest first", (t) => {
  const { ordinal } = fidl.ldsvc.Loader.methods.LoadObject;
  const requests = Array.from({ length: 4097 }, (_, index) => header(ordinal, index + 1));
  const lines = messages([
    ...requests.map((bytes) => [5n, 6n, bytes] as const),
    [6n, 5n, header(ordinal, 2)],
    [6n, 5n, header(ordinal, 1)],
  ]);
  t.regex(lines.at(-2)!, / reply 0x2, /);
  t.regex(lines.at(-1)!, / request 0x1, /);
});

test("FIDL messages are named by protocol and method, requests apart from replies", (t) => {
  const { Done, LoadObject } = fidl.ldsvc.Loader.methods;
  const { OnOpen } = fidl.io.Node.methods;
  t.deepEqual(
    messages([
      [5n, 6n, header(LoadObject.ordinal, 1)],
      [6n, 5n, header(LoadObject.ordinal, 1)],
      [5n, 6n, header(Done.ordinal, 0)],
      [6n, 5n, header(OnOpen.ordinal, 0)],
      [6n, 5n, header(2n ** 64n - 1n, 0)],
    ]),
    [
      "Channel:6 fuchsia.ldsvc/Loader.LoadObject request 0x1, 16 bytes",
      "Channel:5 fuchsia.ldsvc/Loader.LoadObject reply 0x1, 16 bytes",
      "Channel:6 fuchsia.ldsvc/Loader.Done request, 16 bytes",
      "Channel:5 fuchsia.io/Node.OnOpen event, 16 bytes",
      "Channel:5 epitaph, 16 bytes",
    ],
  );
  const own = fidl.protocol("my.library/Echo", { Say: fidl.oneWay() });
  const say = header(own.methods.Say.ordinal, 0);
  t.deepEqual(messages([[5n, 6n, say]], { protocols: [own] }), [
    "Channel:6 my.library/Echo.Say request, 16 bytes",
  ]);
  t.regex(messages([[5n, 6n, say]])[0]!, /^Channel:6 <00 00 00 00 02 .*>, 16 bytes$/);
});

test("bootstrap messages are taken apart", (t) => {
  const infos = [new HandleInfo(HandleType.FileDescriptor, 1).raw];
  const none = packStrings("none", []);
  const built = native.buildMessage(
    Uint32Array.from(infos),
    packStrings("args", ["app", "a b"]),
    none,
    none,
  ) as Uint8Array;
  const message: TraceEvent = {
    type: "message",
    process: 1n,
    thread: 0n,
    id: 1n,
    from: 5n,
    to: 6n,
    bytes: built,
    handles: [{ ...VMO, relatedKoid: 0n, rights: 0 }],
  };
  t.deepEqual(formatTrace(timed([message])), [
    `-- :1 message Channel:5 -> Channel:6 processargs, ${built.length} bytes: ` +
      'args ["app", "a b"], handles [FileDescriptor(1)=Vmo:1050]',
  ]);
});

test("names from programs do not reach the terminal as commands", (t) => {
  const events: TraceEvent[] = [
    { type: "processCreate", process: 1n, name: "\x1b[2J", job: 0n },
    { type: "processStart", ...GUEST, threadName: "\x1b[3J", entry: 0n, stack: 0n },
    { type: "threadStart", process: 1n, thread: 3n, name: "\u202e", entry: 0n, stack: 0n },
    enter("nanosleep", [0n]),
    exit(0),
  ];
  const text = formatTrace(timed(events)).join("\n");
  t.false(text.includes("\x1b") || text.includes("\u202e"));
  t.true(text.includes("\\u{1b}[3J"));
});

function style(name: string, text: string): string {
  return `{${name} ${text}}`;
}

test("styles are given to events, failures and times", (t) => {
  const events: TraceEvent[] = [
    enter("handle_close", [9n]),
    exit(ZxStatus.BAD_HANDLE),
    { type: "processExit", process: 1n, returnCode: 1n },
  ];
  const lines = formatTrace(timed(events), { style });
  t.true(lines[0]!.endsWith(" = {failure ZX_ERR_BAD_HANDLE} {time <1.0us>}"));
  t.is(lines[1], "{event -- :1 exit    1}");
});

test("options are checked", (t) => {
  const refused: [options: object, code: string][] = [
    [{ colours: true }, "ERR_INVALID_ARG_VALUE"],
    [{ style: "red" }, "ERR_INVALID_ARG_TYPE"],
    [{ protocols: [{}] }, "ERR_INVALID_ARG_TYPE"],
  ];
  for (const [options, code] of refused) {
    t.throws(() => new TraceFormatter(options as FormatTraceOptions), { code });
  }
});
