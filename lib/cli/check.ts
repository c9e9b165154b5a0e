import { writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

import { Command, Option } from "commander";

import type { CheckFinding, CheckRecord, Target } from "../../index.js";
import { hostPath } from "../base/host-path.js";
import { hex, linkerName, printable } from "../base/text.js";
import { type CommandIo, PROCESS } from "./command-io.js";
import { expandInputs, pathsIn } from "./inputs.js";
import { targetOption } from "./launch-options.js";
import { ExitCode, fileFields, toJson } from "./process.js";
import { Progress } from "./progress.js";
import { STDIN } from "./standard-input.js";
import { styled } from "./standard-output.js";
import { collect, jobs } from "./values.js";

/** Small files that are checked in one turn of the event loop. */
const AT_ONCE = 64;

const FORMATS = ["text", "json", "ndjson"] as const;

interface CheckCommandOptions {
  target?: Target;
  filesFrom: string[];
  null?: true;
  format: (typeof FORMATS)[number];
  json?: true;
  output?: string;
  jobs: number;
  quiet?: true;
}

/** How many files ended in which way. */
interface Summary {
  /** Fuchsia would load them, and they may well be its own. */
  ok: number;
  /** Fuchsia would load them, but they are made for another system. */
  foreign: number;
  /** Fuchsia would not. */
  refused: number;
  /** They could not be read. */
  unreadable: number;
  /** They were found in a directory or by a pattern, and are no ELF files. */
  skipped: number;
  /** Why files were refused or could not be read: by codes, how many files each is said of. */
  reasons: Record<string, number>;
}

type Outcome = Exclude<keyof Summary, "reasons">;

const OUTCOMES = { fuchsia: "ok", foreign: "foreign", broken: "refused" } as const;

const MARKS = {
  fuchsia: ["green", "ok  "],
  foreign: ["yellow", "warn"],
  broken: ["red", "FAIL"],
} as const;

/** `zirconia check`: whether Fuchsia would load files, and if not, why. */
export const check = checkCommand(PROCESS);

/** The same, whose words go elsewhere. */
export function checkCommand(io: CommandIo): Command {
  return new Command("check")
    .description("Say whether Fuchsia would load ELF files, and if not, why.")
    .argument("[paths...]", "files, directories and glob patterns; - for standard input")
    .addOption(targetOption())
    .option(
      "--files-from <file>",
      "also check the paths on the lines of this file; - for standard input",
      collect,
      [],
    )
    .option("-0, --null", "paths in such files end with NUL instead of a line")
    .addOption(
      new Option("--format <format>", "json is one document, ndjson one record per file")
        .choices(FORMATS)
        .default("text"),
    )
    .addOption(new Option("--json", "same as --format json").implies({ format: "json" }))
    .option("--output <file>", "write the JSON document to this file, and print only what is wrong")
    .option("--jobs <n>", "how many files at a time", jobs, 4)
    .option("-q, --quiet", "tell only of files that are not ok")
    .addHelpText(
      "before",
      [
        "Examples:",
        "  zirconia check ./hello                   one file, and all that is wrong with it",
        "  zirconia check --quiet out/ 'lib/*.so'   what would not run below a directory",
        "  git ls-files -z bin | zirconia check -0 --files-from - --format ndjson",
        "",
      ].join("\n"),
    )
    .addHelpText(
      "after",
      "\nWhat directories and patterns lead to counts only if it begins with the ELF magic.\n" +
        "Exits with 1 if Fuchsia would not load a file, or would but it is made for another system,\n" +
        "or if one could not be read, else with 0.",
    )
    .action(async (paths: string[], options: CheckCommandOptions, command: Command) => {
      if (paths.length === 0 && options.filesFrom.length === 0) {
        command.error("error: nothing to check: name files, directories or patterns");
      }
      const inputs = [...paths, ...options.filesFrom].filter((path) => path === STDIN);
      if (inputs.length > 1) command.error("error: standard input can be read only once");
      if (inputs.length > 0 && !io.hasInput) command.error("error: there is no standard input");
      io.exit(await checkAll(paths, options, io));
    });
}

/** Checks files, and tells of them. What to exit with. */
async function checkAll(
  paths: readonly string[],
  options: CheckCommandOptions,
  io: CommandIo,
): Promise<number> {
  const { format, output, quiet, filesFrom } = options;
  const separator = options.null ? "\0" : "\n";
  const lists = await Promise.all(
    filesFrom.map((file) => pathsIn(file === STDIN ? file : io.place(file), separator)),
  );
  const summary: Summary = {
    ok: 0,
    foreign: 0,
    refused: 0,
    unreadable: 0,
    skipped: 0,
    reasons: {},
  };
  const progress = new Progress("checked");
  const documents: object[] = [];
  for await (const record of checkInputs(paths, lists.flat(), options, io)) {
    if (io.isCanceled) return ExitCode.Failed;
    const outcome = outcomeOf(record);
    summary[outcome]++;
    for (const code of reasonsOf(record)) {
      summary.reasons[code] = (summary.reasons[code] ?? 0) + 1;
    }
    progress.step();
    if (record === undefined || (quiet && outcome === "ok")) continue;
    if (format === "json" || output !== undefined) documents.push(toDocument(record));
    if (output !== undefined && outcome === "ok") continue;
    if (format === "ndjson") await io.write(`${toJson(toDocument(record))}\n`);
    if (format === "text") {
      progress.clear();
      await io.write(`${toText(record).join("\n")}\n`);
    }
  }
  progress.clear();
  const document = `${toJson({ results: documents, summary }, 2)}\n`;
  const { foreign, refused, unreadable } = summary;
  const isFine = foreign + refused + unreadable === 0;
  if (output !== undefined) writeFileSync(hostPath(io.place(output)), document);
  else if (format === "json") await io.write(document);
  if (format !== "json" && !(isFine && output !== undefined)) {
    io.remark(`${summaryText(summary)}\n`);
  }
  return isFine ? ExitCode.Fine : ExitCode.Failed;
}

async function* checkInputs(
  paths: readonly string[],
  lists: readonly string[],
  { target, jobs }: CheckCommandOptions,
  io: CommandIo,
): AsyncGenerator<CheckRecord | undefined, void, undefined> {
  const { checkRecord, checkSmallFile, inOrder } = await room();
  const place = (file: string) => io.place(file);
  let done = 0;
  for (; io.isOneOfMany && done < paths.length; done++) {
    const file = paths[done]!;
    // Requests that come meanwhile, and what cancels this one, have their turn.
    if (done % AT_ONCE === AT_ONCE - 1) await setImmediate();
    const record = file === STDIN ? undefined : checkSmallFile(file, target, place(file));
    if (record === undefined) break;
    yield record;
  }
  const inputs = expandInputs(paths.slice(done), lists, place);
  yield* inOrder(inputs, jobs, async ({ file, found, content, error }) =>
    error === undefined ? checkRecord(file, target, found, content) : { file, error },
  );
}

let loaded: ReturnType<typeof loadRoom> | undefined;

/** What checks files, which is loaded once for all commands of a worker. */
function room() {
  return (loaded ??= loadRoom());
}

async function loadRoom() {
  const { checkRecord, checkSmallFile } = await import("../check/check.js");
  const { inOrder } = await import("../check/in-order.js");
  return { checkRecord, checkSmallFile, inOrder };
}

/** Why a file was refused or could not be read, each code once. */
function reasonsOf({ report, error }: Partial<CheckRecord> = {}): Set<string> {
  if (error !== undefined) return new Set([error.code ?? error.name]);
  const reasons = report?.findings.filter(({ failure }) => failure !== undefined) ?? [];
  return new Set(reasons.map(({ code }) => code));
}

function outcomeOf(record: CheckRecord | undefined): Outcome {
  if (record === undefined) return "skipped";
  if (record.error !== undefined) return "unreadable";
  return OUTCOMES[record.report.verdict];
}

/** A record as a document, whose fields the schema lists. */
function toDocument({ file, report, error }: CheckRecord): object {
  if (error !== undefined) {
    const { code, message } = error;
    return Object.assign(fileFields(file), { ok: false, error: { code, message } });
  }
  const { target, verdict, ok, interpreter, findings, omitted } = report;
  // Objects that are spread have no class in V8 that it knows again, and are slow.
  const fields = { ok, verdict, target, interpreter, findings, omitted };
  return Object.assign(fileFields(file), fields);
}

function toText({ file, report, error }: CheckRecord): string[] {
  if (error !== undefined) {
    return [`${styled("red", "FAIL")} ${printable(`${file}: ${error.message}`)}`];
  }
  const { target, verdict, interpreter, findings, omitted } = report;
  const wants = interpreter === undefined ? "" : `, wants ${linkerName(interpreter)}`;
  const what = verdict === "foreign" ? ", made for another system" : "";
  const [colour, mark] = MARKS[verdict];
  return [
    `${styled(colour, mark)} ${printable(file)}: ${target}${wants}${what}`,
    ...findings.flatMap(findingLines),
    ...Object.entries(omitted).map(([code, count]) => `     ${count} more of ${code}`),
  ];
}

function findingLines(finding: CheckFinding): string[] {
  const { failure, code, offset, field, expected, actual, message } = finding;
  const level = failure === undefined ? styled("yellow", "warning") : styled("red", "error");
  return [
    `     ${level} ${code}: ${printable(message)}`,
    `       ${field} at ${hex(offset)}: ${printable(`expected ${expected}, found ${actual}`)}`,
  ];
}

/** The summary in a sentence, with the most frequent reasons first below it. */
function summaryText({ ok, foreign, refused, unreadable, skipped, reasons }: Summary): string {
  const parts =
    foreign === 0
      ? [`${ok} would load`]
      : [
          `${ok} are Fuchsia's and would load`,
          `${foreign} would load, but are made for another system`,
        ];
  parts.push(`${refused} would not`);
  if (unreadable > 0) parts.push(`${unreadable} could not be read`);
  if (skipped > 0) parts.push(`${skipped} skipped that are no ELF files`);
  const counted = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  return [
    `${ok + foreign + refused + unreadable} checked: ${parts.join(", ")}`,
    ...counted.map(([code, count]) => `  ${count} ${code}`),
  ].join("\n");
}
