import { createRequire } from "node:module";

import { isAsPublished } from "../native/binary.js";
import { currentHost, platformTuple } from "../native/native-loader.js";
import type { Check } from "../native/probe.js";
import { findTool } from "../native/tool.js";
import { run } from "../run/run.js";

const require = createRequire(import.meta.filename);

/** Programs that come with this package. */
const PROGRAMS = [
  ["static program", "#guests/hello"],
  ["dynamic program", "#guests/hello_dynamic"],
] as const;
/** Far more than either takes. */
const TIMEOUT = 30_000;

/** Runs the programs that come with this package, each of which greets. */
export function runPrograms(): Promise<Check[]> {
  return Promise.all(
    PROGRAMS.map(async ([name, specifier]) => {
      try {
        const { stdout } = await run(require.resolve(specifier), [], { timeout: TIMEOUT });
        return { name, ok: true, required: true, detail: firstLine(stdout) };
      } catch (error) {
        const remedy = "Install zirconia again; in a checkout, npm run build:guests.";
        return { name, ok: false, required: true, detail: firstLine(String(error)), remedy };
      }
    }),
  );
}

/** Whether the binaries of an installed package are what was published; nothing in a checkout. */
export function checkBinaries(): Check[] {
  const path = `zirconia-${platformTuple(currentHost())}`;
  const binaries = [() => require.resolve(path), findTool].flatMap((find) => {
    try {
      return [find()];
    } catch {
      return [];
    }
  });
  return binaries.flatMap((binary): Check[] => {
    const ok = isAsPublished(binary);
    if (ok === undefined) return [];
    const check = { name: "published binary", ok, required: true, detail: binary };
    return [ok ? check : { ...check, remedy: "It is damaged: install zirconia again." }];
  });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
