import type { ReportedRun } from "../../../lib/report/document.js";
import { fill, h } from "../dom.js";
import { count, duration } from "../format.js";
import { detailsOf } from "./details.js";
import { Filters } from "./filters.js";
import { ItemList } from "./item-list.js";
import { itemsOf, type Item } from "./items.js";
import { Model } from "./model.js";
import { Timeline } from "./timeline.js";

/** What happened, in time. */
export function runView(run: ReportedRun): HTMLElement {
  const model = new Model(run);
  const all = itemsOf(run);
  const details = h("div", {
    className: "details",
    id: "details",
    tabIndex: 0,
    attributes: { role: "region", "aria-label": "What is selected", "aria-live": "polite" },
  });
  const shown = h("span", { className: "hint", attributes: { role: "status" } });

  const select = (item: Item, from: "list" | "timeline") => {
    fill(details, ...detailsOf(model, item, (other) => select(other, "list")));
    timeline.select(item, from === "list");
    list.select(item);
  };
  const timeline = new Timeline(model, (item) => select(item, "timeline"));
  const list = new ItemList(model, (item) => select(item, "list"));
  const filters = new Filters(model, (accepts) => {
    const items = all.filter(accepts);
    list.show(items);
    timeline.dim(accepts);
    fill(shown, `${count(items.length, "line")} of ${all.length.toLocaleString("en-US")}`);
  });
  fill(details, h("p", { className: "hint" }, "Choose something above, or in the list."));
  filters.apply();
  return h(
    "div",
    { className: "run" },
    h(
      "p",
      { className: "facts" },
      `${duration(run.duration)}, ${count(run.calls.length + run.omitted.calls, "call")}, ` +
        `${count(run.messages.length + run.omitted.messages, "message")}`,
    ),
    ...missing(run),
    timeline.element,
    h("div", { className: "tools" }, ...filters.elements, shown),
    h("div", { className: "columns" }, list.element, details),
  );
}

/** What is said of what is not there. */
function missing({ omitted, dropped }: ReportedRun): HTMLElement[] {
  const left = Object.entries(omitted).filter(([, number]) => number > 0);
  const lines = left.map(([name, number]) => `${number.toLocaleString("en-US")} ${name}`);
  return [
    ...(lines.length === 0
      ? []
      : [h("p", { className: "failure" }, `Left out of the middle: ${lines.join(", ")}.`)]),
    ...(dropped === 0
      ? []
      : [
          h(
            "p",
            { className: "failure" },
            `The trace had no room for ${count(dropped, "record")}.`,
          ),
        ]),
  ];
}
