import { readFile } from "node:fs/promises";

import { Command, CommanderError } from "commander";

import { explain } from "../base/errors.js";
import { remark } from "../base/text.js";
import { checkCommand } from "./check.js";
import { type CommandIo, PROCESS, RequestIo } from "./command-io.js";
import { jsonObjects } from "./json-stream.js";
import { planCommand } from "./plan.js";
import { ExitCode } from "./process.js";

/** What Bazel's `WorkRequest` has of what is used here. */
interface WorkRequest {
  readonly arguments?: readonly string[];
  /** 0, or not there, for one that comes alone. */
  readonly requestId?: number;
  /** Ends the request of that number. */
  readonly cancel?: boolean;
  /** Where its files are, relative to the working directory. */
  readonly sandboxDir?: string;
}

/** Bazel's `WorkResponse`. */
interface WorkResponse {
  readonly exitCode: number;
  readonly output: string;
  readonly requestId: number;
  readonly wasCancelled?: true;
}

interface WorkerOptions {
  persistent_worker?: true;
}

const COMMANDS: Readonly<Record<string, (io: CommandIo) => Command>> = {
  check: checkCommand,
  plan: planCommand,
};

/** `zirconia worker`: Bazel's persistent worker, by its JSON protocol. */
export const worker = new Command("worker")
  .description("Check and plan for Bazel: one command, or each that comes on standard input.")
  .argument("[arguments...]", "check or plan with its arguments; @FILE has one on each line")
  .option("--persistent_worker", "answer requests until there are no more")
  .addHelpText(
    "before",
    [
      "Examples:",
      "  zirconia worker check --quiet --output hello.json hello",
      "  zirconia worker --persistent_worker < requests.ndjson",
      "",
    ].join("\n"),
  )
  .addHelpText("after", "\nRequests and responses are documents of JSON, each on a line.")
  .passThroughOptions()
  .action(async (args: string[], options: WorkerOptions) => {
    if (options.persistent_worker) await serve();
    else await execute(await withParameters(args), PROCESS);
  });

/** The arguments, and in place of each `@FILE` those on the lines of the file. */
async function withParameters(args: readonly string[]): Promise<string[]> {
  const all = args.map(async (arg) =>
    arg.startsWith("@") ? linesOf(await readFile(arg.slice(1), "utf8")) : [arg],
  );
  return (await Promise.all(all)).flat();
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** Answers requests, many at a time, until standard input ends. */
async function serve(): Promise<void> {
  const running = new Map<number, AbortController>();
  const answers = new Set<Promise<void>>();
  for await (const request of jsonObjects(process.stdin.setEncoding("utf8"))) {
    const { requestId = 0, cancel = false } = request as WorkRequest;
    if (cancel) {
      running.get(requestId)?.abort();
      continue;
    }
    const controller = new AbortController();
    running.set(requestId, controller);
    const answer = async () => {
      const response = await respond(request, controller.signal);
      running.delete(requestId);
      await PROCESS.write(`${JSON.stringify(response)}\n`);
    };
    const answered: Promise<void> = answer().finally(() => answers.delete(answered));
    answers.add(answered);
  }
  await Promise.all(answers);
}

async function respond(request: WorkRequest, signal: AbortSignal): Promise<WorkResponse> {
  const { arguments: args = [], requestId = 0, sandboxDir = "" } = request;
  const io = new RequestIo(sandboxDir, signal);
  await execute(Array.isArray(args) ? args.map(String) : [], io);
  if (signal.aborted) return { exitCode: 0, output: "", requestId, wasCancelled: true };
  return { exitCode: io.exitCode, output: io.output, requestId };
}

/** Runs a command, and says where that is asked for what is wrong with it. */
async function execute([name = "", ...args]: readonly string[], io: CommandIo): Promise<void> {
  const make = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (make === undefined) throw new CommanderError(ExitCode.Usage, "", `no command '${name}'`);
    const command = make(io)
      .exitOverride()
      .configureOutput({
        writeOut: (text) => void io.write(text),
        writeErr: (text) => io.remark(text),
      });
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const isUsage = error instanceof CommanderError;
    if (!isUsage || make === undefined) io.remark(remark(explain(error)));
    io.exit(isUsage ? ExitCode.Usage : ExitCode.Failed);
  }
}
