import { native } from "../native/native.js";

type Tables = ReturnType<typeof native.traceTables>;

/** The prototype of a system call. */
export type Prototype = Tables["prototypes"][number];

/** A parameter of a system call. */
export type Parameter = Prototype["parameters"][number];

let tables: Tables | undefined;
let prototypes: ReadonlyMap<string, Prototype> | undefined;

/** What the arguments of system calls mean, as the Rust crates know it. */
export function traceTables(): Tables {
  return (tables ??= native.traceTables());
}

/** The prototype of a call, by its name less the `zx_`. */
export function prototype(name: string): Prototype | undefined {
  prototypes ??= new Map(traceTables().prototypes.map((entry) => [entry.name, entry]));
  return prototypes.get(name);
}
