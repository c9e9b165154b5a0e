import { MessageDecodeError } from "../base/errors.js";
import { type CString, textOf } from "../base/strings.js";
import type { Target } from "../base/target.js";
import type { TraceRecord } from "../native/trace-record.js";
import type { PlannedLinker } from "../plan/libraries.js";
import type { PlannedMessage } from "../plan/plan.js";
import { type PlannedRegister, registersAtEntry } from "../plan/registers.js";
import type { BuiltProcess } from "../process-builder/built-process.js";
import type { Elf64Headers } from "../process-builder/elf-headers.js";
import { decodeMessage } from "../process-builder/message.js";
import type { RunResult } from "../run/result.js";
import { HandleType } from "../zx/handle-info.js";
import type { MappingInfo } from "../zx/report.js";
import type { ReportDocument } from "./document.js";
import { refusedEnd, reportedEnd } from "./end.js";
import { type LaunchFacts, mappingContext, reportedLaunch } from "./launch.js";
import { RunRecorder } from "./run-recorder.js";

/** What is told of a program that is recorded. */
export interface RecordedProgram {
  /** The file's name, or the process's. */
  readonly name: CString;
  readonly args: readonly CString[];
  /** Files with symbols, and directories of libraries with them. */
  readonly symbols: readonly string[];
}

type Message = Extract<TraceRecord, { type: "message" }>;

/** Follows a run, and makes a report of it. */
export class Recording {
  readonly #program: RecordedProgram;
  readonly #streams = new Map<bigint, "stdout" | "stderr">();
  readonly #recorder = new RunRecorder(this.#streams);
  readonly #names = new Map<bigint, string>();
  readonly #messages: PlannedMessage[] = [];
  #maps: readonly MappingInfo[] = [];
  #headers: Elf64Headers | undefined;
  #registers: readonly PlannedRegister[] = [];
  #target: Target = "x86-64";
  /** What the loader service is asked for first. */
  #linkerName = "";
  #isStarted = false;

  constructor(program: RecordedProgram) {
    this.#program = program;
  }

  /** Takes records of the trace, as they come. */
  readonly trace = (records: readonly TraceRecord[]): void => {
    for (const record of records) {
      if (!this.#isStarted) this.#follow(record);
      this.#recorder.add(record);
    }
  };

  /** Takes the first process, before it is started. */
  readonly built = (built: BuiltProcess): void => {
    this.#maps = built.process.maps();
    this.#headers = built.elfHeaders;
    this.#target = built.process.kernel.target;
    this.#registers = registersAtEntry(this.#target, built);
  };

  /** The report, once the program has ended. */
  async finish(outcome: RunResult<string | Uint8Array> | Error): Promise<ReportDocument> {
    const facts = this.#facts(outcome);
    const context = mappingContext(facts);
    const isResult = "returnCode" in outcome;
    const { name, args, symbols } = this.#program;
    return {
      schemaVersion: 1,
      command: [name, ...args].map(textOf).join(" "),
      target: this.#target,
      launch: reportedLaunch(facts),
      run: this.#recorder.finish(),
      end: isResult ? await reportedEnd(outcome, context, symbols) : refusedEnd(outcome),
    };
  }

  #facts(outcome: RunResult<string | Uint8Array> | Error): LaunchFacts {
    const name = textOf(this.#program.name);
    return {
      name,
      executable: name.slice(name.lastIndexOf("/") + 1),
      error: "returnCode" in outcome ? undefined : outcome,
      headers: this.#headers,
      linker: this.#linker(),
      maps: this.#maps,
      messages: this.#messages,
      registers: this.#registers,
    };
  }

  /** A program that has two messages has a linker, which reads the first. */
  #linker(): PlannedLinker | undefined {
    if (this.#messages.length < 2) return undefined;
    return { name: this.#linkerName, path: undefined };
  }

  /** Learns from what happens before the program is started. */
  #follow(record: TraceRecord): void {
    switch (record.type) {
      case "processCreate":
        this.#names.set(record.process, record.name);
        break;
      case "map":
        this.#names.set(record.vmo, record.vmoName);
        break;
      case "stepBegin":
        if (record.name === "load") this.#linkerName ||= record.details;
        break;
      case "message":
        this.#message(record);
        break;
      case "processStart":
        this.#names.set(record.thread, record.threadName);
        this.#isStarted = true;
        break;
    }
  }

  #message(record: Message): void {
    const { bytes, handles } = record;
    try {
      const contents = decodeMessage(bytes, handles.length);
      const seen = handles.map(({ type, koid, relatedKoid, rights }, index) => ({
        info: contents.handleInfos[index]!,
        objectType: type,
        koid,
        relatedKoid,
        name: this.#names.get(koid) ?? "",
        rights,
      }));
      this.#messages.push({ bytes, contents, handles: seen });
      for (const { info, koid } of seen) {
        if (info.type !== HandleType.FileDescriptor) continue;
        if (info.arg === 1) this.#streams.set(koid, "stdout");
        if (info.arg === 2) this.#streams.set(koid, "stderr");
      }
    } catch (error) {
      if (!(error instanceof MessageDecodeError)) throw error;
    }
  }
}
