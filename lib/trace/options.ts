// The names of options, operations and topics.

import { ClockOptions } from "../handles/clock.js";
import { WaitAsyncOptions } from "../handles/handle.js";
import { StreamMode } from "../handles/stream.js";
import { PagerOp } from "../handles/pager.js";
import { VmarOp, VmOptions } from "../handles/vmar.js";
import { CachePolicy, VmoChildOptions, VmoOp, VmoOptions } from "../handles/vmo.js";
import { bitNames, type Names, valueName } from "./names.js";
import { type Parameter, traceTables } from "./prototypes.js";

/** Bits, by the call that they are options of. */
const OPTIONS: Readonly<Record<string, Names>> = {
  channel_read: { MAY_DISCARD: 1 },
  channel_read_etc: { MAY_DISCARD: 1 },
  channel_write: { USE_IOVEC: 2 },
  channel_write_etc: { USE_IOVEC: 2 },
  channel_call_noretry: { USE_IOVEC: 2 },
  channel_call_etc_noretry: { USE_IOVEC: 2 },
  clock_create: ClockOptions,
  interrupt_bind: { UNBIND: 1 },
  interrupt_create: { VIRTUAL: 0x10, TIMESTAMP_MONO: 0x40 },
  object_wait_async: WaitAsyncOptions,
  pager_create_vmo: VmoOptions,
  pager_query_vmo_stats: { RESET: 1 },
  port_create: { BIND_TO_INTERRUPT: 1 },
  process_create: { SHARED: 1 },
  socket_create: { DATAGRAM: 1 },
  stream_create: StreamMode,
  stream_writev: { APPEND: 1 },
  task_create_exception_channel: { DEBUGGER: 1 },
  thread_raise_exception: { TARGET_JOB_DEBUGGER: 1 },
  vmo_create: VmoOptions,
  vmo_create_child: VmoChildOptions,
};

/** Numbers, by the type of the parameter. */
const VALUES: Readonly<Record<string, () => Names>> = {
  InfoTopic: () => table("infoTopics"),
  PolicyTopic: () => table("jobPolicyTopics"),
  Property: () => table("properties"),
  RawCachePolicy: () => CachePolicy,
  RawSeekOrigin: () => ({ START: 0, CURRENT: 1, END: 2 }),
  RawPagerOp: () => PagerOp,
  RawVmarOp: () => VmarOp,
  RawVmoOp: () => VmoOp,
  SlackMode: () => ({ SLACK_CENTER: 0, SLACK_EARLY: 1, SLACK_LATE: 2 }),
};

function table(name: "infoTopics" | "jobPolicyTopics" | "properties"): Names {
  return Object.fromEntries(traceTables()[name].map(({ name, value }) => [name, value]));
}

/** A number that means something to this call, in words; `undefined` if it is just a number. */
export function numberName(
  call: string,
  { meaning }: Parameter,
  register: bigint,
): string | undefined {
  const value = Number(BigInt.asUintN(32, register));
  const bits = meaning === "Options" ? OPTIONS[call] : undefined;
  if (bits !== undefined) {
    return bitNames(bits, value);
  }
  const values = VALUES[meaning];
  return values === undefined ? undefined : valueName(values(), value);
}

const ALIGN_SHIFT = 24;

/** `zx_vm_option_t` by name. */
export function vmOptionNames(options: number): string {
  const align = options >>> ALIGN_SHIFT;
  const names = bitNames(VmOptions, options & ~VmOptions.ALIGN_MASK);
  return align === 0 ? names : `${names}|ALIGN(2^${align})`;
}
