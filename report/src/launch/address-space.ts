import { permissions } from "../../../lib/base/text.js";
import type { ReportedMapping } from "../../../lib/report/document.js";
import { button, fill, h, row, svg } from "../dom.js";
import { bytes, koid, range } from "../format.js";

const COLUMNS = [
  { title: "Addresses", className: "code" },
  { title: "Size", className: "number" },
  { title: "Access", className: "code" },
  { title: "Name", className: "code" },
  { title: "Object", className: "code" },
  { title: "Offset", className: "code number" },
  { title: "Why it is there" },
];

const HEIGHT = 56;
/** Pixels of a gap, however large it is. */
const FOLD = 26;
/** Pixels of what would be too small to be seen. */
const LEAST = 3;
const WIDTH = 1160;

/** An address space: to scale, and as a table. */
export function addressSpace(
  maps: readonly ReportedMapping[],
  isNew: (mapping: ReportedMapping) => boolean,
): HTMLElement {
  const rows = maps.map((mapping) => mappingRow(mapping, isNew(mapping)));
  const mappings = maps.flatMap((mapping, index) => (mapping.type === "mapping" ? [index] : []));
  let selected = -1;
  let zoom = 1;
  const picture = h("div", {
    className: "strip",
    tabIndex: 0,
    attributes: {
      role: "group",
      "aria-label":
        "The address space to scale. Left and right arrow keys go from mapping to mapping, plus and minus zoom.",
    },
    on: { keydown: (event) => key(event) },
  });
  const told = h("p", { className: "hint", attributes: { "aria-live": "polite" } });

  function select(index: number): void {
    selected = index;
    rows.forEach((row, other) => row.classList.toggle("selected", other === index));
    picture.querySelectorAll("[data-index]").forEach((shape) => {
      const isSelected = shape.getAttribute("data-index") === String(index);
      shape.classList.toggle("selected", isSelected);
      if (isSelected) shape.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    const mapping = maps[index];
    if (mapping)
      fill(told, `${mapping.name}, ${range(mapping.base, mapping.size)}: ${mapping.why}`);
  }

  function key(event: KeyboardEvent): void {
    const at = mappings.indexOf(selected);
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = mappings[at < 0 ? (step < 0 ? mappings.length - 1 : 0) : at + step];
    if (step !== 0 && next !== undefined) select(next);
    else if (event.key === "+" || event.key === "=") scale(zoom * 2);
    else if (event.key === "-") scale(zoom / 2);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function scale(factor: number): void {
    zoom = Math.min(Math.max(factor, 1), 64);
    const { drawing, perPixel } = strip(maps, zoom);
    drawing.addEventListener("click", (event) => {
      const index = (event.target as Element).closest("[data-index]")?.getAttribute("data-index");
      if (index) select(Number(index));
    });
    fill(picture, drawing);
    const isEmpty = mappings.length === 0;
    fill(
      legend,
      isEmpty ? "Nothing is mapped." : `One pixel is ${bytes(perPixel)}; gaps are folded.`,
    );
    if (selected >= 0) select(selected);
  }

  const legend = h("span", { className: "hint" });
  rows.forEach((row, index) => row.addEventListener("click", () => select(index)));
  scale(1);
  return h(
    "div",
    { className: "address-space" },
    h(
      "div",
      { className: "tools" },
      button("−", () => scale(zoom / 2), "Zoom out"),
      button("+", () => scale(zoom * 2), "Zoom in"),
      legend,
    ),
    picture,
    told,
    h(
      "table",
      {},
      h("caption", { className: "hidden" }, "VMARs and mappings"),
      h("thead", {}, h("tr", {}, ...COLUMNS.map(({ title }) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, ...rows),
    ),
  );
}

function mappingRow(mapping: ReportedMapping, isNew: boolean): HTMLTableRowElement {
  const { type, depth, base, size, koid: id, name, offset, why } = mapping;
  const isVmar = type === "vmar";
  const element = row(COLUMNS, [
    range(base, size),
    bytes(BigInt(size)),
    isVmar ? "" : permissions(mapping.permissions),
    isVmar ? "VMAR" : name,
    `${isVmar ? "Vmar" : "Vmo"}:${koid(id)}`,
    isVmar || offset === "0x0" ? "" : offset,
    why,
  ]);
  element.className = `${type}${isNew ? " new" : ""}`;
  (element.firstElementChild as HTMLElement).style.paddingInlineStart = `${0.6 + depth}em`;
  return element;
}

interface Piece {
  readonly index: number;
  readonly mapping: ReportedMapping;
  readonly x: number;
  readonly width: number;
}

/** The mappings to scale. */
function strip(maps: readonly ReportedMapping[], zoom: number) {
  const mappings = maps
    .map((mapping, index) => ({ mapping, index }))
    .filter(({ mapping }) => mapping.type === "mapping")
    .sort((a, b) => (BigInt(a.mapping.base) < BigInt(b.mapping.base) ? -1 : 1));
  const sum = mappings.reduce((sum, { mapping }) => sum + Number(BigInt(mapping.size)), 0);
  const gaps = gapsOf(mappings.map(({ mapping }) => mapping));
  const folded = gaps.filter((gap) => gap > 0n).length * FOLD;
  const perPixel = Math.max(sum / ((WIDTH - folded) * zoom), 1);
  let x = 0;
  const shapes: SVGElement[] = [];
  const pieces: Piece[] = mappings.map(({ mapping, index }, place) => {
    const gap = gaps[place]!;
    if (gap > 0n) {
      shapes.push(gapShape(x, gap));
      x += FOLD;
    }
    const width = Math.max(Number(BigInt(mapping.size)) / perPixel, LEAST);
    const piece = { index, mapping, x, width };
    x += width;
    return piece;
  });
  shapes.push(...pieces.map(pieceShape));
  const drawing = svg(
    "svg",
    { width: Math.ceil(x), height: HEIGHT, role: "img", "aria-label": "Mappings to scale" },
    ...shapes,
  );
  return { drawing, perPixel: Math.round(perPixel) };
}

/** What is between each mapping and the one before it. */
function gapsOf(mappings: readonly ReportedMapping[]): bigint[] {
  return mappings.map(({ base }, index) => {
    const before = mappings[index - 1];
    return before === undefined ? 0n : BigInt(base) - BigInt(before.base) - BigInt(before.size);
  });
}

function gapShape(x: number, gap: bigint): SVGElement {
  const middle = x + FOLD / 2;
  const zigzag = `M${middle - 4} 4 l8 8 l-8 8 l8 8 l-8 8 l8 8 l-8 8`;
  return svg("path", { class: "gap", d: zigzag }, svg("title", {}, `${bytes(gap)} of nothing`));
}

function pieceShape({ index, mapping, x, width }: Piece): SVGElement {
  const { name, base, size } = mapping;
  // Letters are about 7 pixels wide.
  const letters = Math.floor((width - 8) / 7);
  const label = letters >= 3 && svg("text", { x: x + 5, y: 32 }, name.slice(0, letters));
  return svg(
    "g",
    { class: `piece access-${permissions(mapping.permissions)}`, "data-index": index },
    svg("rect", { x, y: 4, width, height: HEIGHT - 8 }),
    label,
    svg("title", {}, `${name}\n${range(base, size)}\n${bytes(BigInt(size))}`),
  );
}
