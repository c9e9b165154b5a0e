import { readFileSync } from "node:fs";

import { nativeTest } from "./support/native.js";
import { script } from "./support/script.js";

nativeTest("the guide's example does what it says", async (t) => {
  const guide = readFileSync(new URL("../docs/spawn.md", import.meta.url), "utf8");
  const blocks = Array.from(guide.matchAll(/```ts\n(.*?)```/gs), ([, code]) => code);
  t.is(blocks.length, 3);
  const result = await script(blocks.join("").replace('from "zirconia"', 'from "./index.ts"'));
  t.is(result.stderr, "");
  t.is(result.code, 0);
  const lines = result.stdout.split("\n");
  for (const line of [
    "arg 1: world",
    "env: GREETING=hello",
    "namespace: /docs",
    "It returned 0.",
    "arg 0: /pkg/bin/hello",
    "arg 1: from a script",
    "arg 2: /pkg/bin/script",
    "arg 3: 1",
    "env: PLANET=Fuchsia",
    "ZX_ERR_NOT_FOUND cannot load /pkg/bin/none: cannot open it: -25 (NOT_FOUND)",
  ]) {
    t.true(lines.includes(line), `${line} in:\n${result.stdout}`);
  }
});
