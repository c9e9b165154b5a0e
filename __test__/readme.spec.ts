import { readFileSync } from "node:fs";
import { join } from "node:path";

import { directoryWith } from "./support/directory.js";
import { codeBlocks } from "./support/guide.js";
import { nativeTest } from "./support/native.js";
import { runNode } from "./support/node.js";

nativeTest("README's examples do what they say", async (t) => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const examples = codeBlocks(readme);
  const expected = [
    [/^ +name: 'data:hello',$/m, /^0n Hello from hello$/m, /^arg 1: world$/m],
    [/^arg 0: \/pkg\/hello_dynamic$/m, /^arg 1: world$/m, /^namespace: \/svc$/m],
  ];
  t.is(examples.length, expected.length);
  const index = JSON.stringify(new URL("../index.ts", import.meta.url).href);
  for (const [number, example] of examples.entries()) {
    const code = example.replace('"zirconia"', index);
    const directory = directoryWith(t, { "example.mts": code });
    const { code: exitCode, stdout, stderr } = await runNode([join(directory, "example.mts")]);
    t.is(stderr, "");
    t.is(exitCode, 0);
    for (const line of expected[number]!) t.regex(stdout, line);
  }
});
