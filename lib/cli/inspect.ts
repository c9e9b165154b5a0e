import { readFile } from "node:fs/promises";

import { Command } from "commander";

import type { Elf64Headers, Elf64ProgramHeader, Target } from "../../index.js";
import { errorDetails } from "./error-details.js";
import { hex, permissions, printable } from "../text.js";
import { formatTable } from "./format.js";
import { ExitCode, writeJson } from "./process.js";
import { targetOption } from "./targets.js";

const SEGMENT_TYPES: ReadonlyMap<number, string> = new Map([
  [0, "PT_NULL"],
  [1, "PT_LOAD"],
  [2, "PT_DYNAMIC"],
  [3, "PT_INTERP"],
  [4, "PT_NOTE"],
  [6, "PT_PHDR"],
  [7, "PT_TLS"],
  [0x6474e550, "PT_GNU_EH_FRAME"],
  [0x6474e551, "PT_GNU_STACK"],
  [0x6474e552, "PT_GNU_RELRO"],
  [0x6474e553, "PT_GNU_PROPERTY"],
]);

const INTERP = 3;

/** `zirconia inspect`: the headers of a file as Fuchsia's loader sees them. */
export const inspect = new Command("inspect")
  .description("Show the headers of an ELF file as Fuchsia's loader sees them.")
  .argument("<file>", "the file")
  .addOption(targetOption())
  .option("--json", "print one JSON document")
  .addHelpText(
    "before",
    [
      "Examples:",
      "  zirconia inspect ./hello",
      "  zirconia inspect --json ./hello | jq .programHeaders",
      "",
    ].join("\n"),
  )
  .action(async (file: string, options: { target?: Target; json?: true }) => {
    const { Elf64Headers, ElfParseError, elfTarget } = await import("../../index.js");
    const bytes = await readFile(file);
    const target = options.target ?? elfTarget(bytes) ?? "x86-64";
    try {
      const headers = Elf64Headers.fromBytes(bytes, target);
      const interpreter = interpreterOf(bytes, headers);
      if (options.json) {
        const { fileHeader, programHeaders } = headers;
        writeJson({ file, target, ok: true, fileHeader, programHeaders, interpreter });
      } else {
        print(file, target, headers, interpreter);
      }
    } catch (error) {
      if (!(error instanceof ElfParseError)) throw error;
      const { message, code, offset, field, expected, actual } = error;
      if (options.json) {
        writeJson({ file, target, ok: false, error: errorDetails(error) });
      } else {
        process.stderr.write(`zirconia: ${printable(file)}: ${message} (${code})\n`);
        if (field !== undefined && offset !== undefined) {
          process.stderr.write(
            `  ${field} at ${hex(offset)}: expected ${expected}, found ${actual}\n`,
          );
        }
      }
      process.exitCode = ExitCode.Failed;
    }
  });

/** What PT_INTERP says before the NUL that ends it, as far as the file goes. */
function interpreterOf(bytes: Buffer, headers: Elf64Headers): string | undefined {
  const header = headers.programHeadersWithType(INTERP)[0];
  if (header === undefined) return undefined;
  const end = header.offset + header.filesz;
  const name = bytes.subarray(Number(header.offset), Number(end));
  return name.toString("utf8").replace(/\0$/, "");
}

function print(
  file: string,
  target: Target,
  headers: Elf64Headers,
  interpreter: string | undefined,
): void {
  const { type, entry } = headers.fileHeader;
  const kind = type === 3 ? "ET_DYN" : "ET_EXEC";
  const linked = interpreter === undefined ? "static" : `dynamic, wants ${printable(interpreter)}`;
  const lines = [
    `${printable(file)}: ${kind} for ${target}, ${linked}, entry ${hex(entry)}`,
    ...formatTable([
      ["type", "flags", "offset", "vaddr", "filesz", "memsz", "align"],
      ...headers.programHeaders.map(row),
    ]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function row({ type, flags, offset, vaddr, filesz, memsz, align }: Elf64ProgramHeader): string[] {
  // PF_X is the lowest bit, PF_R the highest.
  const bits = ((flags & 1) << 2) | (flags & 2) | ((flags & 4) >> 2);
  return [
    SEGMENT_TYPES.get(type) ?? hex(type),
    permissions(bits),
    ...[offset, vaddr, filesz, memsz, align].map(hex),
  ];
}
