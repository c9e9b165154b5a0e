import { readFileSync } from "node:fs";

import { runNode } from "./node.js";
import { dataUrl, redirect } from "./redirect.js";

/** Stands for AVA: takes down the titles of tests, and runs none. */
const STAND_IN = `
  let titles = [];
  const test = new Proxy((title) => typeof title === "string" && titles.push(title), {
    // A test that is to fail, or to be written, proves nothing.
    get: (_, kind) => (kind === "failing" || kind === "todo" ? () => {} : test),
  });
  export default test;
  export const takeTitles = () => titles.splice(0);
`;

/** The titles of the tests in files of `__test__/`, as they are once their tables are gone through. */
export async function specTitles(specs: readonly string[]): Promise<Map<string, Set<string>>> {
  const collect = `
    import { takeTitles } from "ava";
    const titles = {};
    for (const spec of ${JSON.stringify(specs)}) {
      await import("./__test__/" + spec);
      titles[spec] = takeTitles();
    }
    process.stdout.write(JSON.stringify(titles), () => process.exit());
  `;
  const args = [redirect({ ava: dataUrl(STAND_IN) }), "--input-type=module", "--eval", collect];
  const { code, stdout, stderr } = await runNode(args);
  if (code !== 0) throw new Error(stderr);
  const titles = Object.entries(JSON.parse(stdout) as Record<string, string[]>);
  return new Map(titles.map(([spec, found]) => [spec, new Set(found)]));
}

/** The names of the tests in a file of `crates/`. */
export function rustTitles(file: string): Set<string> {
  const text = readFileSync(new URL(`../../crates/${file}`, import.meta.url), "utf8");
  return new Set(Array.from(text.matchAll(/^#\[test\]\nfn (\w+)\(\)/gm), ([, name]) => name!));
}
