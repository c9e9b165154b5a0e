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

/** What one types, and what then is to be seen. */
export interface ConsoleBlock {
  readonly commands: readonly string[];
  readonly output: string;
}

/** The blocks of commands in a page. */
export function consoleBlocks(page: string): ConsoleBlock[] {
  return Array.from(page.matchAll(/```console\n(.*?)```/gs), ([, block]) => {
    const lines = block!.match(/.*\n/g) ?? [];
    const [commands, output] = [true, false].map((wanted) =>
      lines.filter((line) => line.startsWith("$ ") === wanted),
    ) as [string[], string[]];
    return { commands: commands.map((line) => line.slice(2, -1)), output: output.join("") };
  });
}

/** As a line of output always is: numbers differ from run to run. */
export function shape(line: string): string {
  return line
    .replace(/0x[0-9a-f]+/g, "#")
    .replace(/\d+(\.\d+)?[um]s/g, "# s")
    .replace(/\d+/g, "#")
    .replace(/ +/g, " ")
    .trim();
}

/** The lines of the shell's blocks in a page, without their comments. */
export function shellLines(page: string): string[] {
  const blocks = Array.from(page.matchAll(/```sh\n(.*?)```/gs), ([, block]) => block!);
  return blocks.flatMap((block) => block.split("\n").map((line) => line.replace(/\s+#.*/, "")));
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
