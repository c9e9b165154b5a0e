// What numbers mean that prototypes call just `options`, `op` or `topic`.

import { ClockOptions } from "../handles/clock.js";
import { WaitAsyncOptions } from "../handles/handle.js";
import { VmarOp, VmOptions } from "../handles/vmar.js";
import { CachePolicy, VmoChildOptions, VmoOp, VmoOptions } from "../handles/vmo.js";
import { bitNames, type Names, valueName } from "./names.js";
import { traceTables } from "./prototypes.js";

/** Bits, by the call that they are options of. */
const OPTIONS: Readonly<Record<string, Names>> = {
  channel_read: { MAY_DISCARD: 1 },
  channel_read_etc: { MAY_DISCARD: 1 },
  channel_write: { USE_IOVEC: 2 },
  channel_write_etc: { USE_IOVEC: 2 },
  channel_call_noretry: { USE_IOVEC: 2 },
  channel_call_etc_noretry: { USE_IOVEC: 2 },
  clock_create: ClockOptions,
  object_wait_async: WaitAsyncOptions,
  port_create: { BIND_TO_INTERRUPT: 1 },
  process_create: { SHARED: 1 },
  socket_create: { DATAGRAM: 1 },
  vmo_create: VmoOptions,
  vmo_create_child: VmoChildOptions,
};

/** Numbers, by the call and the parameter. */
const VALUES: Readonly<Record<string, () => Names>> = {
  "job_set_policy topic": () => table("jobPolicyTopics"),
  "object_get_info topic": () => table("infoTopics"),
  "object_get_property property": () => table("properties"),
  "object_set_property property": () => table("properties"),
  "timer_create options": () => ({ SLACK_CENTER: 0, SLACK_EARLY: 1, SLACK_LATE: 2 }),
  "vmar_op_range op": () => VmarOp,
  "vmo_op_range op": () => VmoOp,
  "vmo_set_cache_policy cache_policy": () => CachePolicy,
};

function table(name: "infoTopics" | "jobPolicyTopics" | "properties"): Names {
  return Object.fromEntries(traceTables()[name].map(({ name, value }) => [name, value]));
}

/** A number that means something to this call, in words; `undefined` if it is just a number. */
export function meaning(call: string, parameter: string, register: bigint): string | undefined {
  const value = Number(BigInt.asUintN(32, register));
  const bits = parameter === "options" ? OPTIONS[call] : undefined;
  if (bits !== undefined) {
    return bitNames(bits, value);
  }
  const values = VALUES[`${call} ${parameter}`];
  return values === undefined ? undefined : valueName(values(), value);
}

const ALIGN_SHIFT = 24;

/** `zx_vm_option_t` by name. */
export function vmOptionNames(options: number): string {
  const align = options >>> ALIGN_SHIFT;
  const names = bitNames(VmOptions, options & ~VmOptions.ALIGN_MASK);
  return align === 0 ? names : `${names}|ALIGN(2^${align})`;
}
