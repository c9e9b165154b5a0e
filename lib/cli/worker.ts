import { readFile } from "node:fs/promises";

import { Command, CommanderError, type Option } from "commander";

import { explain } from "../base/errors.js";
import { remark } from "../base/text.js";
import { type CommandIo, PROCESS, RequestIo } from "./command-io.js";
import { jsonObjects } from "./json-stream.js";
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

const COMMANDS: Readonly<Record<string, (io: CommandIo) => Promise<Command>>> = {
  check: async (io) => (await import("./check.js")).checkCommand(io),
  plan: async (io) => (await import("./plan.js")).planCommand(io),
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
  isCanceled: boolean;
}

/** Answers requests, many at a time, until standard input ends. */
async function serve(): Promise<void> {
  const office = new Office();
  for await (const value of jsonObjects(process.stdin.setEncoding("utf8"))) {
    const request = requestOf(value);
    if (request.cancel) office.cancel(request.requestId);
    else office.take(request);
  }
}

/**
 * Answers requests at its desks. Those that come together begin in the next turn of the event loop:
 * what has come with them may cancel them. What is answered in a turn is written at once.
 */
class Office {
  readonly #idle = Array.from({ length: DESKS }, () => new Desk());
  readonly #tasks = new Set<Task>();
  readonly #waiting: Task[] = [];
  #responses: string[] = [];
  /** Writes that the reader has not taken. */
  #writes = 0;

  take(request: WorkRequest): void {
    const task = { request, isCanceled: false };
    this.#tasks.add(task);
    // Those that wait already are begun, if not soon, when desks are idle again.
    if (this.#waiting.length === 0) setImmediate(() => this.#begin());
    this.#waiting.push(task);
  }

  /** Ends all requests of that number. */
  cancel(requestId: number): void {
    for (const task of this.#tasks) {
      if (task.request.requestId === requestId) task.isCanceled = true;
    }
  }

  #begin(): void {
    while (this.#writes === 0 && this.#waiting.length > 0 && this.#idle.length > 0) {
      void this.#answer(this.#idle.pop()!, this.#waiting.shift()!);
    }
  }

  async #answer(desk: Desk, task: Task): Promise<void> {
    const response = await desk.respond(task);
    this.#tasks.delete(task);
    // What else this turn brings is there by then.
    if (this.#responses.length === 0) process.nextTick(() => void this.#write());
    this.#responses.push(`${JSON.stringify(response)}\n`);
    this.#idle.push(desk);
  }

  async #write(): Promise<void> {
    const text = this.#responses.join("");
    this.#responses = [];
    this.#writes++;
    try {
      await PROCESS.write(text);
    } finally {
      this.#writes--;
    }
    setImmediate(() => this.#begin());
  }
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

  async respond(task: Task): Promise<WorkResponse> {
    const { arguments: args, requestId, sandboxDir } = task.request;
    const io = this.#io;
    io.begin(sandboxDir, task);
    if (!task.isCanceled) await execute(args, io, (name) => this.#command(name));
    if (task.isCanceled) return { exitCode: 0, output: "", requestId, wasCancelled: true };
    return { exitCode: io.exitCode, output: io.output, requestId };
  }

  async #command(name: string): Promise<Command | undefined> {
    const kept = this.#commands.get(name);
    if (kept !== undefined) return kept;
    const command = await commandOf(name, this.#io);
    if (command === undefined) return undefined;
    keepNames(command.options);
    this.#commands.set(name, command);
    return command;
  }
}

/** Keeps the names of options, which are made of their flags each time that they are asked for. */
function keepNames(options: readonly Option[]): void {
  for (const option of options) {
    const name = option.name();
    const attribute = option.attributeName();
    option.name = () => name;
    option.attributeName = () => attribute;
  }
}

/** A command that throws what is wrong with its arguments. */
async function commandOf(name: string, io: CommandIo): Promise<Command | undefined> {
  const make = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const command = await make?.(io);
  return command?.exitOverride().configureOutput({
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
  const command = await find(name);
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
