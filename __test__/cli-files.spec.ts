// Files on the command line: what may be named, found, listed and piped.
import { execFileSync } from "node:child_process";
import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import test from "ava";

import { planLaunch } from "../index.js";
import { shell, zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { elfFile, interp, load, PF } from "./support/elf-file.js";
import { guest, guestBytes, nativeTest } from "./support/native.js";
import { posixTest } from "./support/platform.js";
import { matchesSchema } from "./support/schema.js";

const CODE = load(0, PF.R | PF.X);
const STACK = { ...load(0, PF.R | PF.W), type: 0x6474_e551, filesz: 0, memsz: 0 };
/** A file of which there is nothing to be said. */
const GOOD = elfFile({ segments: [CODE, STACK] });

/** A name that is no UTF-8 and moves the cursor, and how it is written. */
const ODD = Buffer.from([0x6c, 0xe9, 0x1b, 0x5b, 0x41]);
const ODD_SHELL = `"$(printf 'l\\351\\033[A')"`;
const ODD_TEXT = "l\\xe9\\u{1b}[A";
const ODD_JSON = { file: "l\\xe9\u001b[A", fileBytes: ODD.toString("hex") };

function addOdd(directory: string, bytes: Uint8Array): void {
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), ODD]), bytes);
}

test("every command that looks at a file takes it from standard input", async (t) => {
  const check = await zirconia(["check", "-"], { input: GOOD });
  t.is(check.code, 0);
  t.is(check.stdout, "ok   -: x86-64\n");
  const inspect = await zirconia(["inspect", "-"], { input: GOOD });
  t.regex(inspect.stdout, /^-: ET_DYN for x86-64, static/);
  const plan = await zirconia(["plan", "-", "--json"], { input: GOOD });
  const { file, name } = matchesSchema<{ file: string; name: string }>(
    t,
    "plan.schema.json",
    plan.stdout,
  );
  t.deepEqual([file, name], ["-", "program"]);
});

nativeTest("a program from standard input runs, with nothing left to read", async (t) => {
  const { code, stdout } = await zirconia(["run", "-", "one"], { input: guestBytes("hello") });
  t.is(code, 0);
  t.regex(stdout, /^Hello from program$/m);
  t.regex(stdout, /^arg 1: one$/m);
});

nativeTest("a program reads a file as its input, and its output is the file's", async (t) => {
  // More than is passed on at once.
  const text = "0123456789".repeat(20_000);
  const cwd = directoryWith(t, { text });
  const env = { PROBE: guest("probe") };
  const copied = await shell('zirconia run "$PROBE" --echo < text > copy && cmp text copy', {
    cwd,
    env,
  });
  t.is(copied.stderr, "");
  t.is(copied.code, 0);
  const nothing = await shell('zirconia run "$PROBE" --echo < /dev/null', { env });
  t.is(nothing.stdout, "");
  t.is(nothing.code, 0);
});

/** As it is installed: what runs sources has opened Node's streams before. */
const BUILT = fileURLToPath(new URL("../dist/lib/cli/start.js", import.meta.url));
const builtTest = existsSync(BUILT) ? nativeTest : test.skip;

builtTest("a reader that does not read holds up no time-out", async (t) => {
  const cwd = directoryWith(t, { text: "0123456789".repeat(200_000) });
  // What it reads it reads once the program has been killed.
  const script = `
    mkfifo errors
    "$NODE" "$BUILT" run --timeout=1s "$PROBE" --echo < text 2> errors |
      { read -r line < errors; echo "$line"; cat > copy; }`;
  const { stdout } = await shell(script, { cwd, env: { PROBE: guest("probe"), BUILT } });
  t.regex(stdout, /timed out$/m);
});

test("standard input can be read only once", async (t) => {
  for (const args of [
    ["-", "-"],
    ["-", "--files-from", "-"],
  ]) {
    const { code, stderr } = await zirconia(["check", ...args], { input: GOOD });
    t.is(code, 2);
    t.regex(stderr, /standard input can be read only once/);
  }
});

posixTest("a pipe that is named, and a file that is standard input, are read", async (t) => {
  const cwd = directoryWith(t, { good: GOOD, list: "good\n" });
  const piped = await shell("cat good | zirconia check /dev/fd/0", { cwd });
  t.is(piped.stdout, "ok   /dev/fd/0: x86-64\n");
  const redirected = await shell("zirconia check - < good", { cwd });
  t.is(redirected.stdout, "ok   -: x86-64\n");
  const listed = await shell("cat list | zirconia check --files-from /dev/fd/0", { cwd });
  t.is(listed.stdout, "ok   good: x86-64\n");
  truncateSync(join(cwd, "good"), 5 * 2 ** 30);
  const large = await shell("zirconia check - < good && zirconia inspect - < good", { cwd });
  t.regex(large.stdout, /^ok {3}-: x86-64\n-: ET_DYN for x86-64/);
});

posixTest("devices without end are refused, named or as standard input", async (t) => {
  const commands = ["inspect", "plan", "run", "message decode"];
  const scripts = commands.flatMap((command) => [
    `zirconia ${command} /dev/zero`,
    `zirconia ${command} - < /dev/zero`,
  ]);
  const { stdout, stderr } = await shell(scripts.join("\n"));
  t.is(stdout, "");
  const device = "zirconia: EINVAL: a character device, which may have no end, ";
  const pair = [`${device}'/dev/zero'`, `${device}'standard input'`];
  t.deepEqual(
    stderr.trimEnd().split("\n"),
    commands.flatMap(() => pair),
  );
  const checked = await shell("zirconia check /dev/zero; zirconia check - < /dev/zero");
  t.is(checked.stdout.match(/^FAIL .*: EINVAL: a character device/gm)?.length, 2);
  t.is((await shell("zirconia check --files-from - < /dev/null")).code, 0);
});

posixTest("what is no file in a directory, or matches a pattern, is passed over", async (t) => {
  const cwd = directoryWith(t, { "d/good": GOOD });
  execFileSync("mkfifo", [join(cwd, "d/fifo")]);
  execFileSync("ln", ["-s", "fifo", join(cwd, "d/link")]);
  execFileSync("ln", ["-s", "/dev/zero", join(cwd, "d/zero")]);
  for (const input of ["d", "d/*"]) {
    const { code, stdout } = await zirconia(["check", input], { cwd });
    t.is(code, 0);
    t.is(stdout, "ok   d/good: x86-64\n");
  }
});

posixTest("names that are not UTF-8 work in directories, patterns and lists", async (t) => {
  const cwd = directoryWith(t, { "z\nz": GOOD });
  addOdd(cwd, GOOD);
  const odd = `ok   ${ODD_TEXT}: x86-64\n`;
  for (const args of [["."], ["l*"]]) {
    const { code, stdout } = await zirconia(["check", ...args], { cwd });
    t.is(code, 0);
    t.true(stdout.startsWith(odd), stdout);
  }
  const lines = await shell("ls l* | zirconia check --files-from -", { cwd });
  t.is(lines.stdout, odd);
  for (const option of ["-0", "--null"]) {
    const script = `find . -type f -print0 | sort -z | zirconia check ${option} --files-from -`;
    const { stdout } = await shell(script, { cwd });
    t.is(stdout, `ok   ./${ODD_TEXT}: x86-64\nok   ./z\\u{a}z: x86-64\n`);
  }
  const json = await zirconia(["check", "--json", "l*"], { cwd });
  const { results } = matchesSchema<{ results: object[] }>(t, "check.schema.json", json.stdout);
  t.like(results[0], ODD_JSON);
});

const linuxTest = process.platform === "linux" ? test : test.skip;

linuxTest("names that are not UTF-8 work as arguments of every command", async (t) => {
  const cwd = directoryWith(t, {});
  const { messages } = await planLaunch(GOOD);
  addOdd(cwd, GOOD);
  const text = await shell(
    `zirconia check ${ODD_SHELL}; zirconia inspect ${ODD_SHELL}; zirconia plan ${ODD_SHELL}`,
    { cwd },
  );
  t.is(text.code, 0);
  t.is(text.stderr, "1 checked: 1 would load, 0 would not\n");
  const heads = text.stdout.split("\n").filter((line) => line.includes(ODD_TEXT));
  t.is(heads[0], `ok   ${ODD_TEXT}: x86-64`);
  t.true(heads[1]!.startsWith(`${ODD_TEXT}: ET_DYN`));
  t.is(heads[2], `${ODD_TEXT} for x86-64`);
  t.false(text.stdout.includes("\x1b"));

  for (const command of ["inspect", "plan"]) {
    const { stdout } = await shell(`zirconia ${command} --json ${ODD_SHELL}`, { cwd });
    t.like(matchesSchema<object>(t, `${command}.schema.json`, stdout), ODD_JSON);
  }
  addOdd(cwd, messages[0]!.bytes);
  const decoded = await shell(`zirconia message decode ${ODD_SHELL}`, { cwd });
  t.is(decoded.code, 0);
});

linuxTest("a file that is missing is named with the bytes that were given", async (t) => {
  const commands = ["inspect", "plan", "run", "message decode"];
  const scripts = commands.map((command) => `zirconia ${command} ${ODD_SHELL}`);
  const { stderr } = await shell(scripts.join("\n"), { cwd: directoryWith(t, {}) });
  const lines = stderr.trimEnd().split("\n");
  t.is(lines.length, commands.length);
  for (const line of lines) t.regex(line, /^zirconia: ENOENT: .*'l\\xe9\\u\{1b\}\[A'$/);
});

posixTest("a message of any size is read no further than a message goes", async (t) => {
  const { messages } = await planLaunch(GOOD, { args: ["a".repeat(65_000)] });
  const cwd = directoryWith(t, { message: messages[0]!.bytes, large: "" });
  t.is((await zirconia(["message", "decode", "message"], { cwd })).code, 0);
  truncateSync(join(cwd, "large"), 5 * 2 ** 30);
  for (const args of [[], ["--hex"]]) {
    const { code, stdout } = await zirconia(["message", "decode", "--json", ...args, "large"], {
      cwd,
    });
    t.is(code, 1);
    const { error } = matchesSchema<{ error: { kind: string } }>(t, "message.schema.json", stdout);
    t.is(error.kind, "TooLarge");
  }
});

test("inspect names the dynamic linker as a check does, and says why it cannot be had", async (t) => {
  const files = {
    empty: interp("\0"),
    inner: interp("ld\0.so.1\0"),
    open: interp("ld.so.1"),
    good: interp("ld.so.1\0"),
  };
  const cwd = directoryWith(
    t,
    Object.fromEntries(
      Object.entries(files).map(([name, segment]) => [
        name,
        elfFile({ segments: [segment, CODE] }),
      ]),
    ),
  );
  const refused = "Failed to load dynamic linker from fuchsia.ldsvc.Loader: INVALID_ARGS";
  const expected = {
    empty: `dynamic, wants "" (${refused})`,
    inner: `dynamic, wants ld\\u{0}.so.1 (${refused})`,
    open: "dynamic (Invalid PT_INTERP header: Missing null terminator)",
    good: "dynamic, wants ld.so.1",
  };
  for (const [name, linkage] of Object.entries(expected)) {
    const text = await zirconia(["inspect", name], { cwd });
    t.is(text.code, 0);
    t.is(text.stdout.split("\n")[0], `${name}: ET_DYN for x86-64, ${linkage}, entry 0x800`);
    const { stdout } = await zirconia(["check", name], { cwd });
    const wants = linkage.replace(/^dynamic/, "").replace(/ \(.*/, "");
    t.true(stdout.split("\n")[0]!.endsWith(`${name}: x86-64${wants}`), stdout);
  }
  const json = await zirconia(["inspect", "--json", "inner"], { cwd });
  const { interpreter, interpreterError } = matchesSchema<{
    interpreter: string;
    interpreterError: { kind: string; code: string };
  }>(t, "inspect.schema.json", json.stdout);
  t.is(interpreter, "ld\0.so.1");
  t.like(interpreterError, { kind: "GenericStatus", code: "ZX_ERR_INVALID_ARGS" });
});

nativeTest("of a variable that is given twice, the last value counts", async (t) => {
  const cwd = directoryWith(t, { hello: guestBytes("hello") });
  const env = ["A=1", "B=2", "A=3", "AA=4", "A=a=b"].flatMap((value) => ["--env", value]);
  const { stdout } = await zirconia(["run", ...env, "hello"], { cwd });
  t.deepEqual(stdout.match(/^env: .*$/gm), ["env: A=a=b", "env: B=2", "env: AA=4"]);
  const planned = await zirconia(["plan", "--json", ...env, "hello"], { cwd });
  const plan = JSON.parse(planned.stdout) as { messages: { environmentVars: string[] }[] };
  t.deepEqual(plan.messages[0]!.environmentVars, ["A=a=b", "B=2", "AA=4"]);
  for (const variable of ["", "=x"]) {
    t.is((await zirconia(["run", "--env", variable, "hello"], { cwd })).code, 125);
  }
});

nativeTest("names and arguments do not reach the terminal as commands", async (t) => {
  const name = "\x1b[2J\u009b2J\u202e";
  const cwd = directoryWith(t, { fault: guestBytes("fault"), hello: guestBytes("hello") });
  const spelled = "\\u{1b}[2J\\u{9b}2J\\u{202e}";
  const crash = await zirconia(["run", "--name", name, "fault", "null-read", name], { cwd });
  t.true(crash.stderr.includes(spelled), crash.stderr);
  const plan = await zirconia(["plan", "--name", name, "hello", "--", name], { cwd });
  t.true(plan.stdout.includes(spelled));
  const trace = await zirconia(["run", "--trace", "--name", name, "fault", "null-read"], { cwd });
  t.true(trace.stderr.includes(spelled), trace.stderr);
  const json = await zirconia(["run", "--json", "--name", name, "fault", "null-read"], { cwd });
  const report = matchesSchema<{ crashReport: { processName: string; summary: string } }>(
    t,
    "run.schema.json",
    json.stdout,
  );
  t.is(report.crashReport.processName, name);
  t.true(report.crashReport.summary.includes(spelled));
  const unknown = await zirconia([name]);
  const missing = await zirconia(["inspect", name]);
  for (const { stdout, stderr } of [crash, plan, trace, json, unknown, missing]) {
    for (const char of ["\x1b", "\u009b", "\u202e"]) t.false((stdout + stderr).includes(char));
  }
});
