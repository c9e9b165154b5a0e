import { renameSync, utimesSync, writeFileSync } from "node:fs";

import type { ExecutionContext } from "ava";

/** Changes `file`, which holds `1` and stands beside an `other` with `2`, in each way: all are read. */
export async function noticesChanges(
  t: ExecutionContext,
  at: (name: string) => string,
  read: () => Promise<string>,
): Promise<void> {
  t.is(await read(), "1");
  // Another file of the same size, and times.
  const time = new Date("2020-01-01");
  utimesSync(at("file"), time, time);
  utimesSync(at("other"), time, time);
  renameSync(at("other"), at("file"));
  t.is(await read(), "2");
  // Another size.
  writeFileSync(at("file"), "33");
  utimesSync(at("file"), time, time);
  t.is(await read(), "33");
  // Another time only.
  writeFileSync(at("file"), "44");
  utimesSync(at("file"), time, new Date("2020-01-02"));
  t.is(await read(), "44");
}
