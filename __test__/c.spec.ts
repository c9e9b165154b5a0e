// The guide to programs in C: what it has one write, compile and run.

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import test from "ava";

import { CLANG } from "./support/clang.js";
import { shell, zirconia } from "./support/cli.js";
import { consoleBlocks, guide } from "./support/guide.js";
import { nativeTest, serialNativeTest } from "./support/native.js";
import { has } from "./support/platform.js";

const page = guide("c");
const directory = mkdtempSync(join(realpathSync(tmpdir()), "zirconia-c-"));
test.after.always(() => rmSync(directory, { recursive: true }));

for (const [, name, code] of page.matchAll(/`(\w+\.c)`[^`]*```c\n(.*?)```/gs)) {
  writeFileSync(join(directory, name!), code!);
}

const blocks = consoleBlocks(page);
/** Variables that one sets once. */
const variables = blocks.flatMap(({ commands }) => commands.filter((line) => /^\w+=/.test(line)));

/** Runs commands as a shell does that has the variables. */
function follow(commands: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return shell([...variables, ...commands].join("\n"), { cwd: directory, env: { ...env } });
}

for (const [number, block] of blocks.entries()) {
  const compiler = ["gcc", "clang"].find((name) => block.commands[0]!.startsWith(`${name} `));
  const title = `block ${number + 1} of the guide, with ${compiler ?? "no compiler"}`;
  const env = compiler === "clang" ? CLANG : {};
  if (compiler !== undefined && !has(compiler, env)) {
    console.warn(`There is no ${compiler} here: ${title} is SKIPPED.`);
    continue;
  }
  // One after the other: they make files of the same names.
  serialNativeTest(title, async (t) => {
    const { stdout, stderr } = await follow(block.commands, env);
    t.is(stdout, block.output);
    t.is(stderr, /^zirconia: .*: failed with return code 3\n/.exec(stderr)?.[0] ?? "");
  });
}

test("the guide has programs and commands for two compilers", (t) => {
  for (const compiler of ["gcc", "clang"]) {
    t.true(blocks.some(({ commands }) => commands[0]!.startsWith(compiler)));
  }
  t.is(blocks.length, 6);
});

nativeTest("a program without main is an error of the linker", async (t) => {
  writeFileSync(join(directory, "none.c"), "int one;\n");
  const link = page.match(/^\$ (gcc -nostdlib .*) greet\.o (.*) -o greet$/m)!;
  const compile = "gcc -fPIE -c none.c";
  const { stderr } = await follow([compile, `${link[1]} none.o ${link[2]} -o none`]);
  t.regex(stderr, /undefined reference to `main'/);
});

nativeTest("zirconia sysroot prints a directory alone", async (t) => {
  const { code, stdout, stderr } = await zirconia(["sysroot"]);
  t.is(stderr, "");
  t.is(code, 0);
  t.regex(stdout, /^\/.*\/sysroot\/x86_64-unknown-fuchsia\n$/);
});
