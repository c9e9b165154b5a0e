import { runGuide } from "./support/guide.js";
import { nativeTest } from "./support/native.js";

nativeTest("the guide's example does what it says", async (t) => {
  const result = await runGuide(t, "spawn", 3);
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
