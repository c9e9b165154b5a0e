/** The URL of a module with this code. */
export function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** Node's option by which other modules are imported in the place of some: URLs by specifiers. */
export function redirect(modules: Readonly<Record<string, string>>): string {
  const hooks = `
    const modules = new Map(${JSON.stringify(Object.entries(modules))});
    export const resolve = (specifier, context, next) =>
      next(modules.get(specifier) ?? specifier, context);
  `;
  const register = `
    import { register } from "node:module";
    register(${JSON.stringify(dataUrl(hooks))});
  `;
  return `--import=${dataUrl(register)}`;
}

/** Imports this package as its sources, which need not be built. */
export const FROM_SOURCES = redirect({
  zirconia: sourceUrl("index.ts"),
  "zirconia/fidl": sourceUrl("lib/fidl/index.ts"),
  "zirconia/debug": sourceUrl("lib/debug/index.ts"),
  "zirconia/trace": sourceUrl("lib/trace/index.ts"),
  "zirconia/vfs": sourceUrl("lib/vfs/index.ts"),
});

function sourceUrl(path: string): string {
  return new URL(`../../${path}`, import.meta.url).href;
}
