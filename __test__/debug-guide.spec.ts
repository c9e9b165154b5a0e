// The guide to debuggers: what it has one type, and what is to be seen then.

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import test from "ava";

import { shell } from "./support/cli.js";
import { waitForDebugger } from "./support/debugged.js";
import { type Debugger, Gdb, gdbTest, Lldb, lldbTest } from "./support/debuggers.js";
import { consoleBlocks, guide, shape } from "./support/guide.js";

const page = guide("debug");
const directory = mkdtempSync(join(realpathSync(tmpdir()), "zirconia-debug-"));
test.after.always(() => rmSync(directory, { recursive: true }));

/** The page's program, compiled as the page says. */
async function compiled(): Promise<string> {
  const [, source] = /```c\n(.*?)```/s.exec(page)!;
  writeFileSync(join(directory, "shapes.c"), source!);
  const { commands } = consoleBlocks(page)[0]!;
  const { code, stderr } = await shell(commands.slice(0, -1).join("\n"), { cwd: directory });
  if (code !== 0) throw new Error(stderr);
  return join(directory, "shapes");
}

/** What is typed at a debugger's prompt, and lines that are to be seen then. */
function session(name: string): { command: string; lines: string[] }[] {
  const [, block] = new RegExp(`\\$ ${name} shapes\\n(.*?)\`\`\``, "s").exec(page)!;
  return block!
    .split(`(${name}) `)
    .slice(1)
    .map((part) => {
      const [command = "", ...lines] = part.trimEnd().split("\n");
      return { command, lines };
    });
}

for (const [name, debuggerTest, start] of [
  ["gdb", gdbTest, (t, program) => new Gdb(t, program)],
  ["lldb", lldbTest, (t, program) => new Lldb(t, program)],
] as const satisfies readonly (readonly [
  string,
  typeof gdbTest,
  (...args: ConstructorParameters<typeof Gdb>) => Debugger,
])[]) {
  debuggerTest(`the guide's session with ${name} prints what is there`, async (t) => {
    const program = await compiled();
    const { command: waiting, socket } = await waitForDebugger(t, program);
    const debugging = start(t, program);
    const [connect, ...steps] = session(name);
    const answers = [await debugging.connect(socket)];
    for (const { command } of steps) {
      const runs = /^(?:continue|next|finish)$/.test(command);
      answers.push(await (runs ? debugging.go(command) : debugging.ask(command)));
    }
    for (const [index, { command, lines }] of [connect!, ...steps].entries()) {
      const printed = new Set(answers[index]!.split("\n").map(shape));
      for (const line of lines) t.true(printed.has(shape(line)), `${command}: ${answers[index]}`);
    }
    await debugging.quit();
    t.is(await waiting.ended, 0);
    t.regex(waiting.text, /^triangle: 56$/m);
  });
}
