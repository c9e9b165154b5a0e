#!/usr/bin/env node
// Says which version this is without loading anything for it. All else is for the command line, where
// Node.js has what that needs: an import of what is missing would end it with nothing but a name.
import { writeSync } from "node:fs";
import { join } from "node:path";

import { loadKept } from "./kept-code.js";
import { version } from "./version.js";

/** The oldest Node.js that this package runs on, as `engines` has it. */
const OLDEST = [20, 19] as const;

const STDOUT = 1;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  const oldest = OLDEST.join(".");
  process.stderr.write(
    `zirconia: Node.js ${oldest} or later is needed; this is ${process.versions.node}\n`,
  );
  process.exitCode = 1;
} else if (!printVersion()) {
  // The command line needs what this file exports. Node has more to do for a tick than for a promise.
  void Promise.resolve()
    .then(start)
    .catch((error: unknown) => {
      process.nextTick(() => {
        throw error;
      });
    });
}

function start(): void {
  if (!loadKept(join(import.meta.dirname, "main.js"))) void import("./main.js");
}

function printVersion(): boolean {
  const [, , option = "", ...more] = process.argv;
  if (more.length > 0 || !["-V", "--version"].includes(option)) return false;
  try {
    writeSync(STDOUT, `${version()}\n`);
    return true;
  } catch {
    // Whatever is wrong with standard output, its stream deals with it.
    return false;
  }
}
