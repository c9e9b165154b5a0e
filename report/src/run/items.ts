import type { ReportedRun } from "../../../lib/report/document.js";

export const KINDS = ["step", "call", "message", "event", "output"] as const;

/** Something that happened, by its place in the document's list of its kind. */
export interface Item {
  readonly kind: (typeof KINDS)[number];
  readonly index: number;
  readonly at: number;
}

/** Everything that happened, in the order of time; what a call has caused comes after it. */
export function itemsOf({ steps, calls, messages, events, output }: ReportedRun): Item[] {
  const items = (kind: Item["kind"], list: readonly { readonly at: number }[]): Item[] =>
    list.map(({ at }, index) => ({ kind, index, at }));
  return [
    ...items("step", steps),
    ...items("call", calls),
    ...items("message", messages),
    ...items("event", events),
    ...items("output", output),
  ].sort((a, b) => a.at - b.at);
}

/** The thread in whose lane something is. */
export function threadOf(run: ReportedRun, { kind, index }: Item): number | undefined {
  switch (kind) {
    case "step":
      return hostLane(run);
    case "call":
      return run.calls[index]?.thread;
    case "message":
      return run.messages[index]?.thread;
    case "event":
      return laneOf(run, run.events[index]);
    case "output":
      return laneOf(run, run.output[index]);
  }
}

/** The lane of JavaScript; none if nothing is in it. */
export function hostLane({ threads }: ReportedRun): number | undefined {
  const index = threads.findIndex(({ process, koid }) => process === 0 && BigInt(koid) === 0n);
  return index < 0 ? undefined : index;
}

/** The lane of what a call has caused; what none has is in the first of its process. */
function laneOf(
  { calls, threads }: ReportedRun,
  item: { readonly call?: number; readonly process?: number } | undefined,
): number | undefined {
  if (item?.call !== undefined) return calls[item.call]?.thread;
  const index = threads.findIndex(({ process }) => process === item?.process);
  return index < 0 ? undefined : index;
}

/** Something in one line. */
export function lineOf(run: ReportedRun, { kind, index }: Item): string {
  switch (kind) {
    case "step": {
      const { name, details } = run.steps[index]!;
      return details === "" ? name : `${name} ${details}`;
    }
    case "call": {
      const { name, args, result } = run.calls[index]!;
      const list = args.map(([name, text]) => `${name}=${text}`).join(", ");
      return `${name}(${list})${result === "" ? "" : ` = ${result}`}`;
    }
    case "message":
      return run.messages[index]!.what;
    case "event": {
      const { kind, what } = run.events[index]!;
      return `${kind} ${what}`;
    }
    case "output": {
      const { stream, text } = run.output[index]!;
      return `${stream}: ${text}`;
    }
  }
}

/** Whether something has gone wrong. */
export function isFailure(run: ReportedRun, { kind, index }: Item): boolean {
  if (kind === "call") return run.calls[index]!.result.startsWith("ZX_ERR_");
  return kind === "event" && run.events[index]!.kind === "crash";
}
