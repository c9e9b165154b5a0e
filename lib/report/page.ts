import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { wellFormed } from "../base/text.js";
import type { ReportDocument } from "./document.js";

/** Where the page has its document. */
const PLACE = "{/*document*/}";

/** What would end the element that a document is in, and what JavaScript of old took for newlines. */
const ESCAPED = /[<\u2028\u2029]/g;

/** A document as JSON. */
export function documentJson(document: ReportDocument): string {
  return JSON.stringify(document, (_key, value: unknown) =>
    typeof value === "string" ? wellFormed(value) : value,
  );
}

/** A page that shows a document, and needs nothing else. */
export function pageOf(document: ReportDocument): string {
  const page = createRequire(import.meta.filename).resolve("#report/page.html");
  const json = documentJson(document).replace(
    ESCAPED,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return readFileSync(page, "utf8").replace(PLACE, () => json);
}
