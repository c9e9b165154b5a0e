import { readFileSync } from "node:fs";

import test from "ava";

import { nativeTest } from "./support/native.js";
import { runNode } from "./support/node.js";
import { FROM_SOURCES } from "./support/redirect.js";

/** Runs an example in a Node of its own: what it prints, by lines. */
async function run(example: string): Promise<string[]> {
  const { stdout, stderr } = await runNode([FROM_SOURCES, `examples/${example}.ts`]);
  if (stderr !== "") throw new Error(stderr);
  return stdout.trimEnd().split("\n");
}

const EXAMPLES: Record<string, readonly (string | RegExp)[]> = {
  "process-builder": [
    "Hello from my_process",
    "arg 1: arg0",
    "namespace: /pkg",
    /^handle DirectoryRequest\(0\): Channel /,
    /^handle User0\(1\): Event /,
    "It returned 0.",
  ],
  launch: ["Hello from hello", "arg 1: world", "env: PLANET=Fuchsia", "It returned 0."],
  "launch-suspended": [
    "started: false",
    /^entry point: 0x[1-9a-f][0-9a-f]* into the executable$/,
    /^its first instruction: [0-9a-f]{8}$/,
    /^memory: .*\bvdso\/stable\b/,
    "started: true",
    "It returned 0.",
  ],
  "crash-handler": [
    "fault: UNDEFINED_INSTRUCTION at 0f0b",
    "ud2: 7",
    /^fault: FATAL_PAGE_FAULT at [0-9a-f]{4}$/,
    "null-read: -1028",
  ],
  debugger: [
    "stopped at the entry point: true",
    /^step 1: [1-9][0-9]* bytes on, stack at -?[0-9]+$/,
    /^step 3: /,
    "It returned 0.",
  ],
  pager: [
    "read 0, 1 page(s)",
    "dirty 2, 1 page(s)",
    "fill 3: returned 0",
    "kept: page 0 = 1, page 1 = 2, page 2 = 3",
  ],
  resolve: ["Hello from hello", "It returned 0."],
  sandbox: [
    "By itself: Failed to create process: ACCESS_DENIED",
    "By the Launcher: it returned 0.",
  ],
};

for (const [example, expected] of Object.entries(EXAMPLES)) {
  nativeTest(`examples/${example}.ts does what it says`, async (t) => {
    const lines = await run(example);
    for (const line of expected) {
      const found = lines.some((text) =>
        typeof line === "string" ? text === line : line.test(text),
      );
      t.true(found, `${String(line)} in:\n${lines.join("\n")}`);
    }
  });
}

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

/** An example without the comment at its start. */
function codeOf(example: string): string {
  const text = read(`examples/${example}.ts`);
  return text.slice(text.indexOf("*/\n") + 3);
}

for (const page of ["launch", "launch-suspended", "pager", "resolve", "sandbox"]) {
  test(`docs/${page}.md shows its example as it is`, (t) => {
    t.true(read(`docs/${page}.md`).includes(`\`\`\`ts\n${codeOf(page)}\`\`\`\n`));
  });
}

test("docs/exceptions.md shows its examples as they are", (t) => {
  for (const example of ["crash-handler", "debugger"]) {
    t.true(read("docs/exceptions.md").includes(`\`\`\`ts\n${codeOf(example)}\`\`\`\n`));
  }
});
