import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import test, { type ExecutionContext } from "ava";

import { shell } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { elfFile, load, PF } from "./support/elf-file.js";
import { codeBlocks, consoleBlocks, guide, shape, shellLines } from "./support/guide.js";
import { guest, guestBytes, nativeTest } from "./support/native.js";
import { runNode } from "./support/node.js";
import { FROM_SOURCES } from "./support/redirect.js";

const ROOT = new URL("../", import.meta.url);
const README = readFileSync(new URL("README.md", ROOT), "utf8");

/** What pages take to be there. */
function world(t: ExecutionContext): string {
  const hello = guestBytes("hello");
  const cwd = directoryWith(t, {
    program: hello,
    hello,
    fault: guestBytes("fault"),
    "out/hello": hello,
    "out/app": guestBytes("hello_dynamic"),
    "out/jit": elfFile({ segments: [load(0, PF.R | PF.W | PF.X)] }),
    "data/file": "",
    "guest/file": "",
  });
  symlinkSync(dirname(guest("hello")), join(cwd, "guest/out"));
  symlinkSync(guest("lib"), join(cwd, "lib"));
  return cwd;
}

/** What the examples of pages leave to the reader. */
const GIVEN = `
  import { readFileSync } from "node:fs";
  import { planLaunch as launchOf } from "zirconia";
  const bytes = readFileSync("out/app");
  const paths = ["out/hello", "out/jit", "missing"];
  const [{ bytes: message, handles: { length: handleCount } }] =
    (await launchOf("out/hello")).messages;
`;

// The other pages' are in tests with what they print.
for (const page of ["api", "limits", "report", "trace"]) {
  nativeTest(`the examples of docs/${page}.md run`, async (t) => {
    const cwd = world(t);
    const file = join(cwd, "example.mts");
    const blocks = codeBlocks(guide(page));
    t.true(blocks.length > 0);
    for (const block of blocks) {
      writeFileSync(file, GIVEN + block);
      const { code, stderr } = await runNode([FROM_SOURCES, file], { cwd });
      t.is(code, 0, `${block}\n${stderr}`);
    }
  });
}

nativeTest("the examples in the API's comments run", async (t) => {
  const cwd = world(t);
  const files = readdirSync(new URL("lib/", ROOT), { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".ts"));
  const examples = sources.flatMap((file) => {
    const text = readFileSync(new URL(`lib/${file}`, ROOT), "utf8");
    const found = text.matchAll(/@example\n \* ```ts\n(.*?) \* ```/gs);
    return Array.from(found, ([, example]) => example!.replace(/^ \* ?/gm, ""));
  });
  t.true(examples.length >= 20);
  const names = examples.map((_, index) => `example-${index}.mts`);
  names.forEach((name, index) => writeFileSync(join(cwd, name), examples[index]!));
  writeFileSync(join(cwd, "all.mts"), names.map((name) => `await import("./${name}");`).join("\n"));
  const { code, stderr } = await runNode([FROM_SOURCES, join(cwd, "all.mts")], { cwd });
  t.is(code, 0, stderr);
});

for (const page of ["check", "command-line", "limits", "trace"]) {
  nativeTest(`the commands of docs/${page}.md print what is there`, async (t) => {
    const cwd = world(t);
    for (const { commands, output } of consoleBlocks(guide(page))) {
      if (commands.length === 0) continue;
      const { stdout, stderr } = await shell(commands.join("\n"), { cwd });
      const printed = new Set(`${stdout}\n${stderr}`.split("\n").map(shape));
      for (const line of output.split("\n").map(shape)) {
        t.true(line === "..." || printed.has(line), `${line} in:\n${stdout}${stderr}`);
      }
    }
  });
}

nativeTest("the commands of README work", async (t) => {
  const cwd = world(t);
  const lines = shellLines(README).filter((line) => line.startsWith("zirconia "));
  t.true(lines.length > 5);
  for (const line of lines.filter((line) => !line.startsWith("zirconia cargo"))) {
    const { code, stderr } = await shell(line, { cwd });
    // What is in out/ is not all well.
    t.is(code, line.startsWith("zirconia check") ? 1 : 0, `${line}\n${stderr}`);
  }
});

test("every page is in README's table, and what pages name is there", (t) => {
  for (const page of readdirSync(new URL("docs/", ROOT)).filter((name) => name.endsWith(".md"))) {
    t.true(README.includes(`(docs/${page})`), page);
    const text = readFileSync(new URL(`docs/${page}`, ROOT), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      t.notThrows(() => readFileSync(new URL(`docs/${target}`, ROOT)), `${page}: ${target}`);
    }
  }
});
