import { TARGET } from "./libraries.js";

/** The lines for `.cargo/config.toml` with which cargo does the same without `zirconia cargo`. */
export function cargoConfig(linker: string, runner: readonly string[]): string {
  // What JSON has of strings and lists, TOML has as well.
  return [
    "[build]",
    `target = ${JSON.stringify(TARGET)}`,
    "",
    `[target.${TARGET}]`,
    `linker = ${JSON.stringify(linker)}`,
    `runner = ${JSON.stringify(runner)}`,
    "",
  ].join("\n");
}
