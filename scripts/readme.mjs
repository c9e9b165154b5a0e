// What README has people type.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import ts from "typescript";

import { root } from "./local-packages.mjs";

const README = readFileSync(join(root, "README.md"), "utf8");

/** Its examples, as JavaScript for a module, with what the package has in `guest/out` in `guests`. */
export function readmeExamples(guests) {
  const compilerOptions = { module: "ESNext", target: "ES2022" };
  return [...README.matchAll(/```ts\n(.*?)```/gs)].map(
    ([, code]) =>
      ts.transpileModule(code.replaceAll("guest/out", guests), { compilerOptions }).outputText,
  );
}

/** The first block of commands below a heading, line by line. */
export function readmeCommands(heading) {
  const [, section] = README.split(`\n## ${heading}\n`);
  return /```sh\n(.*?)```/s.exec(section)[1].trim().split("\n");
}
