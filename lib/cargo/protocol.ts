// What cargo's runner and the server say to each other; crates/cargo-tool has the other end, and
// tells what is in the frames.
import { Buffer } from "node:buffer";

/** What a connection begins with. */
export const MAGIC = Buffer.from("ZRC2");

/** What a frame is. */
export const FrameKind = Object.freeze({
  Request: 1,
  Input: 2,
  Accepted: 16,
  Stdout: 17,
  Stderr: 18,
  WantInput: 19,
  Exit: 20,
} as const);

/** A frame from a runner. */
export interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
}

/** What a runner asks for. Strings are bytes, as the system has them. */
export interface RunnerRequest {
  /** The program's path, and its arguments. */
  readonly args: readonly Buffer[];
  /** Each as `KEY=VALUE`. */
  readonly env: readonly Buffer[];
  readonly cwd: Buffer;
  /** What its input is: a person may type some; there is none. */
  readonly input: "some" | "typed" | "empty";
}

/** By their numbers. */
const INPUTS = ["some", "typed", "empty"] as const;

const HEADER = 5;

/** Bytes of a request, at most: Linux has no place for more arguments and variables. */
const MAX_REQUEST = 1 << 23;
/** Bytes of input in a frame, at most. */
const MAX_INPUT = 1 << 16;

/** The header of a frame, which its payload is to follow. */
export function frameHeader(kind: number, length: number): Buffer {
  const header = Buffer.alloc(HEADER);
  header[0] = kind;
  header.writeUInt32LE(length, 1);
  return header;
}

/** Takes frames out of what comes from a runner. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;

  /**
   * Takes a chunk, and gives each frame that is complete with it.
   *
   * @throws Error for what no runner sends
   */
  *take(chunk: Buffer): Generator<Frame, void, undefined> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#begun) {
      const beginning = this.#rest.subarray(0, MAGIC.length);
      if (!beginning.equals(MAGIC.subarray(0, beginning.length))) {
        throw new Error("not the runner's protocol");
      }
      if (beginning.length < MAGIC.length) return;
      this.#begun = true;
      this.#rest = this.#rest.subarray(MAGIC.length);
    }
    while (this.#rest.length >= HEADER) {
      const kind = this.#rest[0]!;
      const end = HEADER + checkLength(kind, this.#rest.readUInt32LE(1));
      if (this.#rest.length < end) return;
      const payload = this.#rest.subarray(HEADER, end);
      this.#rest = this.#rest.subarray(end);
      yield { kind, payload };
    }
  }
}

function checkLength(kind: number, length: number): number {
  const most = { [FrameKind.Request]: MAX_REQUEST, [FrameKind.Input]: MAX_INPUT }[kind];
  if (most === undefined || length > most) {
    throw new Error(`no such frame: kind ${kind}, ${length} bytes`);
  }
  return length;
}

/**
 * Decodes a request.
 *
 * @throws Error if it is none
 */
export function decodeRequest(payload: Buffer): RunnerRequest {
  let at = 0;
  const advance = (size: number) => {
    const begin = at;
    at += size;
    if (at > payload.length) throw new Error("a request that is too short");
    return begin;
  };
  const number = () => payload.readUInt32LE(advance(4));
  const string = () => {
    const length = number();
    const begin = advance(length);
    const bytes = payload.subarray(begin, begin + length);
    if (bytes.includes(0)) throw new Error("a request with a NUL in a string");
    return bytes;
  };
  const list = () => {
    // It grows by what is there, whatever the count says.
    const strings: Buffer[] = [];
    for (let left = number(); left > 0; left--) strings.push(string());
    return strings;
  };
  const request = { args: list(), env: list(), cwd: string() };
  const input = INPUTS[payload[advance(1)]!];
  if (at < payload.length || request.args.length === 0 || input === undefined) {
    throw new Error("a request that is none");
  }
  return { ...request, input };
}
