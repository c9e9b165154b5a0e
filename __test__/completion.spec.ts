import { spawnSync } from "node:child_process";
import { join } from "node:path";

import test from "ava";

import { zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";

/** A test with a shell; skipped, loudly, where there is none. */
function shellTest(shell: string): typeof test | typeof test.skip {
  if (spawnSync(shell, ["-c", ":"]).status === 0) return test;
  console.warn(`There is no ${shell}: its completion is SKIPPED.`);
  return test.skip;
}

const LINES: readonly [line: string, expected: string][] = [
  ["zirconia ru", "run"],
  ["zirconia run --ti", "--timeout"],
  ["zirconia run --abi 202", "2020 2026"],
  ["zirconia check --format nd", "ndjson"],
  ["zirconia message de", "decode"],
  ["zirconia message decode --he", "--help --hex"],
  ["zirconia completion z", "zsh"],
  ["zirconia run --lib ", ""],
];

shellTest("bash")("bash completes commands, options and their values", async (t) => {
  const { code, stdout } = await zirconia(["completion", "bash"]);
  t.is(code, 0);
  for (const [line, expected] of LINES) {
    const words = line.split(" ").map((word) => `'${word}'`);
    const script = `${stdout}
      COMP_WORDS=(${words.join(" ")})
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _zirconia
      echo "\${COMPREPLY[*]}"`;
    const { stdout: reply, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    t.is(stderr, "");
    t.is(reply.trim().split(" ").sort().join(" "), expected, line);
  }
});

shellTest("fish")("fish completes commands, options and their values", async (t) => {
  const { stdout } = await zirconia(["completion", "fish"]);
  for (const [line, expected] of LINES.slice(0, -1)) {
    const script = `${stdout}\ncomplete -C '${line}'`;
    const reply = spawnSync("fish", ["--no-config", "-c", script], { encoding: "utf8" });
    const names = reply.stdout
      .trim()
      .split("\n")
      .map((reply) => reply.split("\t")[0]);
    t.is(names.sort().join(" "), expected, line);
  }
});

shellTest("zsh")("zsh takes the script", async (t) => {
  const { stdout } = await zirconia(["completion", "zsh"]);
  const file = join(directoryWith(t, { _zirconia: stdout }), "_zirconia");
  const script = `autoload -Uz compinit && compinit -u -D && source '${file}' && whence _zirconia`;
  const { stdout: name, stderr } = spawnSync("zsh", ["-f", "-c", script], { encoding: "utf8" });
  t.is(stderr, "");
  t.is(name.trim(), "_zirconia");
});

test("a shell that is not known is misuse", async (t) => {
  const { code, stderr } = await zirconia(["completion", "tcsh"]);
  t.is(code, 2);
  t.regex(stderr, /Allowed choices are bash, zsh, fish/);
});
