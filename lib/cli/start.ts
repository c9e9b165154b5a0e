#!/usr/bin/env node
// Loads the command line where Node.js has what it needs, and says so where it has not: an import of
// what is missing would end it with nothing but a name.

/** The oldest Node.js that this package runs on, as `engines` has it. */
const OLDEST = [20, 19] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  await import("./main.js");
} else {
  const oldest = OLDEST.join(".");
  process.stderr.write(
    `zirconia: Node.js ${oldest} or later is needed; this is ${process.versions.node}\n`,
  );
  process.exitCode = 1;
}
