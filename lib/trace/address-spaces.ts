import type { TraceRecord } from "../native/trace-record.js";

type MapRecord = Extract<TraceRecord, { type: "map" }>;
type Range = Pick<MapRecord, "process" | "base" | "length">;

interface Mapping {
  readonly base: bigint;
  readonly end: bigint;
  readonly name: string;
}

/** The names of what processes have mapped, as far as the trace has told. */
export class AddressSpaces {
  readonly #mappings = new Map<bigint, Mapping[]>();

  map({ process, base, length, vmoName }: MapRecord): void {
    const mapping = { base, end: base + length, name: vmoName };
    const mappings = this.#mappings.get(process);
    if (mappings === undefined) {
      this.#mappings.set(process, [mapping]);
    } else {
      mappings.push(mapping);
    }
  }

  unmap({ process, base, length }: Range): void {
    const end = base + length;
    const rest = this.#of(process).flatMap((mapping) => {
      const before = { ...mapping, end: min(mapping.end, base) };
      const after = { ...mapping, base: max(mapping.base, end) };
      return [before, after].filter((piece) => piece.base < piece.end);
    });
    this.#mappings.set(process, rest);
  }

  /** The names of the VMOs in a range, each once. */
  names({ process, base, length }: Range): string[] {
    const end = base + length;
    const hit = this.#of(process).filter((mapping) => mapping.base < end && base < mapping.end);
    return [...new Set(hit.map(({ name }) => name))];
  }

  forget(process: bigint): void {
    this.#mappings.delete(process);
  }

  #of(process: bigint): readonly Mapping[] {
    return this.#mappings.get(process) ?? [];
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
