import { h } from "../dom.js";
import { isFailure, type Item, KINDS, lineOf, threadOf } from "./items.js";
import type { Model } from "./model.js";

const NAMES = {
  step: "host steps",
  call: "calls",
  message: "messages",
  event: "events",
  output: "output",
} as const;

/** What of a run is looked at: by text, thread, kind and outcome. */
export class Filters {
  readonly elements: readonly HTMLElement[];
  readonly apply: () => void;

  /** @param changed gets what decides whether something is looked at */
  constructor(model: Model, changed: (accepts: (item: Item) => boolean) => void) {
    const { run } = model;
    const lines = new Map<Item, string>();
    const line = (item: Item) => {
      let text = lines.get(item);
      if (text === undefined) {
        text = lineOf(run, item).toLowerCase();
        lines.set(item, text);
      }
      return text;
    };
    this.apply = () => {
      const wanted = text.value.toLowerCase();
      const lane = thread.value === "" ? undefined : Number(thread.value);
      const kinds = new Set<string>(
        boxes.filter(({ checked }) => checked).map(({ value }) => value),
      );
      changed(
        (item) =>
          kinds.has(item.kind) &&
          (lane === undefined || threadOf(run, item) === lane) &&
          (!failed.checked || isFailure(run, item)) &&
          (wanted === "" || line(item).includes(wanted)),
      );
    };
    const on = { change: this.apply };
    const text = h("input", {
      type: "search",
      id: "filter",
      placeholder: "zx_channel, ZX_ERR, 1042 …",
      on: { input: this.apply },
    });
    const thread = h(
      "select",
      { id: "thread", on },
      h("option", { value: "" }, "all threads"),
      ...model.lanes.map(({ name, thread }) => h("option", { value: String(thread) }, name)),
    );
    const check = (value: string, label: string, checked: boolean) => {
      const box = h("input", { type: "checkbox", value, id: `show-${value}`, checked, on });
      return { box, label: h("label", {}, box, label) };
    };
    const kinds = KINDS.map((kind) => check(kind, NAMES[kind], true));
    const boxes = kinds.map(({ box }) => box);
    const { box: failed, label: failedLabel } = check("failed", "failures only", false);
    this.elements = [
      h("label", {}, "Filter ", text),
      h("label", {}, "Thread ", thread),
      ...kinds.map(({ label }) => label),
      failedLabel,
    ];
  }
}
