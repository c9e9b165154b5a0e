import { readFileSync } from "node:fs";

import type { ExecutionContext } from "ava";

import type { NodeResult } from "./node.js";
import { script } from "./script.js";

/** The text of a page in docs/. */
export function guide(page: string): string {
  return readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), "utf8");
}

/** Runs the TypeScript of a page in docs/, which is in so many blocks, as one script. */
export async function runGuide(
  t: ExecutionContext,
  page: string,
  blocks: number,
): Promise<NodeResult> {
  const code = Array.from(guide(page).matchAll(/```ts\n(.*?)```/gs), ([, block]) => block);
  t.is(code.length, blocks);
  return script(code.join("").replace('from "zirconia"', 'from "./index.ts"'));
}
