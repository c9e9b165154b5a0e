import { readFileSync } from "node:fs";

import type { ExecutionContext } from "ava";

import type { NodeResult } from "./node.js";
import { script } from "./script.js";

/** The text of a page in docs/. */
export function guide(page: string): string {
  return readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), "utf8");
}

/** The blocks of TypeScript in a page. */
export function codeBlocks(page: string): string[] {
  return Array.from(page.matchAll(/```ts\n(.*?)```/gs), ([, code]) => code!);
}

/** Runs the TypeScript of a page in docs/, which is in so many blocks, as one script. */
export async function runGuide(
  t: ExecutionContext,
  page: string,
  blocks: number,
): Promise<NodeResult> {
  const code = codeBlocks(guide(page));
  t.is(code.length, blocks);
  return script(code.join(""));
}
