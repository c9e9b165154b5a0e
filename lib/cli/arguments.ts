import { readFileSync } from "node:fs";

import { pathText } from "../base/host-path.js";

/**
 * The arguments of the command line. Node makes text of them and loses bytes that are not UTF-8; Linux
 * still has these.
 */
export function commandArguments(): string[] {
  const args = process.argv.slice(2);
  if (process.platform !== "linux" || !args.some((arg) => arg.includes("\ufffd"))) {
    return args;
  }
  const all = splitAtNul(readFileSync("/proc/self/cmdline"));
  const own = all.slice(all.length - args.length);
  return args.map((arg, index) => {
    const bytes = own[index];
    return bytes?.toString() === arg ? pathText(bytes) : arg;
  });
}

/** Strings that each end with a NUL. */
function splitAtNul(bytes: Buffer): Buffer[] {
  const strings = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    strings.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return strings;
}
