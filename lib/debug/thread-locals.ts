// Where a thread has its copies of thread-local variables (psABI "Thread-Local Storage", variant II).
import type { DebuggedProcess } from "./debugged-process.js";
import type { DebuggedThread } from "./debugged-thread.js";
import { imageAt, threadLocalsOf } from "./image.js";
import { DEBUG_SIZE, ENTRY_SIZE, librariesOf, listOf, wordsAt } from "./libraries.js";
import { ProtocolError } from "./protocol-error.js";

/** No process has as many addresses. */
const TOO_MUCH = 1n << 47n;
const WORD = 8n;

/**
 * Where a thread has a variable.
 *
 * @param entry the library's entry in the linker's list
 * @param offset the variable's, in what its library has of them
 * @throws {@link ProtocolError} if the thread has none
 */
export function threadLocalAddress(
  process: DebuggedProcess,
  thread: DebuggedThread,
  entry: bigint,
  offset: bigint,
): bigint {
  const pointer = thread.registers.fsBase;
  const start = lateCopy(process, pointer, entry) ?? placeOf(process, pointer, entry);
  if (pointer === 0n || start === undefined) {
    throw new ProtocolError("the thread has no such variables yet");
  }
  return BigInt.asUintN(64, start + offset);
}

/**
 * The copy of a library that was loaded into a running program. The second word at the thread pointer
 * leads to a table of them, by the places of their entries in the linker's list; how many there are is
 * before it.
 */
function lateCopy(process: DebuggedProcess, pointer: bigint, entry: bigint): bigint | undefined {
  const from = entry - listOf(process) - BigInt(DEBUG_SIZE);
  if (from < 0n || from % BigInt(ENTRY_SIZE) !== 0n) return undefined;
  const index = from / BigInt(ENTRY_SIZE);
  const table = wordAt(process, pointer + WORD);
  if (index >= wordAt(process, table)) return undefined;
  return wordAt(process, table + WORD * (index + 1n)) || undefined;
}

/** The copy of a library that was there as the program began: below the thread pointer, in their order. */
function placeOf(process: DebuggedProcess, pointer: bigint, entry: bigint): bigint | undefined {
  let end = 0n;
  for (const library of librariesOf(process)) {
    if (process.startupLibraries?.has(library.entry) === false) continue;
    const image = imageAt(process, library.bias);
    const locals = image && threadLocalsOf(process, image);
    if (locals !== undefined) {
      end += locals.size;
      end += -(end + locals.address) & (locals.align - 1n);
      if (end > TOO_MUCH) return undefined;
    }
    if (library.entry === entry) return locals && pointer - end;
    // Who has come later knows it only of the program, which is the first.
    if (process.startupLibraries === undefined) return undefined;
  }
  return undefined;
}

function wordAt(process: DebuggedProcess, address: bigint): bigint {
  return wordsAt(process, BigInt.asUintN(64, address), Number(WORD))?.[0] ?? 0n;
}
