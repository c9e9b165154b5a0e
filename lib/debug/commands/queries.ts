import { xmlAttribute } from "../../base/xml.js";
import { auxiliaryVector } from "../auxv.js";
import type { Commands, Conversation } from "../conversation.js";
import { countOf, hexText, numberOf } from "../hex.js";
import { executableOf } from "../libraries.js";
import { libraryList, svr4List } from "../library-list.js";
import { memoryMap } from "../memory-map.js";
import { escapeBytes, PACKET_SIZE } from "../packets.js";
import { ProtocolError } from "../protocol-error.js";
import { signalInfo } from "../signal-info.js";
import { signalOf } from "../stop.js";
import { targetDescription } from "../target-description.js";
import { threadLocalAddress } from "../thread-locals.js";

/** What this end can do, beside what every one can. */
const FEATURES = [
  `PacketSize=${PACKET_SIZE.toString(16)}`,
  "QStartNoAckMode+",
  "swbreak+",
  "hwbreak+",
  "vContSupported+",
  "qXfer:features:read+",
  "qXfer:threads:read+",
  "qXfer:auxv:read+",
  "qXfer:exec-file:read+",
  "qXfer:memory-map:read+",
  "QPassSignals+",
  "qXfer:libraries:read+",
  "qXfer:libraries-svr4:read+",
  "qXfer:siginfo:read+",
];

/** What `qXfer` reads, by the object's name. */
const OBJECTS: Readonly<Record<string, (annex: string, of: Conversation) => string | Uint8Array>> =
  {
    features: (annex) => {
      if (annex !== "target.xml") throw new ProtocolError("there is target.xml only");
      return targetDescription();
    },
    threads: (_, conversation) => threadList(conversation),
    auxv: (_, { process }) => auxiliaryVector(process),
    "memory-map": (_, { process }) => memoryMap(process),
    "exec-file": (_, { process, files }) => files.executableOf(process) ?? "",
    libraries: (_, { process, files }) => libraryList(process, files),
    "libraries-svr4": (_, { process, files }) => svr4List(process, files),
    siginfo: (_, { thread }) => {
      if (thread.stop === undefined) throw new ProtocolError("the thread has no signal");
      return signalInfo(thread.stop, thread.registers.rip);
    },
  };

/** What debuggers ask first, and of threads. */
export const QUERY_COMMANDS: Commands = {
  "qSupported:": (argument, conversation) => {
    const features = argument.split(";");
    conversation.hasProcesses = features.includes("multiprocess+");
    conversation.knowsOfNone = features.includes("no-resumed+");
    return [...FEATURES, ...(conversation.hasProcesses ? ["multiprocess+"] : [])].join(";");
  },
  QStartNoAckMode: (_, conversation) => {
    conversation.isTrusted = true;
    return "OK";
  },
  "QPassSignals:": (argument, { debuggee }) => {
    debuggee.passedSignals = new Set(argument.split(";").filter(Boolean).map(countOf));
    return "OK";
  },
  qC: (_, conversation) => `QC${conversation.idOf(conversation.process, conversation.thread)}`,
  qfThreadInfo: (_, conversation) => {
    const ids = [...conversation.threads()].map((pair) => conversation.idOf(...pair));
    return ids.length === 0 ? "l" : `m${ids.join(",")}`;
  },
  qsThreadInfo: () => "l",
  "qThreadExtraInfo,": (id, conversation) => {
    const [, { stop, thread }] = conversation.find(id);
    const why = stop === undefined ? "" : ` (${stop.kind}, signal ${signalOf(stop)})`;
    return hexText(`${thread.getName()}${why}`);
  },
  H: (argument, conversation) => {
    // What is to run is said by `vCont`.
    if (argument.startsWith("g")) conversation.select(conversation.find(argument.slice(1))[1]);
    return "OK";
  },
  T: (id, conversation) => {
    conversation.find(id);
    return "OK";
  },
  "!": () => "OK",
  qAttached: (_, { debuggee }) => (debuggee.isOurs ? "0" : "1"),
  "qAttached:": (_, { debuggee }) => (debuggee.isOurs ? "0" : "1"),
  "qSymbol:": () => "OK",
  "qGetTLSAddr:": (argument, conversation) => {
    const [id = "", offset, entry] = argument.split(",");
    const [process, thread] = conversation.find(id);
    return threadLocalAddress(process, thread, numberOf(entry), numberOf(offset)).toString(16);
  },
  qOffsets: (_, { process }) => {
    const image = executableOf(process);
    return image === undefined ? "" : `TextSeg=${image.bias.toString(16)}`;
  },
  "qXfer:": (argument, conversation) => {
    const [object = "", operation, annex = "", ...place] = argument.split(":");
    const read = Object.hasOwn(OBJECTS, object) ? OBJECTS[object] : undefined;
    if (read === undefined || operation !== "read") return "";
    const [first, length] = (place.join(":") || "").split(",");
    const offset = countOf(first);
    // Each byte may take two.
    const end = offset + Math.min(countOf(length), PACKET_SIZE / 2);
    const name = `${object}:${annex}`;
    const begun = offset > 0 ? conversation.transfer : undefined;
    const bytes = begun?.name === name ? begun.bytes : bytesOf(read(annex, conversation));
    const isLast = end >= bytes.length;
    conversation.transfer = isLast ? undefined : { name, bytes };
    return `${isLast ? "l" : "m"}${escapeBytes(bytes.subarray(offset, end))}`;
  },
};

function bytesOf(object: string | Uint8Array): Uint8Array {
  return typeof object === "string" ? Buffer.from(object) : object;
}

function threadList(conversation: Conversation): string {
  const threads = [...conversation.threads()].map(([process, thread]) => {
    const id = conversation.idOf(process, thread);
    return `<thread id="${id}" name="${xmlAttribute(thread.thread.getName())}"/>`;
  });
  return `<?xml version="1.0"?><threads>${threads.join("")}</threads>`;
}
