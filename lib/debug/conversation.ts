import type { Debuggee, Report } from "./debuggee.js";
import type { DebuggedProcess } from "./debugged-process.js";
import type { Action, DebuggedThread } from "./debugged-thread.js";
import type { ProgramFiles } from "./files.js";
import { ProtocolError } from "./protocol-error.js";
import { type ThreadId, threadId } from "./thread-id.js";

/** What a request is answered with: a payload. A string for which there is no request is not answered. */
export type Answer = string | undefined | Promise<string | undefined>;

/** What answers a request, given what follows its name. */
export type Command = (argument: string, conversation: Conversation) => Answer;

/** Commands by their names: letters, up to and with the `:`, `;` or `,` behind a longer name. */
export type Commands = Readonly<Record<string, Command>>;

/** What is to become of the threads that an identifier names, or of all. */
export interface Order {
  /** Nothing, if there is none. */
  readonly action: Action | undefined;
  readonly id: ThreadId | undefined;
}

/** What one debugger has said of how it is to be answered, and what it looks at. */
export class Conversation {
  readonly debuggee: Debuggee;
  readonly files: ProgramFiles;
  /** Whether to leave acknowledgements out. */
  isTrusted = false;
  /** Whether identifiers of threads have their process's. */
  hasProcesses = false;
  /** Whether it is lldb, which has questions of its own. */
  isLldb = false;
  /** Whether errors may have words in lldb's manner. */
  takesWords = false;
  /** Whether stops are to list all threads. */
  listsThreads = false;
  /** Whether it knows that what was to run may have ended. */
  knowsOfNone = false;
  /** An object of which it has read a part, and not the last: all parts are of one moment. */
  transfer: { readonly name: string; readonly bytes: Uint8Array } | undefined;
  /** Why it has stopped: what `?` asks for. */
  last: Report | undefined;
  /** What it has ordered last, which it mostly orders again. */
  ordered: { readonly text: string; readonly orders: readonly Order[] } | undefined;
  /** The thread that `g`, `m` and the like are about. */
  #selected: DebuggedThread | undefined;
  /** Tells it something in words, while something runs. */
  say: (words: string) => void = () => {};

  constructor(debuggee: Debuggee, files: ProgramFiles) {
    this.debuggee = debuggee;
    this.files = files;
  }

  /** The process that the debugger looks at. */
  get process(): DebuggedProcess {
    const processes = [...this.debuggee.processes.values()];
    const process =
      processes.find(({ threads }) => threads.get(this.#selected?.koid ?? 0n) !== undefined) ??
      processes.find(({ hasEnded, isSeen }) => !hasEnded && isSeen);
    if (process === undefined) throw new ProtocolError("there is no process any more");
    return process;
  }

  /** The thread that it looks at. */
  get thread(): DebuggedThread {
    const { threads } = this.process;
    const thread = threads.get(this.#selected?.koid ?? 0n) ?? threads.values().next().value;
    if (thread === undefined) throw new ProtocolError("there is no thread any more");
    return thread;
  }

  /** Looks at a thread from now on. */
  select(thread: DebuggedThread): void {
    this.#selected = thread;
  }

  /** The identifier of a thread, as this debugger has it. */
  idOf(process: DebuggedProcess, thread: DebuggedThread): string {
    return this.hasProcesses ? `p${process.digits}.${thread.digits}` : thread.digits;
  }

  /** All threads, in the order in which they came. */
  *threads(): Generator<readonly [DebuggedProcess, DebuggedThread], void, undefined> {
    for (const process of this.debuggee.processes.values()) {
      if (!process.isSeen) continue;
      for (const thread of process.threads.values()) yield [process, thread];
    }
  }

  /**
   * The one that an identifier names; with 0 for any, the one that is looked at.
   *
   * @throws {@link ProtocolError}
   */
  find(id: string): readonly [DebuggedProcess, DebuggedThread] {
    const wanted = threadId(id);
    const { process: current } = this;
    const isCurrent = (koid: bigint) => koid === current.koid;
    const found = [...this.threads()].filter(
      ([process, thread]) =>
        matches(wanted.thread, thread.koid) &&
        (wanted.process === undefined || matches(wanted.process, process.koid)),
    );
    const looked = found.find(([, thread]) => thread === this.#selected);
    const thread = looked ?? found.find(([process]) => isCurrent(process.koid)) ?? found[0];
    if (thread === undefined) throw new ProtocolError(`there is no thread ${id}`);
    return thread;
  }
}

function matches(wanted: bigint | "all" | "any", koid: bigint): boolean {
  return typeof wanted === "string" || wanted === koid;
}
