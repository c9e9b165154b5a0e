import test from "ava";

import { zirconia } from "./support/cli.js";

/** The options that a command's help lists, each with its text. */
async function optionsOf(command: string): Promise<Map<string, string>> {
  const { stdout } = await zirconia([command, "--help"]);
  const [, options = ""] = stdout.split("\nOptions:\n");
  // A long text goes on below its beginning.
  const lines = options
    .split("\n\n")[0]!
    .replace(/\n {4,}/g, " ")
    .split("\n");
  return new Map(
    lines.map((line) => {
      const [, name = line, text = ""] = /^ +(?:-\w, )?(--\S+(?: <\S+>)?) +(.*)$/.exec(line) ?? [];
      return [name, text];
    }),
  );
}

test("run and plan have the same options for a launch", async (t) => {
  const [run, plan] = await Promise.all([optionsOf("run"), optionsOf("plan")]);
  const runs = [
    "--svc <name=program>",
    "--privileged",
    "--timeout <time>",
    "--trace",
    "--trace-overflow <action>",
    "--trace-capacity <size>",
    "--report <file>",
    "--gdb",
    "--gdb-gone <action>",
    "--gdb-follow",
    "--symbolize",
    "--no-symbolize",
    "--log",
    "--memory <size>",
    "--cpu-time <time>",
    "--handles <count>",
    "--objects <count>",
    "--processes <count>",
    "--threads <count>",
    "--channel-bytes <size>",
    "--socket-bytes <size>",
    "--log-bytes <size>",
    "--require-sandbox",
    "--json",
    "--quiet",
  ];
  for (const own of runs) t.true(run.delete(own), own);
  for (const own of ["--target <machine>", "--json", "--output <file>", "--report <file>"]) {
    t.true(plan.delete(own), own);
  }
  t.true(run.size > 6);
  t.deepEqual(plan, run);
});

test("all commands that look at programs have the same --target", async (t) => {
  const name = "--target <machine>";
  const [plan, check, inspect] = await Promise.all(["plan", "check", "inspect"].map(optionsOf));
  t.truthy(plan!.get(name));
  t.is(check!.get(name), plan!.get(name));
  t.is(inspect!.get(name), plan!.get(name));
});

test("a size or a time that is none is misuse, and the message says what it is", async (t) => {
  const stack = await zirconia(["plan", "--min-stack-size", "1.5", "x"]);
  t.is(stack.code, 2);
  t.regex(stack.stderr, /'1\.5' is invalid\. It is no whole number of bytes\.$/m);
  const timeout = await zirconia(["run", "--timeout", "soon", "x"]);
  t.is(timeout.code, 125);
  t.regex(timeout.stderr, /'soon' is invalid\. It is a number of milliseconds, or /);
});

test("what says how to debug is misuse where nothing is debugged", async (t) => {
  for (const option of ["--gdb-follow", "--gdb-gone=end"]) {
    const { code, stderr } = await zirconia(["run", option, "x"]);
    t.is(code, 125);
    t.regex(stderr, /^error: option '--gdb-\w+.*' needs --gdb$/m);
  }
});
