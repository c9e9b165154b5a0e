import { setImmediate } from "node:timers/promises";

import type { DebugLog } from "../handles/debuglog.js";
import { firstOf } from "../program/interrupter.js";
import { readNext } from "../program/read-next.js";
import type { Sink } from "../program/sink.js";
import { Signals } from "../zx/signals.js";

/** Records that are taken before everything else gets its turn, however fast they come. */
const RECORDS_A_TURN = 64;

const NEWLINE = 0x0a;

/**
 * Passes on what some processes write to the debug log, each record as a line; after `ended`, what
 * was written until then. From `hurried` on, whoever takes it is not waited for.
 *
 * @param isOurs whether a process with this koid is one of them
 */
export async function follow(
  log: DebugLog,
  isOurs: (process: bigint) => boolean,
  sink: Sink,
  ended: AbortSignal,
  hurried: AbortSignal,
): Promise<void> {
  let end: bigint | undefined;
  try {
    for (let records = 1; ; records += 1) {
      if (ended.aborted) end ??= log.kernel.now();
      const record = await readNext(log, Signals.READABLE, ended);
      if (record === undefined || (end !== undefined && record.timestamp > end)) {
        return;
      }
      if (isOurs(record.process)) {
        const taken = sink.write(line(record.data));
        if (taken !== undefined) await firstOf(taken, hurried);
      }
      if (records % RECORDS_A_TURN === 0) await setImmediate();
    }
  } finally {
    sink.release();
  }
}

/** A record's text, with the newline that the log leaves away. */
function line(data: Uint8Array): Uint8Array {
  if (data.at(-1) === NEWLINE) return data;
  const bytes = new Uint8Array(data.length + 1);
  bytes.set(data);
  bytes[data.length] = NEWLINE;
  return bytes;
}
