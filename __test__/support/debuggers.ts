import type { ExecutionContext } from "ava";
import test from "ava";

import { programs, waitForDebugger, type WaitOptions } from "./debugged.js";
import { serialNativeTest } from "./native.js";
import { has } from "./platform.js";
import { Talk } from "./talk.js";

/** A debugger that people have. */
export abstract class Debugger {
  /** What it prints of a program that has ended well. */
  protected abstract readonly endedWell: RegExp;
  protected readonly talk: Talk;

  protected constructor(t: ExecutionContext, name: string, args: readonly string[]) {
    this.talk = new Talk(t, name, args);
  }

  /** Connects to a server at a socket, and returns what is printed of the program. */
  abstract connect(socket: string): Promise<string>;

  /** Gives a command that lets no thread run, and returns what it prints. */
  abstract ask(command: string): Promise<string>;

  /** Gives a command that does, and returns what is printed until the program stops or has ended. */
  abstract go(command: string): Promise<string>;

  /** Stops the program that {@link go} waits for. */
  abstract interrupt(): void | Promise<void>;

  /** Expects that the program, which a command runs, goes on to its end, and ends well. */
  async endsWell(t: ExecutionContext, command: Talk): Promise<void> {
    t.regex(await this.go("continue"), this.endedWell);
    await this.quit();
    t.is(await command.ended, 0, command.text);
  }

  /** Ends it, and what it debugs with it. */
  async quit(): Promise<void> {
    this.talk.say("quit");
    await this.talk.ended;
  }

  /** Ends it before it can tell anybody. */
  async kill(): Promise<void> {
    this.talk.kill("SIGKILL");
    await this.talk.ended;
  }
}

/** Comes when it has done what it was told. */
const GDB_PROMPT = /\(gdb\) $/;

/** gdb, with or without the program's file. */
export class Gdb extends Debugger {
  protected readonly endedWell = /\[Inferior 1 \(.*\) exited normally\]/;

  constructor(t: ExecutionContext, ...files: readonly string[]) {
    const settings = ["confirm off", "pagination off", "width 0", "style enabled off"];
    super(t, "gdb", ["-nx", "-q", ...settings.flatMap((it) => ["-iex", `set ${it}`]), ...files]);
  }

  connect(socket: string): Promise<string> {
    return this.go(`target remote ${socket}`);
  }

  async ask(command: string): Promise<string> {
    await this.talk.until(GDB_PROMPT);
    const from = this.talk.text.length;
    this.talk.say(command);
    return (await this.talk.until(GDB_PROMPT, from)).replace(GDB_PROMPT, "");
  }

  go(command: string): Promise<string> {
    return this.ask(command);
  }

  interrupt(): void {
    this.talk.kill("SIGINT");
  }
}

/** The last line of a result of the machine interface, and of a stop. */
const MI_RESULT = /^\^(?:done|running|connected|error).*\n\(gdb\) \n/m;
const MI_STOPPED = /^\*stopped,.*\n(?:[^(].*\n)*\(gdb\) \n/m;

/** gdb as an editor has it, by its machine interface. */
export class GdbMi {
  readonly #talk: Talk;

  constructor(t: ExecutionContext) {
    this.#talk = new Talk(t, "gdb", ["-nx", "-q", "--interpreter=mi"]);
  }

  /** Gives a command, and returns its result. */
  async ask(command: string): Promise<string> {
    const from = this.#talk.text.length;
    this.#talk.say(command);
    return this.#talk.until(MI_RESULT, from);
  }

  /** Gives one that lets the program run, and returns what is told until it has stopped. */
  async go(command: string): Promise<string> {
    const from = this.#talk.text.length;
    this.#talk.say(command);
    return this.#talk.until(MI_STOPPED, from);
  }

  async quit(): Promise<void> {
    this.#talk.say("-gdb-exit");
    await this.#talk.ended;
  }
}

/** A command whose answer is always the same: what was asked before has been answered by then. */
const LLDB_MARK = "version";
const LLDB_MARKED = /\(lldb\) version\nlldb version .*\n(?:.*revision.*\n)*/;
/** A change of the program's state. */
const LLDB_NEWS = /^Process \d+ (?:stopped|exited|detached).*\n/m;

/** What comes of an interrupt. */
const LLDB_IDLE = "Process is not running.\n";
const LLDB_INTERRUPTED = /^(?:Process \d+ stopped|error: .*)\n/m;

/** lldb, with or without the program's file. */
export class Lldb extends Debugger {
  protected readonly endedWell = /^Process \d+ exited with status = 0 /m;

  constructor(t: ExecutionContext, ...files: readonly string[]) {
    super(t, "lldb", ["--no-lldbinit", "--no-use-colors", ...files]);
  }

  connect(socket: string): Promise<string> {
    return this.go(`process connect --plugin gdb-remote unix-connect://${socket}`);
  }

  async ask(command: string): Promise<string> {
    const from = this.talk.text.length;
    this.talk.say(command);
    return this.#told(from);
  }

  async go(command: string): Promise<string> {
    const from = this.talk.text.length;
    this.talk.say(command);
    await this.talk.until(LLDB_NEWS, from);
    return this.#told(from);
  }

  /** Again and again until it knows that the program runs, which that may tell sooner than lldb. */
  async interrupt(): Promise<void> {
    let said: string;
    do {
      const from = this.talk.text.length;
      this.talk.say("process interrupt");
      said = await this.talk.until(LLDB_INTERRUPTED, from);
    } while (said.endsWith(LLDB_IDLE));
  }

  async #told(from: number): Promise<string> {
    this.talk.say(LLDB_MARK);
    return (await this.talk.until(LLDB_MARKED, from)).replace(LLDB_MARKED, "");
  }
}

/** A debugger at the first instruction of a part of session.c, and the command that runs that. */
export async function inSession<D extends Debugger>(
  t: ExecutionContext,
  Kind: new (t: ExecutionContext, ...files: readonly string[]) => D,
  part: string,
  options?: WaitOptions,
): Promise<[D, Talk]> {
  const { session } = programs();
  const { command, socket } = await waitForDebugger(t, session, [part], options);
  const one = new Kind(t, session);
  await one.connect(socket);
  return [one, command];
}

/** A test with a debugger; skipped, loudly, where it is not there or programs cannot run. */
function debuggerTest(name: string): typeof serialNativeTest {
  if (has(name, {})) return serialNativeTest;
  console.warn(`There is no ${name} here: tests with it are SKIPPED.`);
  return test.serial.skip;
}

export const gdbTest = debuggerTest("gdb");
export const lldbTest = debuggerTest("lldb");
