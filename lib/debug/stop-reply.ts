import type { Conversation } from "./conversation.js";
import type { Report } from "./debuggee.js";
import type { DebuggedProcess } from "./debugged-process.js";
import type { DebuggedThread } from "./debugged-thread.js";
import { hexByte, hexText, littleEndian } from "./hex.js";
import { REGISTERS } from "./register-file.js";
import { Signal, signalOf, type Stop, wordsOf } from "./stop.js";

/** Registers that debuggers ask for at each stop, and what is before each in the reply. */
const EXPEDITED = (["rbp", "rsp", "rip"] as const).map((name) => {
  const number = REGISTERS.findIndex((register) => register.name === name);
  return { name, label: `;${hexByte(number)}:` };
});
const WORD_DIGITS = 16;

/** What the kernel ends a process with of which an exception was left. */
const CODE_OF_EXCEPTION = -1028n;
/** What it ends others with. */
const CODES_OF_KERNEL = new Set([-1024n, -1025n, -1026n, -1029n, -1088n]);

/** What a report is as a packet. */
export function stopReply(conversation: Conversation, report: Report): string {
  switch (report.kind) {
    case "none":
      return conversation.knowsOfNone ? "N" : "W00";
    case "end":
      return endReply(conversation, report.process);
    case "stop":
      return threadReply(conversation, report.process, report.thread);
  }
}

function endReply({ hasProcesses }: Conversation, { process, koid, passed }: DebuggedProcess) {
  const { returnCode } = process.info();
  const whose = hasProcesses ? `;process:${koid.toString(16)}` : "";
  if (returnCode === CODE_OF_EXCEPTION) {
    const signal = passed === undefined ? Signal.KILL : signalOf(passed);
    return `X${hexByte(signal)}${whose}`;
  }
  if (CODES_OF_KERNEL.has(returnCode)) return `X${hexByte(Signal.KILL)}${whose}`;
  return `W${hexByte(Number(BigInt.asUintN(8, returnCode)))}${whose}`;
}

function threadReply(
  conversation: Conversation,
  process: DebuggedProcess,
  thread: DebuggedThread,
): string {
  const { stop, registers } = thread;
  // lldb goes on by itself once it has looked at the libraries.
  const isSilent = conversation.isLldb && stop?.kind === "libraries";
  const signal = isSilent || stop === undefined ? Signal.NONE : signalOf(stop);
  let reply = `T${hexByte(signal)}thread:${conversation.idOf(process, thread)}`;
  for (const { name, label } of EXPEDITED) {
    reply += label + littleEndian(registers[name], WORD_DIGITS);
  }
  const more = conversation.isLldb ? lldbFields(conversation, process, thread) : [];
  if (stop !== undefined) more.push(...reasonFields(stop, conversation.isLldb));
  for (const field of more) reply += `;${field}`;
  return `${reply};`;
}

function reasonFields(stop: Stop, isLldb: boolean): string[] {
  switch (stop.kind) {
    case "breakpoint":
      if (isLldb) return ["reason:breakpoint"];
      return [stop.hardware ? "hwbreak:" : "swbreak:"];
    case "watchpoint":
      return [`${stop.watch}:${stop.address.toString(16)}`];
    case "libraries":
      return ["library:"];
    case "stepped":
      return isLldb ? ["reason:trace"] : [];
    case "exception":
    case "launched":
      return isLldb ? ["reason:signal", `description:${hexText(wordsOf(stop) ?? "")}`] : [];
    case "attached":
      // gdb asks for libraries by itself.
      return isLldb ? ["reason:signal", "library:"] : [];
    case "interrupted":
      return isLldb ? ["reason:signal"] : [];
  }
}

function lldbFields(
  { listsThreads }: Conversation,
  process: DebuggedProcess,
  thread: DebuggedThread,
): string[] {
  const fields = [`hexname:${hexText(thread.thread.getName())}`];
  if (listsThreads) {
    const all = [...process.threads.values()];
    fields.push(`threads:${all.map(({ digits }) => digits).join(",")}`);
    const places = all.map((other) => (other.isStopped ? other.registers.rip : 0n));
    fields.push(`thread-pcs:${places.map((place) => place.toString(16)).join(",")}`);
  }
  return fields;
}
