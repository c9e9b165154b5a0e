import { h } from "./dom.js";

const THEMES = ["system", "light", "dark"] as const;

/** Chooses between what the system has, light and dark. What is drawn on a canvas is told. */
export function themeChooser(): HTMLElement {
  const chooser = h(
    "select",
    {
      id: "theme",
      on: {
        change: () => {
          document.documentElement.dataset["theme"] = chooser.value;
          window.dispatchEvent(new Event("themechange"));
        },
      },
    },
    ...THEMES.map((name) => h("option", { value: name }, name)),
  );
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    window.dispatchEvent(new Event("themechange")),
  );
  return h("label", { htmlFor: "theme", className: "theme" }, "Colours ", chooser);
}

const probe = document.createElement("span");
/** Colours that are known; to ask for one makes the browser look at its styles. */
const known = new Map<string, string>();
window.addEventListener("themechange", () => known.clear());

/** A colour of the style, as a canvas takes it. */
export function colour(name: string): string {
  let value = known.get(name);
  if (value === undefined) {
    if (!probe.isConnected) {
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = `var(--${name})`;
    value = getComputedStyle(probe).color;
    known.set(name, value);
  }
  return value;
}
