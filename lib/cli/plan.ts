import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { Command } from "commander";

import type { LaunchPlan, PlannedMessage, PlannedRegister, Target } from "../../index.js";
import { hostPath } from "../base/host-path.js";
import { hex, linkerName, printable } from "../base/text.js";
import { type CommandIo, PROCESS } from "./command-io.js";
import { errorDetails } from "./error-details.js";
import { formatMaps, formatStrings, formatTable, hexDump } from "./format.js";
import {
  addLaunchOptions,
  type LaunchOptions,
  targetOption,
  variablesOf,
} from "./launch-options.js";
import { ExitCode, fileFields, toJson } from "./process.js";
import { styled } from "./standard-output.js";
import { INPUT_NAME, inputOf, STDIN } from "./standard-input.js";

interface PlanCommandOptions extends LaunchOptions {
  target?: Target;
  json?: true;
  output?: string;
  report?: string;
}

const ROLES = {
  entry: "the entry point",
  stack: "the initial stack pointer",
  bootstrap: "the bootstrap channel's handle, which the kernel chooses at the start",
  vdso: "where the vDSO is mapped",
} as const satisfies Record<PlannedRegister["role"], string>;

/** `zirconia plan`: a launch up to its first instruction. */
export const plan = planCommand(PROCESS);

/** The same, whose words go elsewhere. */
export function planCommand(io: CommandIo): Command {
  return addLaunchOptions(
    new Command("plan")
      .description("Show what Fuchsia would make of a program before its first instruction.")
      .argument("<file>", "an ELF file; - for standard input")
      .argument("[args...]", "the program's arguments, after --")
      .addOption(targetOption()),
    (file) => io.place(file),
  )
    .option("--json", "print one JSON document")
    .option("--output <file>", "write the JSON document to this file, and print only what is wrong")
    .option("--report <file>", "write a page that shows the launch to this file, too")
    .addHelpText(
      "before",
      [
        "Examples:",
        "  zirconia plan ./hello",
        "  zirconia plan ./bin/app --lib ./lib --env LD_DEBUG=1 -- one two",
        "  zirconia plan --json ./hello | jq '.maps[] | select(.type == \"mapping\")'",
        "  zirconia plan --report hello.html ./hello",
        "",
      ].join("\n"),
    )
    .addHelpText("after", "\nExits with 1 if the process could not be built.")
    .action(async (file: string, args: string[], options: PlanCommandOptions, command: Command) => {
      if (file === STDIN && !io.hasInput) command.error("error: there is no standard input");
      const { planLaunch } = await import("../plan/plan.js");
      const { lib, env, envFile, ns, json, output, report, ...rest } = options;
      const input = file === STDIN ? await inputOf(file) : io.place(file);
      const plan = await planLaunch(input, {
        name: file === STDIN ? INPUT_NAME : file,
        ...rest,
        ...(rest.sdk !== undefined && { sdk: io.place(rest.sdk) }),
        args,
        env: variablesOf({ env, envFile }),
        namespace: Object.keys(ns),
        libraryPath: lib.map((directory) => io.place(directory)),
      });
      const launch = withNames(plan, io);
      if (report !== undefined) await writeReport(io.place(report), launch);
      const document = `${toJson({ ...fileFields(file), ...toDocument(launch) }, 2)}\n`;
      if (output === undefined) {
        await io.write(json ? document : `${toText(launch).join("\n")}\n`);
      } else {
        writeFileSync(hostPath(io.place(output)), portable(document));
        if (!launch.verdict.ok) io.remark(`${verdictLine(launch.verdict)}\n`);
      }
      io.exit(launch.verdict.ok ? ExitCode.Fine : ExitCode.Failed);
    });
}

async function writeReport(file: string, launch: LaunchPlan): Promise<void> {
  const { pageOf } = await import("../report/page.js");
  const { planDocument } = await import("../report/plan-report.js");
  writeFileSync(hostPath(file), pageOf(planDocument(launch)));
}

/** A plan that is the same wherever the command's files are. */
function withNames(plan: LaunchPlan, io: CommandIo): LaunchPlan {
  const { linker } = plan;
  if (linker?.path === undefined) return plan;
  return { ...plan, linker: { ...linker, path: io.named(linker.path) } };
}

/** Where this package is, with what it has for programs. */
const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));

/** A document that is the same wherever this package is. */
function portable(document: string): string {
  return document.replaceAll(JSON.stringify(PACKAGE).slice(1, -1), "zirconia/");
}

/** A plan as a document, whose fields the schema lists. */
function toDocument({ verdict, messages, headers: _headers, ...rest }: LaunchPlan): object {
  return {
    ...rest,
    ok: verdict.ok,
    ...(verdict.ok ? {} : { error: errorDetails(verdict.error) }),
    messages: messages.map(({ bytes, contents, handles }) => {
      const { args, environmentVars, namespacePaths } = contents;
      return {
        bytes: Buffer.from(bytes).toString("hex"),
        args,
        environmentVars,
        namespacePaths,
        handles: handles.map(({ info, ...handle }) => ({
          info: { type: info.typeName, arg: info.arg, raw: info.raw },
          ...handle,
        })),
      };
    }),
    registers: rest.registers.map(({ name, role, value }) => ({
      name,
      role,
      value: value ?? null,
    })),
  };
}

function toText(launch: LaunchPlan): string[] {
  const { name, target, verdict, linker, maps, messages, stack, registers } = launch;
  const lines = [`${printable(name)} for ${target}`];
  if (linker !== undefined) {
    const where = printable(linker.path ?? "not found");
    lines.push(`dynamic linker ${linkerName(linker.name)}: ${where}`);
  }
  lines.push(...section("address space", formatMaps(maps)));
  messages.forEach((message, index) => {
    const whose = messages.length > 1 && index === 0 ? "linker's message" : "main message";
    lines.push(...section(`${whose}, ${message.bytes.length} bytes`, messageLines(message)));
  });
  if (stack !== undefined) {
    const range = `${hex(stack.base)}..${hex(stack.base + stack.size)}`;
    lines.push(
      ...section("stack", [`${range}  ${hex(stack.size)} bytes  ${printable(stack.name)}`]),
    );
  }
  const rows = registers.map(({ name, role, value }) => [
    name,
    value === undefined ? "?" : hex(value),
    ROLES[role],
  ]);
  lines.push(...section("registers at entry, all others 0", formatTable(rows)));
  return [...lines, "", verdictLine(verdict)];
}

function verdictLine(verdict: LaunchPlan["verdict"]): string {
  if (verdict.ok) return `${styled("green", "ok")}: the process can be started`;
  const { message, code } = verdict.error;
  return `${styled("red", "FAIL")}: ${printable(message)} (${code})`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function messageLines({ bytes, contents, handles }: PlannedMessage): string[] {
  const rows = handles.map(({ info, objectType, koid, name, rights }, index) => [
    `handle[${index}]`,
    info.toString(),
    objectType,
    `koid ${koid}`,
    `rights ${hex(rights)}`,
    printable(name),
  ]);
  return [...formatTable(rows), ...formatStrings(contents), ...hexDump(bytes)];
}
