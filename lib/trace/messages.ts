import { MessageDecodeError } from "../base/errors.js";
import { hex, hexBytes, quoted } from "../base/text.js";
import { checkArray, invalidType } from "../base/validate.js";
import { FidlError } from "../fidl/errors.js";
import * as device from "../fidl/libraries/fuchsia-device.js";
import * as io2026 from "../fidl/libraries/fuchsia-io-2026.js";
import * as io from "../fidl/libraries/fuchsia-io.js";
import * as ldsvc from "../fidl/libraries/fuchsia-ldsvc.js";
import * as process from "../fidl/libraries/fuchsia-process.js";
import { decodeHeader, EPITAPH, type Header } from "../fidl/message.js";
import { type Method, type Methods, Protocol } from "../fidl/protocol.js";
import type { TraceRecord } from "../native/trace-record.js";
import { decodeMessage } from "../process-builder/message.js";
import { formatObject } from "./values.js";

type MessageRecord = Extract<TraceRecord, { type: "message" }>;

/** Bytes of a message that are shown if nothing else is known of it. */
const SHOWN = 32;
/** Requests whose replies are known as such: a program need not wait for any. */
const MAX_PENDING = 4096;

/** Checks a list of protocols. */
export function checkProtocols(name: string, value: unknown): readonly Protocol<Methods>[] {
  return checkArray(name, value).map((protocol, index) => {
    if (!(protocol instanceof Protocol)) {
      throw invalidType(`${name}[${index}]`, "a protocol", protocol);
    }
    return protocol as Protocol<Methods>;
  });
}

const KNOWN = [device, io, io2026, ldsvc, process]
  .flatMap((library) => Object.values<unknown>(library))
  .filter((value): value is Protocol<Methods> => value instanceof Protocol);

/** Says what messages are: bootstrap messages, FIDL, or just bytes. */
export class MessageDescriber {
  readonly #methods = new Map<bigint, { readonly protocol: string; readonly method: Method }>();
  /** Requests without their replies yet: `end/transaction`. */
  readonly #pending = new Set<string>();

  /** @param protocols what is spoken besides the protocols of this package */
  constructor(protocols: readonly Protocol<Methods>[]) {
    for (const protocol of [...protocols, ...KNOWN]) {
      for (const method of protocol.allMethods) {
        // Methods are known by the protocol that declares them, not by those that compose it.
        const declared = method.protocol === protocol.name;
        if (declared || !this.#methods.has(method.ordinal)) {
          this.#methods.set(method.ordinal, { protocol: protocol.name, method });
        }
      }
    }
  }

  /** What a message is, how long it is, and what comes with it. */
  describe(record: MessageRecord): string {
    const { bytes, handles } = record;
    const size = `${bytes.length} bytes`;
    const bootstrap = describeBootstrap(record);
    if (bootstrap !== undefined) {
      return `processargs, ${size}: ${bootstrap}`;
    }
    const fidl = this.#describeFidl(record);
    const more = bytes.length > SHOWN ? " ..." : "";
    const what = fidl ?? `<${hexBytes(bytes.subarray(0, SHOWN))}${more}>`;
    const list = handles.length === 0 ? "" : `, handles [${handles.map(formatObject).join(", ")}]`;
    return `${what}, ${size}${list}`;
  }

  #describeFidl({ bytes, from, to }: MessageRecord): string | undefined {
    const header = fidlHeader(bytes);
    if (header === undefined) {
      return undefined;
    }
    const { ordinal, txid } = header;
    if (ordinal === EPITAPH) {
      return "epitaph";
    }
    const found = this.#methods.get(ordinal);
    if (found === undefined) {
      return undefined;
    }
    const name = `${found.protocol}.${found.method.name}`;
    if (txid === 0) {
      return `${name} ${found.method.kind === "event" ? "event" : "request"}`;
    }
    const kind = this.#pending.delete(`${to}/${txid}`) ? "reply" : "request";
    if (kind === "request") {
      this.#pending.add(`${from}/${txid}`);
      if (this.#pending.size > MAX_PENDING) {
        const [oldest] = this.#pending;
        this.#pending.delete(oldest!);
      }
    }
    return `${name} ${kind} ${hex(txid)}`;
  }
}

function fidlHeader(bytes: Uint8Array): Header | undefined {
  try {
    return decodeHeader(bytes);
  } catch (error) {
    if (error instanceof FidlError) {
      return undefined;
    }
    throw error;
  }
}

function describeBootstrap({ bytes, handles }: MessageRecord): string | undefined {
  try {
    const { args, handleInfos } = decodeMessage(bytes, handles.length);
    const list = handles.map((object, index) => `${handleInfos[index]}=${formatObject(object)}`);
    return `args [${args.map(quoted).join(", ")}], handles [${list.join(", ")}]`;
  } catch (error) {
    if (error instanceof MessageDecodeError) {
      return undefined;
    }
    throw error;
  }
}
