import type { ObjectTypeName } from "../object-type.js";
import { hex } from "../text.js";
import { signalNames, zxStatus } from "./names.js";
import { meaning } from "./options.js";
import { type Parameter, type Prototype, prototype } from "./prototypes.js";
import type { TracedArgument, TraceRecord } from "./record.js";
import { formatBuffer, formatObject, formatValue, type ValueContext } from "./values.js";

type Enter = Extract<TraceRecord, { type: "syscallEnter" }>;
type Exit = Extract<TraceRecord, { type: "syscallExit" }>;

/** Bytes that the kernel tells of one argument, at most. */
const TOLD = 256;
/** Bytes of a `zx_wait_item_t`: handle, the signals waited for, those seen. */
const WAIT_ITEM = 12;

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
      case "void":
        return "";
      case "zx_status_t":
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

  #argument({ name, cType }: Parameter, index: number, known: TracedArgument | undefined): string {
    const register = this.#enter.args[index]!;
    if (!cType.endsWith("*")) {
      const object = known?.objects[0];
      if (object !== undefined && object.koid !== 0n) {
        return formatObject(object);
      }
      const call = this.#enter.name!;
      return meaning(call, name, register) ?? formatValue(cType, name, register, this.#context);
    }
    if (register === 0n) {
      return "null";
    }
    if (known === undefined) {
      return hex(register);
    }
    const memory = this.#memory(name, cType, known);
    // A futex is its address; the value says little.
    return cType.includes("zx_futex_t") ? hex(register) + memory : memory;
  }

  /** What a pointer leads to. */
  #memory(name: string, cType: string, { objects, bytes }: TracedArgument): string {
    const target = cType.replace(/^const /, "").slice(0, -1);
    const count = this.#count(name) ?? 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (name === "value" && bytes.length === 8) {
      return `[${hex(view.getBigUint64(0, true))}]`;
    }
    if (target === "char" || target === "void") {
      return formatBuffer(bytes, bytes.length === TOLD && count > TOLD);
    }
    if (target === "zx_port_packet_t") {
      return formatPacket(view);
    }
    let items;
    if (objects.length > 0) {
      items = objects.map((object, index) => {
        const text = object.koid === 0n ? "HANDLE_INVALID" : formatObject(object);
        return target === "zx_wait_item_t"
          ? `{${text}, ${formatWaitItem(view, index * WAIT_ITEM, object.type)}}`
          : text;
      });
    } else {
      items = [...scalars(view)].map((value) => formatValue(target, name, value, this.#context));
    }
    const cut = bytes.length + bytes.length / items.length > TOLD && count > items.length;
    return `[${[...items, ...(cut ? ["..."] : [])].join(", ")}]`;
  }

  /** How many elements the caller says an array has. */
  #count(name: string): number | undefined {
    const { parameters } = this.#prototype!;
    const index = parameters.findIndex(
      (other) => other.name === `num_${name}` || other.name === `${name}_size`,
    );
    return index < 0 ? undefined : Number(BigInt.asUintN(32, this.#enter.args[index]!));
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

const PACKET_TYPES = ["USER", "SIGNAL_ONE"];

function formatPacket(view: DataView): string {
  const type = view.getUint32(8, true);
  const parts = [
    `key=${hex(view.getBigUint64(0, true))}`,
    PACKET_TYPES[type] ?? `type ${type}`,
    zxStatus(view.getInt32(12, true)),
  ];
  if (PACKET_TYPES[type] === "SIGNAL_ONE") {
    parts.push(`observed=${signalNames(view.getUint32(20, true), "Unknown")}`);
  }
  return `{${parts.join(", ")}}`;
}
