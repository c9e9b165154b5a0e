import type { ReportedMessage } from "../../../lib/report/document.js";
import { button, type Child, h, table } from "../dom.js";
import { ascii, bytes, duration, koid, range, spaced } from "../format.js";
import { type Item, lineOf } from "./items.js";
import type { Model } from "./model.js";

type Open = (item: Item) => void;

/** What is known of something that happened. */
export function detailsOf(model: Model, item: Item, open: Open): Child[] {
  switch (item.kind) {
    case "step":
      return stepDetails(model, item.index);
    case "call":
      return callDetails(model, item.index, open);
    case "message":
      return messageDetails(model, item.index, open);
    case "event":
      return eventDetails(model, item.index, open);
    case "output":
      return outputDetails(model, item.index, open);
  }
}

function stepDetails(model: Model, index: number): Child[] {
  const { name, details, at, took } = model.run.steps[index]!;
  return [
    h("h3", {}, name),
    facts(
      ...(details === "" ? [] : [["With", details] as const]),
      ["By", "JavaScript"],
      ["At", duration(at)],
      ["Took", took === null ? "did not come to an end" : duration(took)],
    ),
  ];
}

function callDetails(model: Model, index: number, open: Open): Child[] {
  const { calls, events, messages, output } = model.run;
  const { name, at, took, blocked, args, result, thread } = calls[index]!;
  const changes = model.events.get(index) ?? [];
  const written = model.messages.get(index) ?? [];
  const read = model.reads.get(index) ?? [];
  const said = model.output.get(index) ?? [];
  const list = (title: string, items: readonly Item[]) => linksTo(model, title, items, open);
  return [
    h("h3", {}, name),
    facts(
      ["Thread", model.threadName(thread)],
      ["At", duration(at)],
      ["Took", took === null ? "never returned" : duration(took) + (blocked ? ", waiting" : "")],
      ["Result", result || "none"],
    ),
    args.length > 0 &&
      table(
        "Arguments",
        [
          { title: "Argument", className: "code" },
          { title: "Value", className: "code" },
        ],
        args,
      ),
    ...list("Wrote", items("message", messages, written)),
    ...list("Read", items("message", messages, read)),
    ...list("Said", items("output", output, said)),
    ...list("Changed, and what else it caused", items("event", events, changes)),
  ];
}

function items(
  kind: Item["kind"],
  list: readonly { readonly at: number }[],
  places: readonly number[],
): Item[] {
  return places.map((index) => ({ kind, index, at: list[index]!.at }));
}

function messageDetails(model: Model, index: number, open: Open): Child[] {
  const message = model.run.messages[index]!;
  const { at, thread, from, to, what, size, read } = message;
  return [
    h("h3", {}, "Message"),
    h("p", { className: "what" }, what),
    facts(
      ["Written by", model.threadName(thread)],
      ["At", duration(at)],
      ["From", `Channel:${koid(from)}`],
      ["To", `Channel:${koid(to)}`],
      ["Size", bytes(size)],
      [
        "Read",
        read === undefined ? "not that the trace tells of" : `after ${duration(read.at - at)}`,
      ],
    ),
    ...causeOf(model, "Written by", message.call, open),
    ...causeOf(model, "Read by", read?.call, open),
    hexDump(message),
  ];
}

function eventDetails(model: Model, index: number, open: Open): Child[] {
  const { at, kind, process, call, what, base, size } = model.run.events[index]!;
  return [
    h("h3", {}, kind),
    h("p", { className: "what" }, what),
    facts(
      ["Process", model.processName(process)],
      ["At", duration(at)],
      ...(base === undefined || size === undefined
        ? []
        : [["Addresses", range(base, size)] as const, ["Size", bytes(BigInt(size))] as const]),
    ),
    ...causeOf(model, "Caused by", call, open),
  ];
}

function outputDetails(model: Model, index: number, open: Open): Child[] {
  const { at, stream, call, text, size } = model.run.output[index]!;
  return [
    h("h3", {}, stream),
    facts(["At", duration(at)], ["Size", bytes(size)]),
    h("pre", {}, text),
    ...causeOf(model, "Written by", call, open),
  ];
}

function facts(...rows: readonly (readonly [name: string, value: string])[]): HTMLElement {
  return h("dl", {}, ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function causeOf(model: Model, title: string, call: number | undefined, open: Open): Child[] {
  if (call === undefined) return [];
  const { at } = model.run.calls[call]!;
  return linksTo(model, title, [{ kind: "call", index: call, at }], open);
}

function linksTo(model: Model, title: string, items: readonly Item[], open: Open): Child[] {
  if (items.length === 0) return [];
  const link = (item: Item) => button(lineOf(model.run, item), () => open(item));
  return [
    h("h4", {}, title),
    h("ul", { className: "links" }, ...items.map((item) => h("li", {}, link(item)))),
  ];
}

/** Bytes of a line. */
const LINE = 16;

function hexDump({ bytes: hex, size }: ReportedMessage): HTMLElement {
  const lines: string[] = [];
  for (let at = 0; 2 * at < hex.length; at += LINE) {
    const own = hex.slice(2 * at, 2 * (at + LINE));
    lines.push(
      `${at.toString(16).padStart(4, "0")}  ${spaced(own).padEnd(3 * LINE)} ${ascii(own)}`,
    );
  }
  if (2 * size > hex.length) lines.push("...");
  return h(
    "pre",
    { className: "bytes", tabIndex: 0, attributes: { "aria-label": "Bytes" } },
    lines.join("\n"),
  );
}
