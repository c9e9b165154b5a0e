import type { Commands, Conversation } from "../conversation.js";
import { hexText, numberOf } from "../hex.js";
import { listOf } from "../libraries.js";
import { permissions } from "../../base/text.js";
import { ProtocolError } from "../protocol-error.js";
import { Signal } from "../stop.js";
import { stopReply } from "../stop-reply.js";
import { escapeBytes } from "../packets.js";
import { TRIPLE } from "../target-description.js";

/** What lldb asks beside what gdb does. */
export const LLDB_COMMANDS: Commands = {
  QThreadSuffixSupported: (_, conversation) => {
    conversation.isLldb = true;
    return "OK";
  },
  QListThreadsInStopReply: (_, conversation) => {
    conversation.listsThreads = true;
    return "OK";
  },
  QEnableErrorStrings: (_, conversation) => {
    conversation.takesWords = true;
    return "OK";
  },
  qHostInfo: () => `triple:${hexText(TRIPLE)};ptrsize:8;endian:little;`,
  qProcessInfo: (_, { process }) =>
    `pid:${process.digits};triple:${hexText(TRIPLE)};ptrsize:8;endian:little;`,
  qThreadStopInfo: (id, conversation) => {
    const [process, thread] = conversation.find(id);
    return stopReply(conversation, { kind: "stop", process, thread });
  },
  "qMemoryRegionInfo:": (address, conversation) => memoryRegion(numberOf(address), conversation),
  qShlibInfoAddr: (_, { process }) => {
    const list = listOf(process);
    if (list === 0n) throw new ProtocolError("there is no list of libraries");
    return list.toString(16);
  },
  "qWatchpointSupportInfo:": () => "num:4;",
  jSignalsInfo: () => escapeBytes(Buffer.from(JSON.stringify(SIGNALS))),
};

const SIGNALS = Object.entries(Signal)
  .filter(([, signo]) => signo !== Signal.NONE)
  .map(([name, signo]) => ({
    signo,
    name: `SIG${name}`,
    suppress: signo === Signal.TRAP || signo === Signal.INT,
    stop: true,
    notify: true,
  }));

/** The mapping at an address, or the gap there. */
function memoryRegion(address: bigint, { process }: Conversation): string {
  let from = 0n;
  for (const mapping of process.process.maps()) {
    if (mapping.type !== "mapping") continue;
    const { base, size, name } = mapping;
    if (address < base) return region(from, base);
    if (address < base + size) {
      const letters = permissions(mapping.permissions).replaceAll("-", "");
      return `${region(base, base + size)}permissions:${letters};name:${hexText(name)};`;
    }
    from = base + size;
  }
  return region(from, 1n << 64n);
}

function region(start: bigint, end: bigint): string {
  return `start:${start.toString(16)};size:${(end - start).toString(16)};`;
}
