// Elements, made of tags, properties and children. Text is always a text node: whatever a guest has
// named something, nothing of it is markup.
import { printable } from "../../lib/base/text.js";

export type Child = Node | string | number | undefined | false;

type Properties<K extends keyof HTMLElementTagNameMap> = Partial<
  Pick<HTMLElementTagNameMap[K], Extract<keyof HTMLElementTagNameMap[K], WritableKey>>
> & {
  /** Attributes, such as `aria-label`. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly on?: {
    readonly [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void;
  };
};

type WritableKey =
  | "className"
  | "id"
  | "type"
  | "value"
  | "title"
  | "tabIndex"
  | "hidden"
  | "checked"
  | "placeholder"
  | "htmlFor"
  | "scope"
  | "colSpan"
  | "rowSpan"
  | "open"
  | "disabled";

/** An element with these properties and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<K> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  const { attributes = {}, on = {}, ...own } = properties;
  Object.assign(element, own);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, String(value));
  }
  for (const [name, listener] of Object.entries(on)) {
    element.addEventListener(name, listener as EventListener);
  }
  element.append(...nodesOf(children));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** The same of SVG, which has attributes only. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...nodesOf(children));
  return element;
}

/** Puts these children in the place of what is in an element. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...nodesOf(children));
}

function nodesOf(children: readonly Child[]): Node[] {
  return children
    .filter((child) => child !== undefined && child !== false)
    .map((child) =>
      child instanceof Node ? child : document.createTextNode(shown(String(child))),
    );
}

/** Text as it is shown: what moves a cursor or turns text around is spelled, but for newlines. */
function shown(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** What a row of a table has in a column; those that are of numbers or code say so by a class. */
export interface Column {
  readonly title: string;
  readonly className?: string;
}

/** A table with a caption, and these rows. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Child[])[],
): HTMLTableElement {
  return h(
    "table",
    {},
    h("caption", { className: "hidden" }, caption),
    h("thead", {}, h("tr", {}, ...columns.map(({ title }) => h("th", { scope: "col" }, title)))),
    h("tbody", {}, ...rows.map((cells) => row(columns, cells))),
  );
}

/** A row of a table. */
export function row(columns: readonly Column[], cells: readonly Child[]): HTMLTableRowElement {
  return h(
    "tr",
    {},
    ...cells.map((cell, index) => h("td", { className: columns[index]?.className ?? "" }, cell)),
  );
}

/** A part of a view, with its heading. */
export function section(title: string, ...children: readonly Child[]): HTMLElement {
  const id = `section-${(sections += 1)}`;
  return h(
    "section",
    { attributes: { "aria-labelledby": id } },
    h("h2", { id }, title),
    ...children,
  );
}

let sections = 0;

/** A button that does something; what its label does not say in words has a name of ours. */
export function button(label: string, action: () => void, name?: string): HTMLButtonElement {
  const named = name === undefined ? {} : { title: name, attributes: { "aria-label": name } };
  return h("button", { type: "button", ...named, on: { click: action } }, label);
}
