import { fill, h } from "./dom.js";

/** A view that is made when it is first looked at. */
export interface View {
  readonly name: string;
  readonly make: () => HTMLElement;
}

/** Views of which one is shown, with a tab for each. */
export function tabs(label: string, views: readonly View[]): HTMLElement[] {
  const panels = views.map(({ name }) =>
    h("div", {
      id: `panel-${name}`,
      tabIndex: -1,
      hidden: true,
      attributes: { role: "tabpanel", "aria-labelledby": `tab-${name}` },
    }),
  );
  const made = new Set<number>();
  const list = views.map(({ name }, index) =>
    h(
      "button",
      {
        type: "button",
        id: `tab-${name}`,
        attributes: { role: "tab", "aria-controls": `panel-${name}` },
        on: { click: () => show(index), keydown: (event) => move(event, index) },
      },
      name,
    ),
  );

  function show(index: number): void {
    list.forEach((tab, other) => {
      tab.setAttribute("aria-selected", String(other === index));
      tab.tabIndex = other === index ? 0 : -1;
      panels[other]!.hidden = other !== index;
    });
    if (!made.has(index)) {
      made.add(index);
      fill(panels[index]!, views[index]!.make());
    }
    panels[index]!.dispatchEvent(new Event("shown"));
  }

  function move(event: KeyboardEvent, index: number): void {
    const last = views.length - 1;
    const places: Readonly<Record<string, number>> = {
      ArrowRight: index === last ? 0 : index + 1,
      ArrowLeft: index === 0 ? last : index - 1,
      Home: 0,
      End: last,
    };
    const next = places[event.key];
    if (next === undefined) return;
    event.preventDefault();
    show(next);
    list[next]!.focus();
  }

  show(0);
  return [h("div", { attributes: { role: "tablist", "aria-label": label } }, ...list), ...panels];
}
