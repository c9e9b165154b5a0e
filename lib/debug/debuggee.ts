import type { Process } from "../handles/process.js";
import { Signals } from "../zx/signals.js";
import {
  type Arrival,
  DebuggedProcess,
  type Door,
  type ProcessObserver,
} from "./debugged-process.js";
import { type Action, CONTINUE, type DebuggedThread } from "./debugged-thread.js";
import { ProtocolError } from "./protocol-error.js";
import { signalOf, type Stop } from "./stop.js";
import { unlessRefused } from "./unless-refused.js";

/** What a debugger is told once it has let something run. */
export type Report =
  | { readonly kind: "stop"; readonly process: DebuggedProcess; readonly thread: DebuggedThread }
  | { readonly kind: "end"; readonly process: DebuggedProcess }
  /** What was to run has ended, and the rest has not been told to. */
  | { readonly kind: "none" };

/** What is to become of a thread: nothing, if there is no action. */
export type Plan = (process: DebuggedProcess, thread: DebuggedThread) => Action | undefined;

/** A thread that is to run. */
interface Planned {
  readonly process: DebuggedProcess;
  readonly thread: DebuggedThread;
  readonly action: Action;
  /** Where it begins with that, if not where it is. */
  slot: bigint | undefined;
}

/** Who has the processes that are debugged. */
export interface Keeper {
  /** Ends the programs. */
  end(): Promise<void>;
  /** Finds a process by its koid, among those that may be debugged. */
  find(koid: bigint): Process | undefined;
  /** Opens a door to a process that is offered, if there can be one. */
  open(process: DebuggedProcess): Promise<Door | undefined>;
}

/** All that one debugger sees: processes that stop together, and run together. */
export class Debuggee implements ProcessObserver {
  readonly processes = new Map<bigint, DebuggedProcess>();
  /** Signals that the debugger need not be told of. */
  passedSignals: ReadonlySet<number> = new Set();
  /** Whether the programs go when the debugger does. */
  readonly isOurs: boolean;
  /** The koid of the process that the others were launched by. */
  readonly #program: bigint;
  readonly #keeper: Keeper;
  /** Who waits for a report, while something runs. */
  #waiting: ((report: Report) => void) | undefined;
  #isHalting = false;
  /** Who waits for one thread only. */
  #alone:
    | { readonly process: DebuggedProcess; readonly thread: DebuggedThread; done(): void }
    | undefined;

  /**
   * @param program the koid of the process with which all ends that it has launched
   */
  constructor(isOurs: boolean, program: bigint, keeper: Keeper) {
    this.isOurs = isOurs;
    this.#program = program;
    this.#keeper = keeper;
  }

  /**
   * Ends the programs, or one that was launched by another.
   *
   * @throws {@link ProtocolError} if there is no such
   */
  async kill(koid = this.#program): Promise<void> {
    if (koid === this.#program) return this.#keeper.end();
    const launched = this.processes.get(koid);
    if (launched === undefined) throw new ProtocolError(`there is no process ${koid}`);
    // Whoever ends it knows.
    launched.isReported = true;
    launched.process.kill();
    await launched.process.waitOne(Signals.TASK_TERMINATED);
  }

  /** Takes a process on, which it owns from now on, also if that fails. */
  add(process: Process, arrival: Arrival): void {
    try {
      const debugged = new DebuggedProcess(process, this, arrival);
      this.processes.set(debugged.koid, debugged);
    } catch (error) {
      process.close();
      throw error;
    }
  }

  /**
   * Takes on a process that begins, and offers it to the debugger when it is at its program. It goes
   * on if the debugger has left all others, if somebody else debugs it, or if it is dead already.
   */
  async offer(process: Process): Promise<void> {
    const { koid } = process;
    if (this.#isLeft()) {
      process.close();
      return;
    }
    if (!unlessRefused(() => this.add(process, "start"))) return;
    const debugged = this.processes.get(koid)!;
    debugged.isOffered = true;
    const door = await this.#keeper.open(debugged);
    // It may have been taken, or be dead.
    if (this.processes.get(koid) !== debugged || debugged.hasEnded) door?.close();
    else debugged.door = door;
    debugged.canBeTold = true;
    if (this.#offered(debugged)) this.#tellOf(debugged);
  }

  /** Gives a process that is offered, and waits at its program, to another debugger. */
  give(koid: bigint): DebuggedProcess | undefined {
    const process = this.processes.get(koid);
    if (process?.isOffered !== true || process.isBeginning || process.hasEnded) return undefined;
    this.processes.delete(koid);
    process.isOffered = false;
    process.isReported = false;
    process.door = undefined;
    return process;
  }

  /** Takes on a process that another has given. */
  take(process: DebuggedProcess): void {
    process.moveTo(this);
    this.processes.set(process.koid, process);
  }

  /**
   * Takes on the process that the debugger names: one that it was offered, or one that runs.
   *
   * @throws {@link ProtocolError} if there is no such
   */
  async attach(koid: bigint): Promise<Report> {
    const known = this.processes.get(koid);
    if (known === undefined) {
      const process = this.#keeper.find(koid);
      if (process === undefined) throw new ProtocolError(`there is no process ${koid}`);
      this.add(process, "attach");
      await this.halt();
    } else if (known.isBeginning) {
      throw new ProtocolError(`process ${koid} has not begun`);
    } else {
      known.isOffered = false;
      known.door?.close();
    }
    return this.arrival([this.processes.get(koid)!]);
  }

  /** What a debugger is to see that comes when everything has stopped. */
  arrival(processes: Iterable<DebuggedProcess> = this.processes.values()): Report {
    for (const process of processes) {
      if (process.hasEnded) return { kind: "end", process };
      const threads = [...process.threads.values()];
      const thread = threads.find(({ stop }) => stop !== undefined) ?? threads[0];
      if (thread === undefined) continue;
      thread.stop ??= { kind: "attached" };
      thread.isReported = true;
      return { kind: "stop", process, thread };
    }
    return { kind: "none" };
  }

  /** What comes next, of what runs already. */
  next(): Promise<Report> {
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  /** Whether something runs that a debugger waits for. */
  get isRunning(): boolean {
    return this.#waiting !== undefined;
  }

  /**
   * Lets threads run, until there is something to tell.
   *
   * @throws {@link ProtocolError} if the plan is about none of those that there are
   */
  resume(plan: Plan): Promise<Report> {
    this.#forget();
    const planned = this.#planned(plan);
    const before = this.#unreported(planned);
    if (before !== undefined) return Promise.resolve(before);
    this.#refuse();
    if (planned.length === 0) {
      const hasThreads = [...this.processes.values()].some(({ threads }) => threads.size > 0);
      if (hasThreads) throw new ProtocolError("there is no such thread");
      return Promise.resolve({ kind: "none" });
    }
    const held: Planned[] = [];
    for (const one of planned) {
      if (!isHeld(one)) continue;
      if (!passesOn(one)) one.slot = one.process.slotOf(one.thread);
      if (one.slot === undefined) held.push(one);
    }
    const report = this.next();
    if (held.length === 0) {
      this.#run(planned);
      return report;
    }
    return this.#free(held).then((isFree) => {
      if (isFree && !this.#isStopping) this.#run(planned);
      return report;
    });
  }

  /** Whether what the debugger has let run does no longer, or not for long. */
  get #isStopping(): boolean {
    return !this.isRunning || this.#isHalting;
  }

  /** Stops everything, as if that had been told of a thread. */
  interrupt(): void {
    if (!this.isRunning || this.#isHalting) return;
    const seen = this.#seen();
    if (seen === undefined) return;
    seen.thread.stop ??= { kind: "interrupted" };
    this.#halt({ kind: "stop", ...seen });
  }

  /** Stops everything, whoever waits. */
  async halt(): Promise<void> {
    await Promise.all([...this.processes.values()].flatMap((process) => process.halt()));
  }

  stopped(process: DebuggedProcess, thread: DebuggedThread): void {
    if (this.#alone?.thread === thread) {
      this.#alone.done();
      return;
    }
    const { action, stop } = thread;
    if (thread.isStarting) {
      if (process.runs) process.resume(thread, CONTINUE);
      return;
    }
    const isPassed = stop?.kind === "exception" && this.passedSignals.has(signalOf(stop));
    if (isPassed && !this.#isHalting && !isElsewhere(thread)) {
      process.resume(thread, { steps: action?.steps ?? false, passes: true });
      return;
    }
    if (stop?.kind === "stepped" && this.isRunning && !this.#isHalting) {
      const [first, end] = action?.range ?? [0n, 0n];
      const { rip } = thread.registers;
      if (action !== undefined && rip >= first && rip < end && !isElsewhere(thread)) {
        process.resume(thread, action);
        return;
      }
    }
    if (process.isOffered) this.#tellOf(process);
    else this.#halt({ kind: "stop", process, thread });
  }

  exited(process: DebuggedProcess): void {
    const isOver = [...process.threads.values()].every(({ isStopped }) => isStopped);
    if (isOver && process.threads.size > 0) this.#halt({ kind: "none" });
  }

  ended(process: DebuggedProcess): void {
    if (this.#alone?.process === process) this.#alone.done();
    if (process.isOffered) process.isReported = true;
    else this.#halt({ kind: "end", process });
  }

  /** Leaves all processes to themselves, or one. */
  async detach(koid?: bigint): Promise<void> {
    this.#waiting = undefined;
    await this.halt();
    for (const process of this.processes.values()) {
      if (koid !== undefined && koid !== process.koid) continue;
      process.detach();
      this.processes.delete(process.koid);
    }
    // Nobody would come for those that are offered.
    if (this.#isLeft()) this.close();
  }

  /** Leaves all processes to themselves, at once: also those that run. */
  close(): void {
    for (const process of this.processes.values()) process.detach();
    this.processes.clear();
  }

  #planned(plan: Plan): Planned[] {
    const planned: Planned[] = [];
    for (const process of this.processes.values()) {
      if (!process.isSeen) continue;
      for (const thread of process.threads.values()) {
        const action = plan(process, thread);
        if (action !== undefined) planned.push({ process, thread, action, slot: undefined });
      }
    }
    return planned;
  }

  #run(planned: readonly Planned[]): void {
    for (const { process, thread, action, slot } of planned) {
      process.runs = true;
      // The end of one that is dead is on its way.
      unlessRefused(() => {
        if (slot !== undefined) thread.sendTo(slot);
        process.resume(thread, action);
      });
    }
  }

  /** Has threads past the breakpoints that they are at: whether nothing comes of that to be told. */
  async #free(held: readonly Planned[]): Promise<boolean> {
    for (const one of held) {
      const { process, thread, action } = one;
      const passes = passesOn(one);
      await this.#stepOver(process, thread);
      if (this.#isStopping) return false;
      if (passes && thread.stop?.kind === "exception") continue;
      if (thread.stop?.kind !== "stepped" || action.steps) {
        this.#halt({ kind: "stop", process, thread });
        return false;
      }
    }
    return true;
  }

  /** Gives up the processes of which it has been told that they have ended. */
  #forget(): void {
    for (const process of this.processes.values()) {
      if (!process.hasEnded || !process.isReported) continue;
      process.close();
      this.processes.delete(process.koid);
    }
  }

  /** What has happened that the debugger does not know of yet. */
  #unreported(planned: readonly Planned[]) {
    for (const process of this.processes.values()) {
      if (process.hasEnded && !process.isReported) {
        process.isReported = true;
        return { kind: "end", process } as const;
      }
    }
    for (const process of this.processes.values()) {
      const seen = this.#offered(process) ? this.#seen() : undefined;
      if (seen === undefined) continue;
      seen.thread.stop = launched(process);
      seen.thread.isReported = true;
      process.isReported = true;
      return { kind: "stop", ...seen } as const;
    }
    for (const { process, thread, action } of planned) {
      if (thread.stop === undefined || thread.isReported) continue;
      if (isStillSo(process, thread, action)) {
        thread.isReported = true;
        return { kind: "stop", process, thread } as const;
      }
      thread.stop = undefined;
    }
    return undefined;
  }

  /** The first thread that the debugger sees, and its process. */
  #seen(): { process: DebuggedProcess; thread: DebuggedThread } | undefined {
    for (const process of this.processes.values()) {
      const thread = process.isSeen ? process.threads.values().next().value : undefined;
      if (thread !== undefined) return { process, thread };
    }
    return undefined;
  }

  /** Whether the debugger has none of the processes, but those that it is offered. */
  #isLeft(): boolean {
    return [...this.processes.values()].every(({ isOffered }) => isOffered);
  }

  /** Whether a process waits at its program, and the debugger does not know. */
  #offered({ isOffered, canBeTold, isBeginning, isReported }: DebuggedProcess): boolean {
    return isOffered && canBeTold && !isBeginning && !isReported;
  }

  /** Tells the debugger of a process that has been launched. */
  #tellOf(process: DebuggedProcess): void {
    const seen = this.#seen();
    if (!process.canBeTold || seen === undefined || !this.isRunning || this.#isHalting) return;
    seen.thread.stop ??= launched(process);
    process.isReported = true;
    this.#halt({ kind: "stop", ...seen });
  }

  /** Leaves those to themselves that the debugger was offered and does not want. */
  #refuse(): void {
    for (const process of this.processes.values()) {
      if (!process.isOffered || !process.isReported) continue;
      process.detach();
      this.processes.delete(process.koid);
    }
  }

  /** Makes one instruction of a thread as if there were no breakpoint, while nothing else runs. */
  async #stepOver(process: DebuggedProcess, thread: DebuggedThread): Promise<void> {
    await process.memory.without(thread.registers.rip, async () => {
      await new Promise<void>((done) => {
        this.#alone = { process, thread, done };
        const goes = unlessRefused(() => process.resume(thread, { steps: true, passes: false }));
        if (!goes) done();
      });
      this.#alone = undefined;
    });
  }

  /** Stops everything, and then tells the debugger why. */
  #halt(report: Report): void {
    if (this.#waiting === undefined || this.#isHalting) return;
    this.#isHalting = true;
    const tell = () => {
      this.#isHalting = false;
      // It may wait for a page, or for something that has stopped.
      this.#alone?.done();
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (report.kind === "stop") report.thread.isReported = true;
      if (report.kind === "end") report.process.isReported = true;
      waiting?.(report);
    };
    const halting: Promise<void>[] = [];
    for (const process of this.processes.values()) {
      if (!process.hasEnded) halting.push(...process.halt());
    }
    if (halting.length === 0) tell();
    else void Promise.all(halting).then(tell, tell);
  }
}

function launched({ koid, process, door }: DebuggedProcess): Stop {
  return { kind: "launched", process: koid, name: process.getName(), place: door?.address };
}

/**
 * Whether a thread has stopped where there is a breakpoint, which would stop it again. What it has raised
 * there is passed on first; if that was elsewhere, it is raised there, for nobody else is to see that.
 */
function isHeld(one: Planned): boolean {
  const { process, thread } = one;
  const elsewhere = isElsewhere(thread);
  const { rip } = thread.registers;
  if (rip !== thread.stoppedAt) return false;
  return passesOn(one) ? elsewhere : process.memory.hasBreakpoint(rip);
}

/** Whether a thread has stopped before an instruction that it was to execute elsewhere. */
function isElsewhere(thread: DebuggedThread): boolean {
  // To read them is to find out.
  void thread.registers;
  return thread.wasElsewhere;
}

/** Whether what a thread has raised is for whoever else handles that. */
function passesOn({ thread, action }: Planned): boolean {
  return action.passes && thread.stop?.kind === "exception";
}

/** Whether what has stopped a thread still would. */
function isStillSo(process: DebuggedProcess, { stop, registers }: DebuggedThread, action: Action) {
  switch (stop?.kind) {
    case "stepped":
      return action.steps;
    case "breakpoint":
      return stop.hardware || process.memory.hasBreakpoint(registers.rip, "debugger");
    default:
      return true;
  }
}
