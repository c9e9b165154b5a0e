import type { Vmo } from "../../index.js";

/** The text that a VMO begins with: what is in front of the first NUL of 32 bytes. */
export function textIn(vmo: Vmo): string {
  const text = Buffer.from(vmo.read(0n, 32)).toString("latin1");
  return text.slice(0, text.indexOf("\0"));
}
