import { statusOf, ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { ExceptionChannel, ExceptionMessage } from "../handles/exception-channel.js";
import type { Process } from "../handles/process.js";
import { ExceptionType } from "../zx/exception.js";
import { Beginning } from "./begin.js";
import { type Action, DebuggedThread } from "./debugged-thread.js";
import { changePlaceOf } from "./libraries.js";
import { DebuggedMemory } from "./memory.js";
import { OutOfLine } from "./out-of-line.js";
import type { Stop } from "./stop.js";
import { unlessRefused } from "./unless-refused.js";
import { Watchpoints } from "./watchpoints.js";

/** What a linker finds as its process's debug address that is to stop once it has set it. */
const BREAK_ON_SET = 1n;

/** Who is told of what becomes of a process. */
export interface ProcessObserver {
  /** A thread has stopped, or waits to begin. */
  stopped(process: DebuggedProcess, thread: DebuggedThread): void;
  /** A thread is gone. */
  exited(process: DebuggedProcess): void;
  /** The process is dead. */
  ended(process: DebuggedProcess): void;
}

/** Where a debugger of its own can come to a process. */
export interface Door {
  /** A port, or the path of a socket. */
  readonly address: number | string;
  /** Lets nobody come any more. */
  close(): void;
}

/** How a debugger comes to a process: before it begins, while it runs, or for an exception. */
export type Arrival = "start" | "attach" | ExceptionMessage;

/** A process that is debugged, by its exception channel. It owns its handle. */
export class DebuggedProcess {
  readonly koid: bigint;
  /** That in hexadecimal. */
  readonly digits: string;
  readonly process: Process;
  readonly memory: DebuggedMemory;
  readonly outOfLine: OutOfLine;
  readonly threads = new Map<bigint, DebuggedThread>();
  /** Whether what begins goes on at once. */
  runs = false;
  hasEnded = false;
  /** Whether the debugger has not said yet that it wants this one, which was launched meanwhile. */
  isOffered = false;
  /** Whether it is known where another debugger can come to it. */
  canBeTold = false;
  /** Where that is, while it is offered. */
  door: Door | undefined;
  /** Whether the debugger knows that it has ended. */
  isReported = false;
  /** What it died of that the debugger has passed on. */
  passed: Stop | undefined;
  /** The entries of what its linker listed as its program began, if that was seen. */
  startupLibraries: ReadonlySet<bigint> | undefined;
  #beginning: Beginning | undefined;
  /** Where its linker stops by for debuggers. */
  #changePlace = 0n;
  /** Whether nobody looks at it any more, but it is not to be without a debugger yet. */
  #isLeft = false;
  #watchpoints = new Watchpoints();
  #observer: ProcessObserver;
  readonly #channel: ExceptionChannel;

  /** @throws ZxError for a process that is dead, or has a debugger */
  constructor(process: Process, observer: ProcessObserver, arrival: Arrival) {
    this.koid = process.koid;
    this.digits = this.koid.toString(16);
    this.#observer = observer;
    this.#channel = process.createExceptionChannel({ debugger: true });
    this.process = process;
    this.memory = new DebuggedMemory(process);
    this.outOfLine = new OutOfLine(this);
    try {
      process.setBreakOnLoad(1n);
      if (arrival === "start") {
        process.setDebugAddress(BREAK_ON_SET);
        this.#beginning = new Beginning(this);
      } else {
        for (const koid of process.threads()) this.#add(koid);
        this.followLibraries();
      }
      if (typeof arrival === "object") this.#crashed(arrival);
    } catch (error) {
      this.detach();
      throw error;
    }
    void this.#listen(this.#channel);
  }

  /** Another is told of what becomes of it from now on. */
  moveTo(observer: ProcessObserver): void {
    this.#observer = observer;
  }

  /** Whether the debugger sees its threads. */
  get isSeen(): boolean {
    return !this.isBeginning && !this.isOffered;
  }

  /** Whether it has not come to its program yet. */
  get isBeginning(): boolean {
    return this.#beginning !== undefined;
  }

  /** What its threads stop at by their debug registers. */
  get watchpoints(): Watchpoints {
    return this.#watchpoints;
  }

  /**
   * Changes that. Its threads have stopped.
   *
   * @throws ZxError, upon which it is as it was: `NOT_SUPPORTED` where there are no debug registers
   */
  watch(watchpoints: Watchpoints): void {
    const changed: DebuggedThread[] = [];
    try {
      for (const thread of this.threads.values()) {
        thread.thread.writeDebugState(watchpoints.registers);
        changed.push(thread);
      }
    } catch (error) {
      for (const { thread } of changed) thread.writeDebugState(this.#watchpoints.registers);
      throw error;
    }
    this.#watchpoints = watchpoints;
  }

  /**
   * Where a thread that is at a breakpoint can execute the instruction that is in its place. Debug
   * registers would stop it in the place alone.
   */
  slotOf({ registers }: DebuggedThread): bigint | undefined {
    return this.#watchpoints.isEmpty ? this.outOfLine.slotOf(registers.rip) : undefined;
  }

  /** Stops from now on when its linker has loaded libraries, or is about to. */
  followLibraries(): void {
    const place = changePlaceOf(this);
    this.#changePlace = place !== 0n && this.memory.follow(place) ? place : 0n;
  }

  /** Stops all of its threads: what has not stopped yet, of each that is to be waited for. */
  halt(): Promise<void>[] {
    this.runs = false;
    // It stops by itself, and nobody knows of it yet.
    if (this.isBeginning) return [];
    const halting: Promise<void>[] = [];
    for (const thread of this.threads.values()) {
      if (!thread.isStopped) halting.push(thread.halt());
    }
    return halting;
  }

  /**
   * Lets a thread go on.
   *
   * An exception that is passed on, and that nobody else handles, is not told of twice.
   */
  resume(thread: DebuggedThread, action: Action): void {
    const passes = action.passes && thread.stop?.kind === "exception";
    if (passes) this.passed = thread.stop;
    thread.resume(action);
    if (!passes) return;
    const message = this.#channel.isValid ? this.#poll() : undefined;
    if (message === undefined) return;
    if (message.thread === thread.koid) {
      message.exception.close();
    } else {
      this.#receive(message);
    }
  }

  /**
   * Leaves it to itself, without anything of ours in it but copies in which a thread that runs may be.
   * What has stopped goes on. A linker that is about to stop for its debugger would die of it if there
   * were none: that is waited for.
   */
  detach(): void {
    const { process } = this;
    this.#isLeft = true;
    this.#holdAll();
    this.memory.removeBreakpoints();
    if (this.#hasReturned()) this.memory.uncover();
    if (!this.#watchpoints.isEmpty) unlessRefused(() => this.watch(new Watchpoints()));
    unlessRefused(() => process.setBreakOnLoad(0n));
    const willStop = this.#willStop();
    for (const thread of this.threads.values()) {
      // What it met elsewhere it meets again in its place: nobody else is to see where it was.
      const passes =
        thread.stop?.kind === "exception" &&
        !thread.wasElsewhere &&
        !this.#isLinkersStop(thread.stop);
      if (thread.isStopped) unlessRefused(() => thread.resume({ steps: false, passes }));
    }
    this.door?.close();
    if (willStop) this.#forgetThreads();
    else this.close();
  }

  /** Gives up all handles, its own among them. */
  close(): void {
    this.#channel.close();
    this.#forgetThreads();
    this.process.close();
    this.door?.close();
  }

  /** Takes all threads out of code of ours: whether none may be there. One that runs may. */
  #hasReturned(): boolean {
    return [...this.threads.values()].every(
      (thread) => thread.isStopped && unlessRefused(() => void thread.registers),
    );
  }

  #forgetThreads(): void {
    for (const thread of this.threads.values()) thread.close();
    this.threads.clear();
  }

  /** Holds what has been raised and not told of: nobody else knows of breakpoints of ours. */
  #holdAll(): void {
    unlessRefused(() => {
      for (let message = this.#poll(); message !== undefined; message = this.#poll()) {
        if (message.type === ExceptionType.THREAD_EXITING) message.exception.close();
        else this.#hold(message);
      }
    });
  }

  /** Whether its linker is going to stop for a debugger, and cannot be told not to. */
  #willStop(): boolean {
    const { process } = this;
    let address = 0n;
    unlessRefused(() => {
      address = process.getDebugAddress();
      if (address !== BREAK_ON_SET) return;
      process.setDebugAddress(0n);
      address = 0n;
    });
    const hasStopped = [...this.threads.values()].some(({ stop }) => this.#isLinkersStop(stop));
    return address !== 0n && this.#beginning?.isLinking === true && !hasStopped;
  }

  /** Whether a stop is what the linker does for its debugger. */
  #isLinkersStop(stop: Stop | undefined): boolean {
    const isTrap = stop?.kind === "exception" && stop.report.type === ExceptionType.SW_BREAKPOINT;
    return isTrap && this.#beginning?.isLinking === true;
  }

  /** A thread waits for an answer that others have been asked for, and not given. */
  #crashed({ thread: koid, type, exception }: ExceptionMessage): void {
    const thread = this.#add(koid);
    if (thread === undefined) return exception.close();
    thread.hold(exception, false, false);
    thread.stop = this.#stopOf(thread, type);
  }

  #add(koid: bigint): DebuggedThread | undefined {
    const known = this.threads.get(koid);
    if (known !== undefined) return known;
    try {
      const thread = new DebuggedThread(koid, this.process.getChild(koid), (rip, isSure) =>
        this.outOfLine.placeOf(rip, isSure),
      );
      this.threads.set(koid, thread);
      return thread;
    } catch (error) {
      // It has ended meanwhile.
      if (statusOf(error) === ZxStatus.NOT_FOUND) return undefined;
      throw error;
    }
  }

  async #listen(channel: ExceptionChannel): Promise<void> {
    try {
      // Its iterator would do, and take longer.
      for (;;) {
        const message = await channel.receive();
        // One that was on its way as it was closed is for whoever is next.
        if (channel.isValid) this.#receive(message);
        else message.exception.close();
      }
    } catch (error) {
      // It was closed, its process has ended, or its kernel.
      const isOver = !channel.isValid || statusOf(error) === ZxStatus.PEER_CLOSED;
      if (!(error instanceof ZirconiaError && (isOver || this.#isLeft))) throw error;
    } finally {
      // Otherwise it was closed, as its kernel may have been.
      if (channel.isValid) this.#end();
    }
  }

  #end(): void {
    if (this.#isLeft) return this.close();
    this.hasEnded = true;
    this.#forgetThreads();
    this.door?.close();
    this.#observer.ended(this);
  }

  #poll(): ExceptionMessage | undefined {
    try {
      return this.#channel.poll();
    } catch (error) {
      if (statusOf(error) === ZxStatus.PEER_CLOSED) return undefined;
      throw error;
    }
  }

  #receive(message: ExceptionMessage): void {
    if (this.#isLeft) return this.#pass(message);
    try {
      this.#take(message);
    } catch (error) {
      // It was killed meanwhile, and has no state any more.
      if (!(error instanceof ZirconiaError)) throw error;
      message.exception.close();
      this.threads.get(message.thread)?.close();
      this.threads.delete(message.thread);
    }
  }

  /** Lets one go on that is left, as without a debugger, until its linker has stopped for one. */
  #pass({ type, exception }: ExceptionMessage): void {
    if (type !== ExceptionType.SW_BREAKPOINT) return exception.close();
    unlessRefused(() => exception.resume());
    exception.close();
    this.close();
  }

  #take(message: ExceptionMessage): void {
    if (message.type === ExceptionType.THREAD_EXITING) {
      this.threads.get(message.thread)?.close();
      this.threads.delete(message.thread);
      message.exception.close();
      this.#observer.exited(this);
      return;
    }
    const thread = this.#hold(message);
    if (thread === undefined || this.#beginning?.goesOn(thread) === true) return;
    this.#beginning = undefined;
    this.#observer.stopped(this, thread);
  }

  /** Keeps a thread where it is, and finds out why it is there. */
  #hold({ type, thread: koid, exception }: ExceptionMessage): DebuggedThread | undefined {
    const thread = this.#add(koid);
    if (thread === undefined) {
      exception.close();
      return undefined;
    }
    thread.hold(exception, type === ExceptionType.THREAD_STARTING);
    if (thread.isStarting && !this.#watchpoints.isEmpty) {
      thread.thread.writeDebugState(this.#watchpoints.registers);
    }
    if (!thread.isStarting) {
      thread.stop = this.#stopOf(thread, type);
      thread.stoppedAt = thread.registers.rip;
    }
    return thread;
  }

  #stopOf(thread: DebuggedThread, type: ExceptionType): Stop {
    switch (type) {
      case ExceptionType.SW_BREAKPOINT: {
        // The thread is behind it.
        const { registers } = thread;
        const rip = registers.rip - 1n;
        if (this.memory.hasBreakpoint(rip)) {
          thread.jumpTo(rip);
          const isOurs = !this.memory.hasBreakpoint(rip, "debugger");
          return isOurs && rip === this.#changePlace
            ? { kind: "libraries" }
            : { kind: "breakpoint", hardware: false };
        }
        const trap = this.process.getBreakOnLoad();
        if (trap === rip || trap === registers.rip) return { kind: "libraries" };
        break;
      }
      case ExceptionType.HW_BREAKPOINT: {
        if (this.#watchpoints.isEmpty) return { kind: "stepped" };
        const { dr6 } = thread.thread.readDebugState();
        return this.#watchpoints.stopOf(dr6) ?? { kind: "stepped" };
      }
    }
    return { kind: "exception", report: thread.thread.exceptionReport() };
  }
}
