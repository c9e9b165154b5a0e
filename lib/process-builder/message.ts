import { check } from "../base/errors.js";
import { type CString, packStrings, unpackStrings } from "../base/strings.js";
import { type Bytes, checkArray, checkBytes, checkOptions, checkU32 } from "../base/validate.js";
import { Channel } from "../handles/channel.js";
import { Handle } from "../handles/handle.js";
import { checkGiven, checkHandle } from "../handles/take.js";
import { native } from "../native/native.js";
import { checkHandleInfo, HandleInfo } from "../zx/handle-info.js";

/** A handle for a new process, and what it is for: an info, or its {@link HandleInfo.raw}. */
export interface StartupHandle {
  readonly handle: Handle;
  readonly info: HandleInfo | number;
}

/** A startup handle that was checked. */
export interface CheckedStartupHandle extends StartupHandle {
  readonly info: HandleInfo;
}

/** What a bootstrap message tells a new process. */
export interface MessageContents {
  /** Command line arguments, the program's name first. None by default. */
  readonly args?: readonly CString[];
  /** Environment, `KEY=VALUE` by convention. None by default. */
  readonly environmentVars?: readonly CString[];
  /**
   * Where the directories of the namespace go; the index is the argument of their handles. None by
   * default.
   */
  readonly namespacePaths?: readonly CString[];
  /** Handles, in the order in which the process receives them. None by default. */
  readonly handles?: readonly StartupHandle[];
}

/** The contents of a message, without its handles themselves. */
export interface DecodedMessage {
  readonly args: readonly string[];
  readonly environmentVars: readonly string[];
  readonly namespacePaths: readonly string[];
  /** What each handle is for, in the order of the handles. */
  readonly handleInfos: readonly HandleInfo[];
}

/**
 * Checks startup handles.
 *
 * @throws {@link HandleInfoError} for a number that is no {@link HandleInfo}
 */
export function checkStartupHandles(name: string, values: unknown): CheckedStartupHandle[] {
  return checkArray(name, values).map((value, index) => {
    const at = `${name}[${index}]`;
    checkOptions(value, ["handle", "info"], at);
    const { handle, info } = value as Partial<StartupHandle>;
    return {
      handle: checkGiven(`${at}.handle`, handle, Handle),
      info: checkHandleInfo(`${at}.info`, info),
    };
  });
}

/** A bootstrap message: what to write to the bootstrap channel. */
export class Message {
  readonly bytes: Uint8Array;
  /** They belong to whoever has built the message, until it is written. */
  readonly handles: readonly Handle[];

  /**
   * Builds a message.
   *
   * @throws {@link ProcessargsError} over 64 handles or 65,536 bytes
   */
  constructor(contents: MessageContents) {
    this.bytes = check(native.buildMessage(...pack(contents)));
    this.handles = (contents.handles ?? []).map(({ handle }) => handle);
  }

  /**
   * Writes the message to a channel, which is borrowed. The handles are consumed on every outcome.
   *
   * @throws as {@link Channel.write}
   */
  write(channel: Channel): void {
    checkHandle("channel", channel, Channel).write(this.bytes, this.handles);
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
 *
 * @example
 * ```ts
 * import { decodeMessage, planLaunch } from "zirconia";
 *
 * const [message] = (await planLaunch("guest/out/hello")).messages;
 * if (message) console.log(decodeMessage(message.bytes, message.handles.length).args);
 * ```
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
  checkOptions(contents, ["args", "environmentVars", "namespacePaths", "handles"], "contents");
  const { args = [], environmentVars = [], namespacePaths = [], handles = [] } = contents;
  const checked = checkStartupHandles("contents.handles", handles);
  return [
    Uint32Array.from(checked, ({ info }) => info.raw),
    packStrings("contents.args", args),
    packStrings("contents.environmentVars", environmentVars),
    packStrings("contents.namespacePaths", namespacePaths),
  ];
}
