import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { join } from "node:path";

import test from "ava";

import { MAIN, zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { guest, nativeTest } from "./support/native.js";
import { ENVIRONMENT } from "./support/node.js";
import { matchesSchema } from "./support/schema.js";

const PROBE = guest("probe");

for (const [title, args, expected, stderr] of [
  ["what it returns", [PROBE, "--exit=7"], 7, /^$/],
  ["255 for what it returns", [PROBE, "--exit=255"], 255, /^$/],
  ["255 for what is no exit code", [PROBE, "--exit=256"], 255, /with return code 256$/m],
  ["255 for what is none below 0", [PROBE, "--exit=-1"], 255, /with return code -1$/m],
  ["124 after a time-out", ["--timeout", "100", PROBE, "--sleep-forever"], 124, /: timed out$/m],
  ["134 after a trap", [guest("fault"), "ud2"], 134, /: crashed: /],
  ["139 after another exception", [guest("fault"), "null-read"], 139, /: crashed: /],
  ["137 for what was killed", ["--cpu-time", "20", PROBE, "--spin"], 137, /processor time$/m],
] as const) {
  nativeTest(`run exits with ${title}`, async (t) => {
    const told = await zirconia(["run", ...args]);
    t.is(told.code, expected);
    t.regex(told.stderr, stderr);
    const quiet = await zirconia(["run", "--quiet", ...args]);
    t.is(quiet.code, expected);
    t.notRegex(quiet.stderr, /^zirconia: /m);
  });
}

for (const [signal, expected] of [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  nativeTest(`run exits with ${expected} on ${signal}`, async (t) => {
    const tsx = `--import=${import.meta.resolve("tsx")}`;
    const args = [tsx, MAIN, "run", PROBE, "--stdout=here", "--sleep-forever"];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "ignore"],
      env: ENVIRONMENT,
    });
    child.stdout.once("data", () => child.kill(signal));
    t.deepEqual(await once(child, "close"), [expected, null]);
  });
}

for (const [title, file, expected, code] of [
  ["127 for what is not there", "missing", 127, "ENOENT"],
  ["126 for a directory", "directory", 126, "EISDIR"],
  ["126 for what is no program", "text", 126, "ZX_ERR_NOT_FOUND"],
] as const) {
  test(`run exits with ${title}, and its document says why`, async (t) => {
    const cwd = directoryWith(t, { text: "#!/bin/sh\n", "directory/file": "" });
    const result = await zirconia(["run", "--json", file], { cwd });
    t.is(result.code, expected);
    t.true(result.stderr.startsWith("zirconia: "));
    const { error } = failure(t, result.stdout);
    t.is(error.code, code);
  });
}

const unreadable = process.getuid?.() === 0 ? test.skip : test;

unreadable("run exits with 126 for what may not be read", async (t) => {
  const cwd = directoryWith(t, { secret: "" });
  chmodSync(join(cwd, "secret"), 0);
  t.is((await zirconia(["run", "secret"], { cwd })).code, 126);
});

const MISUSES = [
  [["run", "--json", "--no-such-option", "x"], 125],
  [["run", "--json"], 125],
  [["check", "--json", "--no-such-option"], 2],
  [["check", "--json"], 2],
  [["plan", "--json"], 2],
  [["inspect", "--json", "--target", "vax", "x"], 2],
  [["message", "decode", "--json", "--no-such-option"], 2],
  [["doctor", "--json", "more", "--no-such-option"], 2],
] as const;

for (const [args, expected] of MISUSES) {
  test(`${args.join(" ")} is misuse, which its document says too`, async (t) => {
    const { code, stdout, stderr } = await zirconia(args);
    t.is(code, expected);
    const { error } = failure(t, stdout);
    t.is(error.code, "ERR_ZIRCONIA_USAGE");
    t.true(stderr.startsWith(`error: ${error.message}`), stderr);
  });
}

for (const command of [["plan"], ["inspect"], ["message", "decode"]]) {
  test(`${command.join(" ")} of a file that is not there says so in its document`, async (t) => {
    const cwd = directoryWith(t, {});
    const { code, stdout } = await zirconia([...command, "--json", "missing"], { cwd });
    t.is(code, 1);
    const { error } = failure(t, stdout);
    t.like(error, { code: "ENOENT", path: "missing" });
  });
}

function failure(t: Parameters<typeof matchesSchema>[0], text: string) {
  return matchesSchema<{ error: { code: string; message: string } }>(
    t,
    "failure.schema.json",
    text,
  );
}
