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

/** A colour of the style, as a canvas takes it. */
export function colour(name: string): string {
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}
