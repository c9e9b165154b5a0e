// What commands write depends on nothing but their inputs: not on where, by whom and how they are run.
import { copyFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import type { ExecutionContext } from "ava";

import { directoryWith } from "./support/directory.js";
import { elfFile, load, PF } from "./support/elf-file.js";
import { MAIN } from "./support/cli.js";
import { guest, nativeTest } from "./support/native.js";
import { type NodeResult, runProcess } from "./support/node.js";
import { linuxTest } from "./support/platform.js";

const GOOD = elfFile();
const BAD = elfFile({ segments: [load(0, PF.R | PF.W | PF.X)] });

/** Names that languages sort, and change the case of, each in its own way. */
const FILES: Readonly<Record<string, Uint8Array>> = {
  "in/i": GOOD,
  "in/I": BAD,
  "in/ı": GOOD,
  "in/İ": BAD,
  "in/z": GOOD,
  "in/ä": BAD,
  "in/Ä": GOOD,
  "in/10": BAD,
  "in/9": GOOD,
  "in/deep/er": GOOD,
};

/** How a command is run. */
interface Setting {
  readonly env: Readonly<Record<string, string>>;
  readonly umask: number;
  /** Whether files are created, and requests come, the other way round. */
  readonly isReversed: boolean;
}

const SETTINGS: readonly Setting[] = [
  { env: { TZ: "UTC", LANG: "C", LC_ALL: "C", HOME: "/" }, umask: 0o022, isReversed: false },
  {
    env: { TZ: "Pacific/Kiritimati", LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8", HOME: "/none" },
    umask: 0o077,
    isReversed: true,
  },
  {
    env: { TZ: "America/St_Johns", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", HOME: "." },
    umask: 0,
    isReversed: true,
  },
];

/** A directory of its own with the same files for each setting. */
function placeFor(t: ExecutionContext, { isReversed }: Setting): string {
  const entries = Object.entries(FILES);
  const place = directoryWith(t, Object.fromEntries(inOrder(entries, isReversed)));
  for (const name of ["hello", "fault", "hello_dynamic", "lib/ld.so.1"]) {
    mkdirSync(dirname(join(place, "guests", name)), { recursive: true });
    copyFileSync(guest(name), join(place, "guests", name));
  }
  return place;
}

/** Runs a command in a place, as a setting says. */
function run(
  place: string,
  { env, umask }: Setting,
  args: readonly string[],
  input = "",
): Promise<NodeResult> {
  const node = [process.execPath, `--import=${import.meta.resolve("tsx")}`, MAIN, ...args];
  const script = 'umask "$1" && shift && exec "$@"';
  const options = { cwd: place, input, env: { ...env, NODE_OPTIONS: "" } };
  return runProcess("sh", ["-c", script, "sh", umask.toString(8), ...node], options);
}

/** A file's text, of which a umask takes no more than it takes of every file. */
function written(t: ExecutionContext, place: string, name: string, { umask }: Setting): string {
  const path = join(place, name);
  t.is(statSync(path).mode & 0o777, 0o666 & ~umask, name);
  return readFileSync(path, "utf8");
}

/** Items as they are, or the other way round. */
function inOrder<T>(items: readonly T[], isReversed: boolean): T[] {
  return items.map((item, index) => (isReversed ? items.at(-1 - index)! : item));
}

/** A text without times, and without what is random in a process: where its memory is. */
function bare(text: string): string {
  return text.replace(/\btime="[^"]*"|\(\d+\.\d+ s\)|0x[0-9a-f]{2,}/g, "");
}

/** Expects the same of a command in every setting. */
async function alike(
  t: ExecutionContext,
  what: (place: string, setting: Setting) => Promise<unknown>,
): Promise<void> {
  const all = await Promise.all(SETTINGS.map((setting) => what(placeFor(t, setting), setting)));
  for (const one of all.slice(1)) t.deepEqual(one, all[0]);
}

linuxTest("checks are the same bytes wherever and however they are made", (t) =>
  alike(t, async (place, setting) => {
    const results = [
      await run(place, setting, ["check", "in", "in/*"]),
      await run(place, setting, ["check", "--format", "ndjson", "in"]),
      await run(place, setting, ["check", "--output", "check.json", "./in", "missing"]),
    ];
    return [...results, written(t, place, "check.json", setting)];
  }),
);

linuxTest("plans are the same bytes wherever and however they are made", (t) =>
  alike(t, async (place, setting) => {
    const program = ["--lib", "guests/lib", "guests/hello_dynamic", "ı", "ä"];
    const results = [
      await run(place, setting, ["plan", "guests/hello"]),
      await run(place, setting, ["plan", "--output", "plan.json", ...program]),
    ];
    return [...results, written(t, place, "plan.json", setting)];
  }),
);

linuxTest("a worker's documents and answers are, too", (t) =>
  alike(t, async (place, setting) => {
    const requests = [
      ["check", "--output", "0.json", "in"],
      ["check", "--output", "1.json", "in/i", "in/I"],
      ["plan", "--output", "2.json", "--lib", "guests/lib", "guests/hello_dynamic"],
      ["check", "--quiet", "in/*"],
    ].map((args, requestId) => JSON.stringify({ arguments: args, requestId }));
    const input = inOrder(requests, setting.isReversed).join("\n");
    const { code, stdout, stderr } = await run(
      place,
      setting,
      ["worker", "--persistent_worker"],
      input,
    );
    const documents = ["0.json", "1.json", "2.json"].map((name) =>
      written(t, place, name, setting),
    );
    // Whoever asks tells answers apart by their numbers.
    return [code, new Set(stdout.split("\n")), stderr, ...documents];
  }),
);

nativeTest("what tests have come to is, too, but for times and for where memory is", (t) =>
  alike(t, async (place, setting) => {
    const programs = ["guests/hello", "guests/fault"];
    const args = ["test", "--harness", "none", "--junit", "junit.xml", ...programs];
    const { code, stdout, stderr } = await run(place, setting, args);
    return [code, bare(stdout), stderr, bare(written(t, place, "junit.xml", setting))];
  }),
);
