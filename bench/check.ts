import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { checkFiles } from "../index.js";
import { inTurns, type Measurement } from "./sample.js";

const FILES = 1_000;
const ROUNDS = 11;
const DIRECTORIES = ["/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu", "/usr/lib"];

const MAGIC = Buffer.from("\x7fELF", "latin1");
const READELF = ["readelf", "-hl", "--wide"] as const;

interface ElfTools {
  parse(bytes: Buffer): unknown;
}

// It has neither types nor ES modules.
const elfTools = createRequire(import.meta.url)("elf-tools") as ElfTools;

/** 64-bit ELF files of this computer; fewer than 1,000 are taken again and again. */
function elfFiles(): string[] {
  const found = DIRECTORIES.flatMap((directory) => {
    try {
      const entries = readdirSync(directory, { withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => join(directory, name));
    } catch {
      return [];
    }
  }).filter(isElf64);
  return found.length === 0
    ? []
    : Array.from({ length: FILES }, (_, i) => found[i % found.length]!);
}

function isElf64(file: string): boolean {
  try {
    const bytes = readFileSync(file);
    return bytes.subarray(0, 4).equals(MAGIC) && bytes[4] === 2;
  } catch {
    return false;
  }
}

async function checkAll(files: readonly string[]): Promise<void> {
  let reports = 0;
  for await (const { report } of checkFiles(files)) {
    if (report !== undefined) reports++;
  }
  if (reports !== files.length) throw new Error(`${reports} of ${files.length} files were read`);
}

function hasReadelf(): boolean {
  try {
    execFileSync("readelf", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What checking many files takes, beside others that only print or parse their headers. */
export async function check(): Promise<Measurement[]> {
  const files = elfFiles();
  if (files.length === 0) {
    console.log("This computer has no ELF files to check.");
    return [];
  }
  const ours: [string, () => unknown] = [`check of ${FILES} files`, () => checkAll(files)];
  const measurements = [
    await inTurns(ROUNDS, ours, [
      "elf-tools, which parses whole files",
      () => files.forEach((file) => elfTools.parse(readFileSync(file))),
    ]),
  ];
  if (hasReadelf()) {
    const [command, ...options] = READELF;
    measurements.push(
      await inTurns(ROUNDS, ours, [
        "readelf -hl of all of them at once",
        () => execFileSync(command, [...options, ...files], { stdio: "ignore" }),
      ]),
    );
  } else {
    console.log("readelf is missing here: check is not compared with it.");
  }
  return measurements;
}
