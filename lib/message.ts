import { check } from "./errors.js";
import { HandleInfo } from "./handle-info.js";
import { Handle } from "./handles/handle.js";
import { checkHandle } from "./handles/take.js";
import { native } from "./native.js";
import { type CString, packStrings, unpackStrings } from "./strings.js";
import {
  type Bytes,
  checkArray,
  checkBytes,
  checkOptions,
  checkU32,
  invalidType,
} from "./validate.js";

/** A handle for a new process, and what it is for. */
export interface StartupHandle {
  readonly handle: Handle;
  readonly info: HandleInfo;
}

/** What a bootstrap message tells a new process. */
export interface MessageContents {
  /** Command line arguments, the program's name first. */
  readonly args: readonly CString[];
  /** Environment, `KEY=VALUE` by convention. */
  readonly environmentVars: readonly CString[];
  /** Where the directories of the namespace go; the index is the argument of their handles. */
  readonly namespacePaths: readonly CString[];
  /** Handles, in the order in which the process receives them. */
  readonly handles: readonly StartupHandle[];
}

/** The contents of a message, without its handles themselves. */
export interface DecodedMessage {
  readonly args: readonly string[];
  readonly environmentVars: readonly string[];
  readonly namespacePaths: readonly string[];
  /** What each handle is for, in the order of the handles. */
  readonly handleInfos: readonly HandleInfo[];
}

/** Checks a startup handle. */
export function checkStartupHandle(name: string, value: unknown): StartupHandle {
  checkOptions(value, ["handle", "info"]);
  const { handle, info } = value as Partial<StartupHandle>;
  if (!(info instanceof HandleInfo)) {
    throw invalidType(`${name}.info`, "an instance of HandleInfo", info);
  }
  return { handle: checkHandle(`${name}.handle`, handle, Handle), info };
}

/** A bootstrap message: what to write to the bootstrap channel. */
export class Message {
  readonly bytes: Uint8Array;
  /** They still belong to whoever built the message. */
  readonly handles: readonly Handle[];

  /**
   * Builds a message.
   *
   * @throws {@link ProcessargsError} over 64 handles or 65,536 bytes
   */
  constructor(contents: MessageContents) {
    this.bytes = check(native.buildMessage(...pack(contents)));
    this.handles = contents.handles.map(({ handle }) => handle);
  }

  /**
   * Bytes in the message with these contents.
   *
   * @throws {@link ProcessargsError} as the constructor does
   */
  static calculateSize(contents: MessageContents): number {
    return check(native.messageSize(...pack(contents)));
  }
}

/**
 * The contents of a bootstrap message of these bytes that came with `handleCount` handles. Bytes
 * that are not UTF-8 become U+FFFD.
 *
 * @throws {@link MessageDecodeError}
 */
export function decodeMessage(bytes: Bytes, handleCount: number): DecodedMessage {
  const checked = checkBytes("bytes", bytes);
  const message = check(native.decodeMessage(checked, checkU32("handleCount", handleCount)));
  return {
    args: unpackStrings(message.args),
    environmentVars: unpackStrings(message.environmentVars),
    namespacePaths: unpackStrings(message.namespacePaths),
    handleInfos: Array.from(message.handleInfos, (raw) => HandleInfo.fromRaw(raw)),
  };
}

/**
 * The size in bytes of the stack on which the dynamic linker can read a message with these
 * contents and `extraHandles` more: whole pages.
 *
 * @throws {@link ProcessargsError} if there can be no such message
 */
export function calculateInitialLinkerStackSize(
  contents: MessageContents,
  extraHandles: number,
): bigint {
  const size = native.messageSize(...pack(contents), checkU32("extraHandles", extraHandles));
  return BigInt(check(size));
}

function pack(
  contents: MessageContents,
): [infos: Uint32Array, args: Uint8Array, environmentVars: Uint8Array, paths: Uint8Array] {
  checkOptions(contents, ["args", "environmentVars", "namespacePaths", "handles"]);
  const handles = checkArray("contents.handles", contents.handles);
  return [
    Uint32Array.from(
      handles,
      (handle, index) => checkStartupHandle(`contents.handles[${index}]`, handle).info.raw,
    ),
    packStrings("contents.args", contents.args),
    packStrings("contents.environmentVars", contents.environmentVars),
    packStrings("contents.namespacePaths", contents.namespacePaths),
  ];
}
