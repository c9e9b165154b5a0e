import { Command } from "commander";

import type { Elf64Headers, Elf64ProgramHeader, Target } from "../../index.js";
import { hex, linkerName, permissions, printable } from "../base/text.js";
import type { Inspection } from "../process-builder/inspection.js";
import { segmentPermissions, segmentTypeName } from "../process-builder/segments.js";
import { errorDetails } from "./error-details.js";
import { formatTable } from "./format.js";
import { targetOption } from "./launch-options.js";
import { ExitCode, fileFields, writeJson } from "./process.js";
import { inputOf } from "./standard-input.js";
import { stderr, stdout } from "./standard-output.js";

/** `zirconia inspect`: the headers of a file as Fuchsia's loader sees them. */
export const inspect = new Command("inspect")
  .description("Show the headers of an ELF file as Fuchsia's loader sees them.")
  .argument("<file>", "the file; - for standard input")
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
    const { inspectFile } = await import("../process-builder/inspection.js");
    const inspection = await inspectFile(await inputOf(file), options.target);
    const { headers } = inspection;
    const failed = headers instanceof Error;
    if (options.json) {
      writeJson({ ...fileFields(file), ...toDocument(inspection) });
    } else if (failed) {
      const { message, code, offset, field, expected, actual } = errorDetails(headers);
      stderr.write(`zirconia: ${printable(`${file}: ${message} (${code})`)}\n`);
      if (field !== undefined && offset !== undefined) {
        const found = printable(`expected ${expected}, found ${actual}`);
        stderr.write(`  ${field} at ${hex(offset)}: ${found}\n`);
      }
    } else {
      print(file, headers, inspection);
    }
    if (failed) process.exitCode = ExitCode.Failed;
  });

/** What is said of a file as a document, whose fields the schema lists. */
function toDocument({ target, headers, interpreter, interpreterError }: Inspection): object {
  if (headers instanceof Error) {
    return { target, ok: false, error: errorDetails(headers) };
  }
  return {
    target,
    ok: true,
    fileHeader: headers.fileHeader,
    programHeaders: headers.programHeaders,
    interpreter,
    ...(interpreterError === undefined ? {} : { interpreterError: errorDetails(interpreterError) }),
  };
}

function print(
  file: string,
  headers: Elf64Headers,
  { target, interpreter, interpreterError }: Inspection,
): void {
  const { type, entry } = headers.fileHeader;
  const kind = type === 3 ? "ET_DYN" : "ET_EXEC";
  const lines = [
    `${printable(file)}: ${kind} for ${target}, ${linkage(interpreter, interpreterError)}, entry ${hex(entry)}`,
    ...formatTable([
      ["type", "flags", "offset", "vaddr", "filesz", "memsz", "align"],
      ...headers.programHeaders.map(row),
    ]),
  ];
  stdout.write(`${lines.join("\n")}\n`);
}

/** How the file is started, and why not if its dynamic linker cannot be had. */
function linkage(interpreter: string | undefined, error: Error | undefined): string {
  const why = error === undefined ? "" : ` (${printable(error.message)})`;
  if (interpreter !== undefined) return `dynamic, wants ${linkerName(interpreter)}${why}`;
  return error === undefined ? "static" : `dynamic${why}`;
}

function row({ type, flags, offset, vaddr, filesz, memsz, align }: Elf64ProgramHeader): string[] {
  return [
    segmentTypeName(type),
    permissions(segmentPermissions(flags)),
    ...[offset, vaddr, filesz, memsz, align].map(hex),
  ];
}
