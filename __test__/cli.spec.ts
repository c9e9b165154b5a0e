import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import test from "ava";

import { HandleType, planLaunch } from "../index.js";
import { MAIN, zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { elfFile, interp, load, PF } from "./support/elf-file.js";
import { guest, nativeTest } from "./support/native.js";
import { ENVIRONMENT } from "./support/node.js";
import { matchesSchema } from "./support/schema.js";

const GOOD = elfFile();
const BAD = elfFile({ segments: [load(0, PF.R | PF.W | PF.X)] });

interface CheckResult {
  schemaVersion?: number;
  file: string;
  ok: boolean;
  verdict?: string;
  target?: string;
  findings?: { code: string; offset: string; failure?: { cause?: string; code: string } }[];
  error?: { code: string };
}

interface CheckDocument {
  results: CheckResult[];
  summary: {
    ok: number;
    foreign: number;
    refused: number;
    unreadable: number;
    skipped: number;
  };
}

const SCHEMAS = new URL("../schemas/", import.meta.url);
/** Titles of the schemas: the commands whose documents they are for. */
const TITLES = new Set(
  readdirSync(SCHEMAS).map((file) => {
    const schema = JSON.parse(readFileSync(new URL(file, SCHEMAS), "utf8")) as { title: string };
    return schema.title;
  }),
);

const COMMANDS = [
  [],
  ["run"],
  ["check"],
  ["plan"],
  ["inspect"],
  ["message", "decode"],
  ["doctor"],
  ["sysroot"],
];

for (const command of COMMANDS) {
  const name = ["zirconia", ...command].join(" ");

  test(`${name} --help begins with examples of itself`, async (t) => {
    const { code, stdout, stderr } = await zirconia([...command, "--help"]);
    t.is(code, 0);
    t.is(stderr, "");
    const [first, second] = stdout.split("\n");
    t.is(first, "Examples:");
    t.regex(second!, new RegExp(`${name}|zirconia run`));
    t.true(stdout.includes(`Usage: ${name} `));
    t.is(stdout.includes("  --json "), TITLES.has(`${name} --json`));
  });

  test(`${name} refuses options that it does not know`, async (t) => {
    const { code, stdout, stderr } = await zirconia([...command, "--no-such-option"]);
    t.is(code, command[0]?.startsWith("run") ? 125 : 2);
    t.is(stdout, "");
    t.regex(stderr, /unknown option '--no-such-option'/);
  });
}

test("what is no command is misuse", async (t) => {
  t.is((await zirconia(["no-such-command"])).code, 2);
  t.is((await zirconia([])).code, 2);
  t.is((await zirconia(["message"])).code, 2);
});

test("--version prints the version alone", async (t) => {
  const { code, stdout } = await zirconia(["--version"]);
  t.is(code, 0);
  t.regex(stdout, /^\d+\.\d+\.\d+\n$/);
  t.deepEqual(await zirconia(["-V"]), { code, stdout, stderr: "" });
});

test("the version and the help need no binary, and what does says so in one sentence", async (t) => {
  const env = { NAPI_RS_NATIVE_LIBRARY_PATH: "/no/such/binary" };
  for (const args of [["--version"], ["--help"], ["run", "--help"], ["help", "plan"]]) {
    t.is((await zirconia(args, { env })).code, 0, args.join(" "));
  }
  for (const args of [["run", "x"], ["check", "x"], ["doctor"]]) {
    const { code, stderr } = await zirconia(args, { env });
    t.is(code, args[0] === "run" ? 125 : 1, args.join(" "));
    t.true(stderr.startsWith("zirconia: Cannot load Zirconia's native binary"), stderr);
  }
});

test("check exits with 0 if all is well, and says how many it saw on standard error", async (t) => {
  const cwd = directoryWith(t, { good: GOOD });
  const { code, stdout, stderr } = await zirconia(["check", "good"], { cwd });
  t.is(code, 0);
  t.is(stdout.split("\n")[0], "ok   good: x86-64");
  t.is(stderr, "1 checked: 1 would load, 0 would not\n");
});

test("check exits with 1 for a file that would not load, and gives every reason", async (t) => {
  const cwd = directoryWith(t, { good: GOOD, bad: BAD });
  const { code, stdout } = await zirconia(["check", "--quiet", "bad", "good"], { cwd });
  t.is(code, 1);
  const lines = stdout.split("\n");
  t.is(lines[0], "FAIL bad: x86-64");
  t.is(lines[1], "     error writable-code: Failed to load ELF: Failed to map VMAR: ACCESS_DENIED");
  t.regex(lines[2]!, /^ {7}p_flags at 0x44: expected .*, found /);
  t.false(stdout.includes("good"));
});

test("check exits with 1 for a file of another system, and its last line tells", async (t) => {
  const cwd = directoryWith(t, { good: GOOD, bad: BAD, foreign: elfFile({ osabi: 3 }) });
  const text = await zirconia(["check", "-q", "good", "foreign", "bad"], { cwd });
  t.is(text.code, 1);
  t.is(text.stdout.split("\n")[0], "warn foreign: x86-64, made for another system");
  t.is(
    text.stderr,
    "3 checked: 1 are Fuchsia's and would load, " +
      "1 would load, but are made for another system, 1 would not\n  1 writable-code\n",
  );
  const json = await zirconia(["check", "--json", "good", "foreign", "bad"], { cwd });
  const { results, summary } = matchesSchema<CheckDocument>(t, "check.schema.json", json.stdout);
  t.deepEqual(
    results.map(({ ok, verdict }) => [ok, verdict]),
    [
      [true, "fuchsia"],
      [false, "foreign"],
      [false, "broken"],
    ],
  );
  const reasons = { "writable-code": 1 };
  t.deepEqual(summary, { ok: 1, foreign: 1, refused: 1, unreadable: 0, skipped: 0, reasons });
  t.is((await zirconia(["check", "foreign"], { cwd })).code, 1);
});

test("check goes on after files that cannot be read", async (t) => {
  const cwd = directoryWith(t, { good: GOOD });
  const args = ["check", "--format", "ndjson", "missing", "good", "no-match-*"];
  const { code, stdout, stderr } = await zirconia(args, { cwd });
  t.is(code, 1);
  const records = stdout.trimEnd().split("\n");
  const parsed = records.map((line) =>
    matchesSchema<CheckResult>(t, "check-record.schema.json", line),
  );
  t.deepEqual(
    parsed.map(({ schemaVersion, file, ok, error }) => [schemaVersion, file, ok, error?.code]),
    [
      [1, "missing", false, "ENOENT"],
      [1, "good", true, undefined],
      [1, "no-match-*", false, "ENOENT"],
    ],
  );
  t.is(stderr, "3 checked: 1 would load, 0 would not, 2 could not be read\n  2 ENOENT\n");
});

test("check takes directories, patterns and lists, and keeps their order", async (t) => {
  const cwd = directoryWith(t, {
    "tree/b": GOOD,
    "tree/a/z": BAD,
    "tree/notes.txt": "text",
    "lib/two.so": GOOD,
    "lib/one.so": GOOD,
    "lib/three.so": "text",
    listed: GOOD,
    "list.txt": "listed\r\n\nlist.txt\n",
  });
  // Neither in circles nor twice.
  symlinkSync(join(cwd, "tree"), join(cwd, "tree", "loop"));
  symlinkSync(join(cwd, "listed"), join(cwd, "tree", "link"));
  const args = ["check", "--json", "--jobs", "2", "lib/*.so", "tree", "--files-from", "list.txt"];
  const { code, stdout, stderr } = await zirconia(args, { cwd });
  t.is(code, 1);
  t.is(stderr, "");
  const { results, summary } = matchesSchema<CheckDocument>(t, "check.schema.json", stdout);
  t.deepEqual(
    results.map(({ file, ok }) => [file.replaceAll("\\", "/"), ok]),
    [
      ["lib/one.so", true],
      ["lib/two.so", true],
      ["tree/b", true],
      ["tree/a/z", false],
      ["listed", true],
      ["list.txt", false],
    ],
  );
  const reasons = { magic: 1, "writable-code": 1 };
  t.deepEqual(summary, { ok: 4, foreign: 0, refused: 2, unreadable: 0, skipped: 2, reasons });
  const denied = results[3]!.findings![0]!.failure!;
  t.is(denied.cause, "VmarMap");
  t.is(denied.code, "ZX_ERR_ACCESS_DENIED");
});

test("check reads its list from standard input", async (t) => {
  const cwd = directoryWith(t, { good: GOOD, other: GOOD });
  const args = ["check", "--files-from", "-", "--format", "ndjson", "--target", "aarch64"];
  const { code, stdout } = await zirconia(args, { cwd, input: "other\ngood\n" });
  t.is(code, 1);
  const records = stdout.trimEnd().split("\n");
  t.deepEqual(
    records.map((line) => (JSON.parse(line) as CheckResult).file),
    ["other", "good"],
  );
  t.true(records.every((line) => (JSON.parse(line) as CheckResult).target === "aarch64"));
});

test("check without anything to check is misuse, an empty list is not", async (t) => {
  t.is((await zirconia(["check"])).code, 2);
  t.is((await zirconia(["check", "--jobs", "0", "x"])).code, 2);
  t.is((await zirconia(["check", "--format", "xml", "x"])).code, 2);
  t.is((await zirconia(["check", "--target", "mips", "x"])).code, 2);
  t.is((await zirconia(["check", "--files-from", "-"])).code, 0);
});

test("check has no colours where nobody sees them", async (t) => {
  const cwd = directoryWith(t, { bad: BAD });
  for (const env of [{}, { NO_COLOR: "1" }]) {
    const { stdout } = await zirconia(["check", "bad"], { cwd, env });
    t.false(stdout.includes("\x1b"));
  }
});

test("text of a file does not reach the terminal as commands", async (t) => {
  const file = elfFile({ segments: [interp("\x1b[2J\u202e\0"), load(0, PF.R | PF.X)] });
  const cwd = directoryWith(t, { app: file });
  for (const command of ["check", "plan", "inspect"]) {
    const { stdout } = await zirconia([command, "app"], { cwd });
    t.true(stdout.includes("\\u{1b}[2J\\u{202e}"), command);
    t.false(stdout.includes("\x1b") || stdout.includes("\u202e"), command);
  }
});

test("a reader that stops is no error", async (t) => {
  const args = [`--import=${import.meta.resolve("tsx")}`, MAIN, "check", "--files-from", "-"];
  const child = spawn(process.execPath, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: ENVIRONMENT,
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => {});
  child.stdin.end("no/such/file\n".repeat(10_000));
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [code] = (await once(child, "close")) as [number | null];
  t.is(code, 0);
  t.is(stderr, "");
});

const testFull = existsSync("/dev/full") ? test : test.skip;

testFull("output that cannot be written is an error, in one line", async (t) => {
  const full = openSync("/dev/full", "w");
  t.teardown(() => closeSync(full));
  const args = [`--import=${import.meta.resolve("tsx")}`, MAIN, "doctor"];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", full, "pipe"],
    env: ENVIRONMENT,
  });
  let stderr = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  t.is(code, 1);
  t.regex(stderr, /^zirconia: ENOSPC: .*\n$/);
});

interface PlanDocument {
  ok: boolean;
  target: string;
  error?: { kind: string; code: string; cause?: { kind: string } };
  linker?: { name: string; path?: string };
  maps: { type: string; name?: string; base: string }[];
  messages: {
    bytes: string;
    args: string[];
    environmentVars: string[];
    namespacePaths: string[];
    handles: { info: { type: string } }[];
  }[];
  registers: { name: string; value: string | null }[];
}

test("plan shows a whole launch", async (t) => {
  const cwd = directoryWith(t, {
    app: elfFile({ segments: [interp("ld.so.1\0"), load(0, PF.R | PF.X)] }),
    "lib/ld.so.1": GOOD,
  });
  const args = ["plan", "app", "--lib", "lib", "--env", "A=b", "--ns", "/pkg=lib", "--bare"];
  const json = await zirconia([...args, "--json", "--", "one", "--two"], { cwd });
  t.is(json.code, 0);
  const plan = matchesSchema<PlanDocument>(t, "plan.schema.json", json.stdout);
  t.is(plan.linker!.path!.replaceAll("\\", "/"), "lib/ld.so.1");
  t.deepEqual(plan.messages[1]!.args, ["app", "one", "--two"]);
  t.deepEqual(plan.messages[1]!.environmentVars, ["A=b"]);
  t.deepEqual(plan.messages[1]!.namespacePaths, ["/pkg"]);
  t.deepEqual(
    plan.registers.map(({ name, value }) => [name, value === null]),
    [
      ["rip", false],
      ["rsp", false],
      ["rdi", true],
      ["rsi", false],
    ],
  );

  const { code, stdout, stderr } = await zirconia(args, { cwd });
  t.is(code, 0);
  t.is(stderr, "");
  t.regex(stdout, /^app for x86-64\ndynamic linker ld\.so\.1: lib.ld\.so\.1\n/);
  for (const title of ["address space:", "linker's message, ", "main message, ", "stack:"]) {
    t.true(stdout.includes(`\n${title}`), title);
  }
  t.regex(stdout, /\n {2}handle\[1\] {2}ExecutableVmo\(0\) +Vmo /);
  t.regex(stdout, /\n {2}0000 {2}5d 58 50 41 /);
  t.true(stdout.endsWith("\nok: the process can be started\n"));
});

test("plan of a program whose linker is missing exits with 1 and shows what it reached", async (t) => {
  const file = elfFile({ segments: [interp("ld.so.2\0"), load(0, PF.R | PF.X)] });
  const cwd = directoryWith(t, { app: file });
  const { code, stdout } = await zirconia(["plan", "app", "--json"], { cwd });
  t.is(code, 1);
  const plan = matchesSchema<PlanDocument>(t, "plan.schema.json", stdout);
  t.false(plan.ok);
  t.is(plan.error!.code, "ZX_ERR_NOT_FOUND");
  t.deepEqual(plan.linker, { name: "ld.so.2" });
  t.is(plan.maps.length, 1);
  const text = await zirconia(["plan", "app"], { cwd });
  t.is(text.code, 1);
  t.true(text.stdout.includes("dynamic linker ld.so.2: not found\n"));
  t.regex(text.stdout, /\nFAIL: Failed to load dynamic linker .* \(ZX_ERR_NOT_FOUND\)\n$/);
});

test("plan names the error within", async (t) => {
  const cwd = directoryWith(t, { bad: BAD });
  const { code, stdout } = await zirconia(["plan", "bad", "--json"], { cwd });
  t.is(code, 1);
  const { error } = matchesSchema<PlanDocument>(t, "plan.schema.json", stdout);
  t.is(error!.kind, "ElfLoad");
  t.is(error!.cause!.kind, "VmarMap");
});

test("plan of a file that is not there fails on standard error", async (t) => {
  const { code, stdout, stderr } = await zirconia(["plan", "/no/such/file"]);
  t.is(code, 1);
  t.is(stdout, "");
  t.regex(stderr, /^zirconia: ENOENT/);
  t.is((await zirconia(["plan"])).code, 2);
  t.is((await zirconia(["plan", "x", "--min-stack-size", "0x10000000000000000"])).code, 2);
});

interface MessageDocument {
  ok: boolean;
  handles: { type: string; raw: number }[];
  args: string[];
  error: { kind: string; field: string; offset: number };
}

test("message decode takes a message apart, from a file and from standard input", async (t) => {
  const { messages } = await planLaunch(GOOD, { name: "app", args: ["one"], bare: true });
  const { bytes } = messages[0]!;
  const cwd = directoryWith(t, { message: bytes });
  const hex = Buffer.from(bytes)
    .toString("hex")
    .replace(/(.{32})/g, "$1\n");
  const json = await zirconia(["message", "decode", "--json", "message"], { cwd });
  t.is(json.code, 0);
  const document = matchesSchema<MessageDocument>(t, "message.schema.json", json.stdout);
  t.deepEqual(document.args, ["app", "one"]);
  t.is(document.handles[0]!.raw, HandleType.ProcessSelf);
  t.is(document.handles.length, 6);

  const raw = await zirconia(["message", "decode"], { input: bytes });
  t.is(raw.code, 0);
  t.regex(raw.stdout, /\nhandle\[3\] = LoadedVmar\(0\)\n/);
  t.regex(raw.stdout, /\nargs\[1\] = "one"\n/);
  const fromHex = await zirconia(["message", "decode", "--hex", "-"], { input: hex });
  t.is(fromHex.stdout, raw.stdout);
});

test("message decode exits with 1 for bytes that are no message", async (t) => {
  const { code, stdout } = await zirconia(["message", "decode", "--json"], { input: "short" });
  t.is(code, 1);
  const { error } = matchesSchema<MessageDocument>(t, "message.schema.json", stdout);
  t.is(error.kind, "TooShort");

  const { messages } = await planLaunch(GOOD);
  const { bytes } = messages[0]!;
  const count = await zirconia(["message", "decode", "--handles", "5"], { input: bytes });
  t.is(count.code, 1);
  t.regex(count.stderr, /^zirconia: .*handle/);
  const odd = await zirconia(["message", "decode", "--hex"], { input: "abc" });
  t.is(odd.code, 1);
  t.is((await zirconia(["message", "decode", "--handles", "65"])).code, 2);
});

interface InspectDocument {
  programHeaders?: unknown[];
  error?: { kind: string };
}

test("inspect shows headers, and says why there are none", async (t) => {
  const cwd = directoryWith(t, { good: elfFile({ target: "riscv64" }), text: "#!/bin/sh\n" });
  const text = await zirconia(["inspect", "good"], { cwd });
  t.is(text.code, 0);
  t.regex(text.stdout, /^good: ET_DYN for riscv64, static, entry 0x800\n/);
  const json = await zirconia(["inspect", "--json", "good"], { cwd });
  const document = matchesSchema<InspectDocument>(t, "inspect.schema.json", json.stdout);
  t.is(document.programHeaders!.length, 1);

  const bad = await zirconia(["inspect", "text"], { cwd });
  t.is(bad.code, 1);
  t.is(bad.stdout, "");
  t.regex(bad.stderr, /Invalid ELF magic/);
  const error = await zirconia(["inspect", "--json", "text"], { cwd });
  t.is(error.code, 1);
  const refused = matchesSchema<InspectDocument>(t, "inspect.schema.json", error.stdout);
  t.is(refused.error!.kind, "InvalidFileHeader");
  t.is((await zirconia(["inspect", "missing"], { cwd })).code, 1);
  t.is((await zirconia(["inspect"])).code, 2);
});

test("doctor says the same in words and as JSON", async (t) => {
  const text = await zirconia(["doctor"]);
  const json = await zirconia(["doctor", "--json"]);
  const { native } = matchesSchema<{ native: boolean }>(t, "doctor.schema.json", json.stdout);
  t.is(json.code, native ? 0 : 1);
  t.is(text.code, json.code);
  t.is(text.stdout.includes("Programs run natively here."), native);
  for (const program of ["static program: Hello from hello", "dynamic program: Hello from hello"]) {
    t.is(text.stdout.includes(`ok   ${program}`), native, program);
  }
});

test("run of a file that cannot be built exits with 126, and of what is misuse with 125", async (t) => {
  const cwd = directoryWith(t, { text: "#!/bin/sh\n" });
  const { code, stdout, stderr } = await zirconia(["run", "text"], { cwd });
  t.is(code, 126);
  t.is(stdout, "");
  t.regex(stderr, /^zirconia: text: Failed to parse ELF.*\n`zirconia check text` says more\n$/);
  t.is((await zirconia(["run"])).code, 125);
  t.is((await zirconia(["run", "--timeout", "soon", "text"], { cwd })).code, 125);
});

nativeTest("run of a dynamic program finds its libraries", async (t) => {
  const { code, stdout } = await zirconia(["run", "--lib", guest("lib"), guest("hello_dynamic")]);
  t.is(code, 0);
  t.regex(stdout, /^Hello from hello_dynamic$/m);
});

nativeTest("run ends with its program, though its input goes on", async (t) => {
  const { code, stdout } = await zirconia(["run", guest("probe"), "--stdout=done"], {
    input: "more",
    endless: true,
  });
  t.is(stdout, "done\n");
  t.is(code, 0);
});

nativeTest("run passes arguments on and exits with the program's return code", async (t) => {
  const { code, stdout } = await zirconia(["run", guest("hello"), "--json"]);
  t.is(code, 0);
  t.true(stdout.length > 0);
  const json = await zirconia(["run", "--json", guest("hello"), "one"]);
  const document = matchesSchema<{ returnCode: number }>(t, "run.schema.json", json.stdout);
  t.is(document.returnCode, 0);
});
