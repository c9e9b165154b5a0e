/**
 * Fuzzes one target of the instrumented library, from within the instrumented copy.
 * `main.js TARGET SECONDS SEED DIRECTORY`, or with files behind that, takes these.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { INSTRUMENTATION, type Instrumentation, makeCounters } from "./coverage.js";
import { Fuzzer, nameOf } from "./fuzzer.js";
import { inputFrom, MAX_INPUT } from "./mutate.js";
import type { Target } from "./target.js";
import { Watchdog } from "./watchdog.js";

const [name = "", seconds, seed, directory = "", ...files] = process.argv.slice(2);
const copy = new URL(`../../${INSTRUMENTATION}`, import.meta.url);
const { counters: count, words } = JSON.parse(readFileSync(copy, "utf8")) as Instrumentation;
const counters = makeCounters(count);
const { target } = (await import(`./targets/${name}.js`)) as { target: Target };

const artifacts = join(directory, "artifacts");
mkdirSync(artifacts, { recursive: true });
const watchdog = new Watchdog(MAX_INPUT, join(artifacts, `${name}-timeout`));
let last = new Uint8Array();
const fuzzer = new Fuzzer(target, counters, words, {
  seconds: Number(seconds),
  seed: Number(seed),
  corpus: join(directory, "corpus", name),
  onInput(input) {
    last = Uint8Array.from(input);
    watchdog.begin(input);
  },
});

// Rejections that nobody handles are findings too.
process.on("uncaughtException", (error) => fail(error));
// Node ends by itself where nothing is left that could settle what is awaited.
let hasEnded = false;
process.on("exit", () => {
  if (!hasEnded) fail(new Error("it never ends: nothing is left that could settle what it awaits"));
});
try {
  for (const file of files) {
    await fuzzer.try(inputFrom(readFileSync(file)));
  }
  console.log(files.length > 0 ? "taken" : await fuzzer.run());
  hasEnded = true;
  process.exit();
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  hasEnded = true;
  const artifact = join(artifacts, `${name}-${nameOf(last)}`);
  writeFileSync(artifact, last);
  console.error(error);
  console.error(`input: ${artifact}`);
  process.exit(1);
}
