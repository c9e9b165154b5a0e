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
  readonly arguments: readonly string[];
  /** 0, or not there, for one that comes alone. */
  readonly requestId: number;
  /** Ends the request of that number. */
  readonly cancel: boolean;
  /** Where its files are, relative to the working directory. */
  readonly sandboxDir: string;
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

/** How many requests are answered at a time. The others wait. */
const DESKS = 16;

/** A request that waits for its answer. */
interface Task {
  readonly request: WorkRequest;
  readonly controller: AbortController;
}

/** Answers requests, many at a time, until standard input ends. */
async function serve(): Promise<void> {
  const tasks = new Set<Task>();
  const waiting: Task[] = [];
  const idle = Array.from({ length: DESKS }, () => new Desk());
  const answers = new Set<Promise<void>>();
  const answer = async (desk: Desk, first: Task) => {
    for (let task: Task | undefined = first; task !== undefined; task = waiting.shift()) {
      const response = await desk.respond(task);
      tasks.delete(task);
      await PROCESS.write(`${JSON.stringify(response)}\n`);
    }
    idle.push(desk);
  };
  for await (const value of jsonObjects(process.stdin.setEncoding("utf8"))) {
    const request = requestOf(value);
    if (request.cancel) {
      for (const task of tasks) {
        if (task.request.requestId === request.requestId) task.controller.abort();
      }
      continue;
    }
    const task = { request, controller: new AbortController() };
    tasks.add(task);
    const desk = idle.pop();
    if (desk === undefined) {
      waiting.push(task);
    } else {
      const answered: Promise<void> = answer(desk, task).finally(() => answers.delete(answered));
      answers.add(answered);
    }
  }
  await Promise.all(answers);
}

/**
 * A request, of which fields may be missing, or null.
 *
 * @throws TypeError if a field has another type
 */
function requestOf(value: object): WorkRequest {
  const fields = value as Record<keyof WorkRequest, unknown>;
  const args = fields.arguments ?? [];
  const requestId = fields.requestId ?? 0;
  const cancel = fields.cancel ?? false;
  const sandboxDir = fields.sandboxDir ?? "";
  const isRequest =
    Array.isArray(args) &&
    args.every((arg) => typeof arg === "string") &&
    Number.isInteger(requestId) &&
    typeof cancel === "boolean" &&
    typeof sandboxDir === "string";
  if (!isRequest) throw new TypeError("this is no work request of Bazel's");
  return { arguments: args, requestId: requestId as number, cancel, sandboxDir };
}

/** Answers one request at a time, by commands that are made once. */
class Desk {
  readonly #io = new RequestIo();
  readonly #commands = new Map<string, Command>();

  async respond({ request, controller: { signal } }: Task): Promise<WorkResponse> {
    const { arguments: args, requestId, sandboxDir } = request;
    const io = this.#io;
    io.begin(sandboxDir, signal);
    if (!signal.aborted) await execute(args, io, (name) => this.#command(name));
    if (signal.aborted) return { exitCode: 0, output: "", requestId, wasCancelled: true };
    return { exitCode: io.exitCode, output: io.output, requestId };
  }

  #command(name: string): Command | undefined {
    const command = this.#commands.get(name) ?? commandOf(name, this.#io);
    if (command !== undefined) this.#commands.set(name, command);
    return command;
  }
}

/** A command that throws what is wrong with its arguments. */
function commandOf(name: string, io: CommandIo): Command | undefined {
  const make = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return make?.(io)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.write(text),
      writeErr: (text) => io.remark(text),
    });
}

/** Runs a command, and says where that is asked for what is wrong with it. */
async function execute(
  [name = "", ...args]: readonly string[],
  io: CommandIo,
  find = (name: string) => commandOf(name, io),
): Promise<void> {
  const command = find(name);
  try {
    if (command === undefined) throw new CommanderError(ExitCode.Usage, "", `no command '${name}'`);
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const isUsage = error instanceof CommanderError;
    if (!isUsage || command === undefined) io.remark(remark(explain(error)));
    io.exit(isUsage ? ExitCode.Usage : ExitCode.Failed);
  }
}
