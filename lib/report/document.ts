// The document behind a report: plain JSON, which the page shows and anybody may read. Its schema is
// schemas/report.schema.json. Addresses, koids and other 64-bit numbers are text: `0x…`, or decimal
// below 0. Instants are nanoseconds from the first record of the trace.

/** A 64-bit number. `BigInt` of it is the number. */
export type NumberText = string;

/** A launch, and if it was run, what came of it. */
export interface ReportDocument {
  /** Grows with every incompatible change. */
  readonly schemaVersion: 1;
  /** The program's name and arguments, for people to read. */
  readonly command: string;
  /** The processor: `x86-64`, `aarch64`, `riscv64`. */
  readonly target: string;
  readonly launch: ReportedLaunch;
  /** What happened from the first record of the trace on; not of a plan. */
  readonly run?: ReportedRun;
  readonly end: ReportedEnd;
}

/** The steps of a launch, in their order; a static one has nothing to link. */
export type LaunchStep = "parse" | "link" | "map" | "message" | "start";

/** A launch up to the first instruction; where it failed, what was reached. */
export interface ReportedLaunch {
  /** The process's name. */
  readonly name: string;
  readonly error?: ReportedError;
  /** What the file's headers say, if the loader takes them. */
  readonly file?: ReportedFile;
  /** The dynamic linker, if one was asked for. */
  readonly linker?: { readonly name: string; readonly path?: string };
  /** The address space: every VMAR, and every mapping in them. */
  readonly maps: readonly ReportedMapping[];
  /** The linker's message if there is one, and the program's. */
  readonly messages: readonly BootstrapMessage[];
  /** At the first instruction; all others are 0. */
  readonly registers: readonly ReportedRegister[];
}

/** Why something failed. */
export interface ReportedError {
  readonly message: string;
  readonly code: string;
}

/** An ELF file's headers. */
export interface ReportedFile {
  /** The entry point's address before relocation. */
  readonly entry: NumberText;
  /** Whether its addresses are relative to wherever it is loaded. */
  readonly relocatable: boolean;
  readonly segments: readonly ReportedSegment[];
}

/** A program header. */
export interface ReportedSegment {
  /** `PT_LOAD`; a number for what the loader does not know. */
  readonly type: string;
  /** 1 read, 2 write, 4 execute. */
  readonly permissions: number;
  /** Bytes from the beginning of the file. */
  readonly offset: NumberText;
  /** Its address before relocation. */
  readonly address: NumberText;
  /** Bytes in the file. */
  readonly fileSize: NumberText;
  /** Bytes in memory: what the file lacks is zeros. */
  readonly memorySize: NumberText;
}

/** A VMAR, or a mapping in the one before it that has a lower depth. */
export interface ReportedMapping {
  readonly type: "vmar" | "mapping";
  /** Nesting: 0 for the root VMAR. */
  readonly depth: number;
  /** The first address. */
  readonly base: NumberText;
  /** Bytes. */
  readonly size: NumberText;
  /** The VMAR's koid, or that of the mapping's VMO. */
  readonly koid: NumberText;
  /** The VMO's name; empty for a VMAR. */
  readonly name: string;
  /** Of mappings: 1 read, 2 write, 4 execute. */
  readonly permissions: number;
  /** Of mappings: where in the VMO they begin, in bytes. */
  readonly offset: NumberText;
  /** Why it is there, for people to read. */
  readonly why: string;
  /** The step that it is there from. */
  readonly step: LaunchStep;
}

/** A bootstrap message, as the process reads it. */
export interface BootstrapMessage {
  readonly reader: "linker" | "program";
  /** In hexadecimal. */
  readonly bytes: string;
  /** What the bytes mean, from the first to the last. */
  readonly parts: readonly MessagePart[];
  readonly handles: readonly ReportedHandle[];
}

/** Some bytes of a message. */
export interface MessagePart {
  /** From the beginning of the message, in bytes. */
  readonly offset: number;
  readonly size: number;
  /** What they are called: `args_off`, `args[0]`. */
  readonly name: string;
  /** What they say. */
  readonly meaning: string;
}

/** A handle that a process is started with. */
export interface ReportedHandle {
  /** What it is for: `FileDescriptor(1)`. */
  readonly info: string;
  /** `Channel`; `Unknown` for what this version has no name for. */
  readonly objectType: string;
  readonly koid: NumberText;
  /** The koid of the peer, parent or owner. */
  readonly relatedKoid?: NumberText;
  /** The object's name; empty if it has none. */
  readonly name: string;
  /** Spelled, with `|` between them. */
  readonly rights: string;
}

/** A register. */
export interface ReportedRegister {
  readonly name: string;
  /** `null` for the bootstrap handle's, which the kernel chooses at the start. */
  readonly value: NumberText | null;
  /** What is in it, for people to read. */
  readonly meaning: string;
}

/** What happened while a program was launched and ran. */
export interface ReportedRun {
  /** From the first record of the trace to the last. */
  readonly duration: number;
  /** What JavaScript did for it: read files, built, started, answered requests. They may overlap. */
  readonly steps: readonly ReportedStep[];
  readonly processes: readonly ReportedProcess[];
  readonly threads: readonly ReportedThread[];
  /** In the order in which they began. */
  readonly calls: readonly ReportedCall[];
  /** Messages of channels, in the order in which they were written. */
  readonly messages: readonly ReportedMessage[];
  /** What else happened: changes of address spaces, starts and ends, crashes. */
  readonly events: readonly ReportedEvent[];
  /** What was written to file descriptors 1 and 2, and to the debug log. */
  readonly output: readonly ReportedOutput[];
  /** Memory that is committed in the kernel, each time it has changed. */
  readonly memory: readonly MemorySample[];
  /** How much of the middle is left out, as it is too much to keep. */
  readonly omitted: Readonly<
    Record<"steps" | "calls" | "messages" | "events" | "output" | "samples", number>
  >;
  /** Records that the trace itself had no room for. */
  readonly dropped: number;
}

/** Something that JavaScript did. */
export interface ReportedStep {
  /** `build`; of a request that was answered, the protocol and its method. */
  readonly name: string;
  /** With what; empty if the name says it. */
  readonly details: string;
  readonly at: number;
  /** `null` if it has not come to an end. */
  readonly took: number | null;
}

/** A process. The first is the one in which JavaScript's handles are. */
export interface ReportedProcess {
  readonly koid: NumberText;
  readonly name: string;
  readonly at: number;
  readonly end?: number;
  readonly returnCode?: NumberText;
}

/** A thread; of JavaScript, and of what no thread has done, one with the koid 0. */
export interface ReportedThread {
  readonly koid: NumberText;
  readonly name: string;
  /** Its process's place in the list. */
  readonly process: number;
  readonly at: number;
  readonly end?: number;
}

/** A system call. */
export interface ReportedCall {
  /** Its thread's place in the list. */
  readonly thread: number;
  /** `zx_channel_read` */
  readonly name: string;
  readonly at: number;
  /** From the kernel's entry to its answer; `null` if it never returned. */
  readonly took: number | null;
  /** Whether it waited. */
  readonly blocked?: true;
  /** Names and what they were, in words. */
  readonly args: readonly (readonly [name: string, text: string])[];
  /** `ZX_OK`; `?` if it never returned, empty for calls that have none. */
  readonly result: string;
}

/** A message on its way. */
export interface ReportedMessage {
  readonly at: number;
  /** The thread that wrote it, by its place in the list. */
  readonly thread: number;
  /** The call that wrote it, by its place in the list; none of JavaScript's. */
  readonly call?: number;
  /** The end that it was written to. */
  readonly from: NumberText;
  /** The end that it can be read from. */
  readonly to: NumberText;
  /** What it is, for people to read. */
  readonly what: string;
  /** Bytes. */
  readonly size: number;
  /** The first of them, in hexadecimal. */
  readonly bytes: string;
  readonly read?: ReportedRead;
}

/** Who has read a message. */
export interface ReportedRead {
  readonly at: number;
  /** The thread, by its place in the list. */
  readonly thread: number;
  /** The call, by its place in the list; none of JavaScript's. */
  readonly call?: number;
}

/** Something else that happened. */
export interface ReportedEvent {
  readonly at: number;
  readonly kind: "map" | "unmap" | "protect" | "start" | "thread" | "crash" | "exit";
  /** Its process's place in the list. */
  readonly process: number;
  /** The call that caused it, by its place in the list. */
  readonly call?: number;
  /** For people to read. */
  readonly what: string;
  /** The first address of what is changed. */
  readonly base?: NumberText;
  /** Bytes of it. */
  readonly size?: NumberText;
  /** What it has now: 1 read, 2 write, 4 execute. */
  readonly permissions?: number;
}

/** Something that was written. */
export interface ReportedOutput {
  readonly at: number;
  readonly stream: "stdout" | "stderr" | "log";
  /** The call that wrote it, by its place in the list. */
  readonly call?: number;
  /** The first of it, as text. */
  readonly text: string;
  /** Bytes, all of them. */
  readonly size: number;
}

/** How much memory all processes have that is real, from an instant on. */
export interface MemorySample {
  readonly at: number;
  readonly bytes: number;
}

/** How it ended. */
export interface ReportedEnd {
  readonly kind:
    | "planned"
    | "refused"
    | "exit"
    | "kill"
    | "limit"
    | "crash"
    | "timeout"
    | "canceled"
    | "output"
    | "stream";
  /** One line about it. */
  readonly message: string;
  readonly returnCode?: NumberText;
  /** What was used up, if that is why. */
  readonly limit?: string;
  readonly crash?: ReportedCrash;
  /** The last that was written to the debug log. */
  readonly log: string;
}

/** What is left of a process that died of an exception. */
export interface ReportedCrash {
  /** The exception's name less its `ZX_EXCP_`. */
  readonly exception: string;
  /** `process/thread` */
  readonly thread: string;
  readonly pc: NumberText;
  readonly faultAddress: NumberText;
  /** Functions, files and lines of the pc, the innermost first. */
  readonly source: readonly string[];
  readonly registers: readonly { readonly name: string; readonly value: NumberText }[];
  /** The address space at that moment. */
  readonly maps: readonly ReportedMapping[];
  /** What the address is in, or near, for people to read. */
  readonly hit: string;
}
