/** The URL of a module with this code. */
export function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** Node's option by which another module is imported in the place of one. */
export function redirect(specifier: string, url: string): string {
  const hooks = `
    export const resolve = (specifier, context, next) =>
      next(specifier === ${JSON.stringify(specifier)} ? ${JSON.stringify(url)} : specifier, context);
  `;
  const register = `
    import { register } from "node:module";
    register(${JSON.stringify(dataUrl(hooks))});
  `;
  return `--import=${dataUrl(register)}`;
}
