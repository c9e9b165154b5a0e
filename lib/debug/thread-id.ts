import { numberOf } from "./hex.js";

/** A koid, or all there are, or any one. */
export type Wanted = bigint | "all" | "any";

/** What an identifier names. Without a process it is the one that is looked at, or has the thread. */
export interface ThreadId {
  readonly process: Wanted | undefined;
  readonly thread: Wanted;
}

/**
 * Reads `TID`, `pPID` or `pPID.TID`, in which 0 is any and -1 all.
 *
 * @throws ProtocolError
 */
export function threadId(text: string): ThreadId {
  if (!text.startsWith("p")) return { process: undefined, thread: wanted(text) };
  const [process = "", thread = "-1"] = text.slice(1).split(".");
  return { process: wanted(process), thread: wanted(thread) };
}

function wanted(text: string): Wanted {
  if (text === "-1") return "all";
  const number = numberOf(text);
  return number === 0n ? "any" : number;
}
