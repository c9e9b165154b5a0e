import { closeSync, openSync, writeFileSync } from "node:fs";

import type { RunResult } from "../../index.js";
import { hostPath } from "../base/host-path.js";
import type { CString } from "../base/strings.js";
import type { Recording } from "../report/recording.js";

/** A report that is to be written once a program has ended. */
export interface OpenReport {
  readonly recording: Recording;
  /** Writes it. Throws if that fails, so that whoever runs the program learns of it. */
  close(outcome: RunResult | Error): Promise<void>;
}

/** What is run, for a report. */
interface Reported {
  /** The file. */
  readonly program: string;
  readonly name: CString | undefined;
  readonly args: readonly CString[];
  /** Where its libraries are, which may have symbols. */
  readonly libraryPath: readonly string[];
}

/** Opens what `--report` names, before anything is run. */
export async function openReport(
  file: string,
  { program, name = program, args, libraryPath }: Reported,
): Promise<OpenReport> {
  const { Recording } = await import("../report/recording.js");
  const { pageOf } = await import("../report/page.js");
  const recording = new Recording({ name, args, symbols: [program, ...libraryPath] });
  const descriptor = openSync(hostPath(file), "w");
  return {
    recording,
    async close(outcome) {
      try {
        writeFileSync(descriptor, pageOf(await recording.finish(outcome)));
      } finally {
        closeSync(descriptor);
      }
    },
  };
}
