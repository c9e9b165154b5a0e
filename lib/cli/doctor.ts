import { Command } from "commander";

import { printable } from "../base/text.js";
import type { Check } from "../native/probe.js";
import { ExitCode, writeJson } from "./process.js";
import { stdout, styled } from "./standard-output.js";

/** `zirconia doctor`: what this computer lacks for running programs. */
export const doctor = new Command("doctor")
  .description("Say what this computer lacks for running programs natively.")
  .option("--json", "print one JSON document")
  .addHelpText(
    "before",
    ["Examples:", "  zirconia doctor", "  zirconia doctor --json", ""].join("\n"),
  )
  .action(async (options: { json?: true }) => {
    const { probe } = await import("../native/probe.js");
    const { checkBinaries, runPrograms } = await import("./installation.js");
    const checks = [...checkBinaries(), ...probe()];
    if (isAble(checks)) checks.push(...(await runPrograms()));
    const able = isAble(checks);
    if (options.json) {
      writeJson({ native: able, checks });
    } else {
      for (const { name, ok, required, detail, remedy } of checks) {
        const mark = ok
          ? styled("green", "ok  ")
          : styled(required ? "red" : "yellow", required ? "FAIL" : "warn");
        stdout.write(`${mark} ${name}: ${printable(detail)}\n`);
        if (remedy !== undefined) stdout.write(`     ${remedy}\n`);
      }
      stdout.write(
        able
          ? "Programs run natively here.\n"
          : "Programs cannot run here; everything else works.\n",
      );
    }
    process.exitCode = able ? ExitCode.Fine : ExitCode.Failed;
  });

/** Whether all that is required is there. */
function isAble(checks: readonly Check[]): boolean {
  return checks.every(({ ok, required }) => ok || !required);
}
