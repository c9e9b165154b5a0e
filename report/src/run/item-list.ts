import { fill, h } from "../dom.js";
import { duration } from "../format.js";
import { isFailure, type Item, lineOf, threadOf } from "./items.js";
import type { Model } from "./model.js";

/** Pixels of a line. */
const HEIGHT = 22;
/** Lines that are there above and below what can be seen. */
const BEYOND = 8;
/** Characters of a line: no screen has room for more. */
const SHOWN = 400;

/** Everything that happened, a line each, of which only those exist that can be seen. */
export class ItemList {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #chosen: (item: Item) => void;
  readonly #rows = h("div", { className: "rows" });
  readonly #spacer = h("div", { className: "spacer" }, this.#rows);
  #items: readonly Item[] = [];
  #selected: Item | undefined;

  constructor(model: Model, chosen: (item: Item) => void) {
    this.#model = model;
    this.#chosen = chosen;
    this.element = h(
      "div",
      {
        className: "list",
        tabIndex: 0,
        id: "list",
        attributes: { role: "listbox", "aria-label": "What happened, in the order of time" },
        on: {
          scroll: () => this.#draw(),
          keydown: (event) => this.#key(event),
          click: (event) => this.#click(event),
        },
      },
      this.#spacer,
    );
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  /** Shows these lines. */
  show(items: readonly Item[]): void {
    this.#items = items;
    this.#spacer.style.height = `${items.length * HEIGHT}px`;
    if (this.#selected === undefined) this.#draw();
    else this.select(this.#selected);
  }

  /** Marks a line, and brings it into view. */
  select(item: Item): void {
    const index = this.#placeOf(item);
    this.#selected = this.#items[index] ?? item;
    if (index >= 0) {
      const [top, room] = [index * HEIGHT, this.element.clientHeight];
      const { scrollTop } = this.element;
      if (top < scrollTop) this.element.scrollTop = top;
      if (top + HEIGHT > scrollTop + room) this.element.scrollTop = top + HEIGHT - room;
    }
    this.#draw();
  }

  #placeOf({ kind, index }: Item): number {
    return this.#items.findIndex((other) => other.kind === kind && other.index === index);
  }

  #draw(): void {
    const first = Math.max(Math.floor(this.element.scrollTop / HEIGHT) - BEYOND, 0);
    const count = Math.ceil(this.element.clientHeight / HEIGHT) + 2 * BEYOND;
    const lines = this.#items.slice(first, first + count);
    this.#rows.style.transform = `translateY(${first * HEIGHT}px)`;
    fill(this.#rows, ...lines.map((item, index) => this.#line(item, first + index)));
    if (this.#selected !== undefined && lines.includes(this.#selected)) {
      this.element.setAttribute("aria-activedescendant", idOf(this.#selected));
    } else {
      this.element.removeAttribute("aria-activedescendant");
    }
  }

  #line(item: Item, place: number): HTMLElement {
    const { run } = this.#model;
    const thread = threadOf(run, item);
    const isSelected = item === this.#selected;
    const failure = isFailure(run, item) ? " failed" : "";
    return h(
      "div",
      {
        id: idOf(item),
        className: `line ${item.kind}${failure}`,
        attributes: {
          role: "option",
          "aria-selected": isSelected,
          "aria-setsize": this.#items.length,
          "aria-posinset": place + 1,
          "data-place": place,
        },
      },
      h("span", { className: "at" }, duration(item.at)),
      h("span", { className: "kind" }, item.kind),
      h("span", { className: "lane" }, thread === undefined ? "" : `T${thread}`),
      h("span", { className: "what" }, lineOf(run, item).slice(0, SHOWN).replaceAll("\n", "⏎")),
    );
  }

  #click(event: MouseEvent): void {
    const place = (event.target as Element).closest("[data-place]")?.getAttribute("data-place");
    const item = this.#items[Number(place ?? -1)];
    if (item !== undefined) this.#chosen(item);
  }

  #key(event: KeyboardEvent): void {
    const at = this.#selected === undefined ? -1 : this.#placeOf(this.#selected);
    const page = Math.floor(this.element.clientHeight / HEIGHT);
    const last = this.#items.length - 1;
    const places: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: last,
    };
    const place = places[event.key];
    if (place === undefined) return;
    event.preventDefault();
    const item = this.#items[Math.min(Math.max(place, 0), last)];
    if (item !== undefined) this.#chosen(item);
  }
}

function idOf({ kind, index }: Item): string {
  return `line-${kind}-${index}`;
}
