import { readFileSync } from "node:fs";
import { join } from "node:path";

import { directoryWith } from "./support/directory.js";
import { codeBlocks } from "./support/guide.js";
import { nativeTest } from "./support/native.js";
import { runNode } from "./support/node.js";
import { FROM_SOURCES } from "./support/redirect.js";

nativeTest("README's examples do what they say", async (t) => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const examples = codeBlocks(readme);
  const expected = [
    [/^ +name: 'data:hello',$/m, /^0n Hello from hello$/m, /^arg 1: world$/m],
    [/^arg 0: \/pkg\/hello_dynamic$/m, /^arg 1: world$/m, /^namespace: \/svc$/m],
  ];
  t.is(examples.length, expected.length);
  for (const [number, example] of examples.entries()) {
    const file = join(directoryWith(t, { "example.mts": example }), "example.mts");
    const { code, stdout, stderr } = await runNode([FROM_SOURCES, file]);
    t.is(stderr, "");
    t.is(code, 0);
    for (const line of expected[number]!) t.regex(stdout, line);
  }
});
