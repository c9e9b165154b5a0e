import { hex } from "../base/text.js";
import type { TracedArgument, TraceRecord } from "../native/trace-record.js";
import type { ObjectTypeName } from "../zx/object-type.js";
import { signalNames, zxStatus } from "./names.js";
import { numberName } from "./options.js";
import { type Parameter, type Prototype, prototype } from "./prototypes.js";
import { formatBuffer, formatObject, formatValue, type ValueContext } from "./values.js";

type Enter = Extract<TraceRecord, { type: "syscallEnter" }>;
type Exit = Extract<TraceRecord, { type: "syscallExit" }>;

/** Bytes that the kernel tells of one argument, at most. */
const TOLD = 256;

/** An argument in words, by the name of its parameter. */
export type Argument = readonly [name: string, text: string];

/** A system call of which the trace has told that it began. */
export class TracedCall {
  readonly process: bigint;
  readonly thread: bigint;
  /** When it began. */
  readonly time: bigint;
  /** `zx_channel_read`; `syscall_0x3e7` for a number that means nothing. */
  readonly name: string;
  /** Whether its beginning has been told apart from its end. */
  blocked = false;
  /** Whether the kernel has it at all. */
  implemented = true;
  readonly #enter: Enter;
  readonly #prototype: Prototype | undefined;
  readonly #context: ValueContext;

  constructor(enter: Enter) {
    const { process, thread, time, name, number, known } = enter;
    this.process = process;
    this.thread = thread;
    this.time = time;
    this.name = name === undefined ? `syscall_${hex(number)}` : `zx_${name}`;
    this.#enter = enter;
    this.#prototype = name === undefined ? undefined : prototype(name);
    this.#context = { time, objectType: known[0]?.objects[0]?.type ?? "Unknown" };
  }

  /** All arguments; with `exit`, what out pointers lead to then. */
  arguments(exit?: Exit): Argument[] {
    const { args } = this.#enter;
    if (this.#prototype === undefined) {
      return args.map((value, index) => [`arg${index}`, hex(value)]);
    }
    return this.#prototype.parameters.map((parameter, index) => [
      parameter.name,
      this.#argument(parameter, index, this.#known(index, exit?.known)),
    ]);
  }

  /** The arguments through which the call has given something back. */
  outputs(exit: Exit): Argument[] {
    const parameters = this.#prototype?.parameters ?? [];
    return exit.known.flatMap((known) => {
      const parameter = parameters[known.index];
      if (parameter === undefined) {
        return [];
      }
      return [[parameter.name, this.#argument(parameter, known.index, known)] as const];
    });
  }

  /** The result, as in `ZX_OK`; the empty string for calls that have none. */
  result({ value }: Exit): string {
    switch (this.#prototype?.returns) {
      case "Void":
        return "";
      case "Status":
        return zxStatus(Number(BigInt.asIntN(32, value)));
      case undefined:
        return hex(value);
      default:
        return String(BigInt.asIntN(64, value));
    }
  }

  #known(index: number, out: readonly TracedArgument[] = []): TracedArgument | undefined {
    const find = (list: readonly TracedArgument[]) => list.find((known) => known.index === index);
    return find(out) ?? find(this.#enter.known);
  }

  #argument(parameter: Parameter, index: number, known: TracedArgument | undefined): string {
    const register = this.#enter.args[index]!;
    if (parameter.passing === "Value") {
      const object = known?.objects[0];
      if (object !== undefined && object.koid !== 0n) {
        return formatObject(object);
      }
      const name = numberName(this.#enter.name!, parameter, register);
      return name ?? formatValue(parameter, register, this.#context);
    }
    if (register === 0n) {
      return "null";
    }
    if (known === undefined) {
      return hex(register);
    }
    const memory = this.#memory(parameter, known);
    // A futex is its address; the value says little.
    return parameter.meaning === "FutexValue" ? hex(register) + memory : memory;
  }

  /** What a pointer leads to. */
  #memory(parameter: Parameter, { objects, bytes }: TracedArgument): string {
    const { meaning, size } = parameter;
    const count = this.#count(parameter);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (meaning === "PropertyValue" && bytes.length === 8) {
      return `[${hex(view.getBigUint64(0, true))}]`;
    }
    if (size === 1) {
      return formatBuffer(bytes, bytes.length === TOLD && count > TOLD);
    }
    if (meaning === "PortPacket") {
      return formatPacket(view);
    }
    let items;
    if (objects.length > 0) {
      items = objects.map((object, index) => {
        const text = object.koid === 0n ? "HANDLE_INVALID" : formatObject(object);
        return meaning === "WaitItem"
          ? `{${text}, ${formatWaitItem(view, index * size, object.type)}}`
          : text;
      });
    } else {
      items = [...scalars(view)].map((value) => formatValue(parameter, value, this.#context));
    }
    const cut = bytes.length + size > TOLD && count > items.length;
    return `[${[...items, ...(cut ? ["..."] : [])].join(", ")}]`;
  }

  /** How many elements the caller says an array has, or bytes of them; 1 for what is none. */
  #count({ count, unit }: Parameter): number {
    return this.#number(count) * this.#number(unit);
  }

  /** An argument that counts; 1 if there is none. */
  #number(index: number | undefined): number {
    if (index === undefined) {
      return 1;
    }
    const { size } = this.#prototype!.parameters[index]!;
    return Number(BigInt.asUintN(8 * size, this.#enter.args[index]!));
  }
}

function* scalars(view: DataView): Generator<bigint> {
  if (view.byteLength === 4) {
    yield BigInt(view.getUint32(0, true));
  } else if (view.byteLength === 8) {
    yield view.getBigUint64(0, true);
  }
}

function formatWaitItem(view: DataView, at: number, type: ObjectTypeName | "Unknown"): string {
  const [waited, pending] = [view.getUint32(at + 4, true), view.getUint32(at + 8, true)];
  const seen = pending === 0 ? "" : `, pending=${signalNames(pending, type)}`;
  return `${signalNames(waited, type)}${seen}`;
}

const PACKET_TYPES: Readonly<Record<number, string>> = {
  0: "USER",
  1: "SIGNAL_ONE",
  9: "PAGE_REQUEST",
};
const PAGE_REQUESTS = ["READ", "COMPLETE", "DIRTY"];

function formatPacket(view: DataView): string {
  const type = view.getUint32(8, true);
  const parts = [
    `key=${hex(view.getBigUint64(0, true))}`,
    PACKET_TYPES[type] ?? `type ${type}`,
    zxStatus(view.getInt32(12, true)),
  ];
  if (PACKET_TYPES[type] === "SIGNAL_ONE") {
    parts.push(`observed=${signalNames(view.getUint32(20, true), "Unknown")}`);
  } else if (PACKET_TYPES[type] === "PAGE_REQUEST") {
    const command = view.getUint16(16, true);
    parts.push(
      PAGE_REQUESTS[command] ?? `command ${command}`,
      `offset=${hex(view.getBigUint64(24, true))}`,
      `length=${hex(view.getBigUint64(32, true))}`,
    );
  }
  return `{${parts.join(", ")}}`;
}
