import { hex } from "../base/text.js";
import type { MappingInfo } from "../zx/report.js";
import type { LaunchStep, ReportedMapping } from "./document.js";

/** What tells why something is mapped, as far as it is known. */
export interface MappingContext {
  /** The executable's name, as its VMO has it. */
  readonly executable: string;
  /** Whether a dynamic linker is there in the executable's place. */
  readonly hasLinker: boolean;
  /** The koid of the VMAR that has what was loaded. */
  readonly loadedVmar?: bigint | undefined;
  /** The koids of the VMOs that the process has handles to. */
  readonly vdso?: bigint | undefined;
  readonly stack?: bigint | undefined;
}

type Reason = Pick<ReportedMapping, "why" | "step">;

/** An address space, and why everything is in it. */
export function reportedMaps(
  maps: readonly MappingInfo[],
  context: MappingContext,
): ReportedMapping[] {
  return maps.map((line, index) => ({
    type: line.type,
    depth: line.depth,
    base: hex(line.base),
    size: hex(line.size),
    koid: hex(line.type === "vmar" ? line.koid : line.vmo),
    name: line.type === "vmar" ? "" : line.name,
    permissions: line.type === "vmar" ? 0 : line.permissions,
    offset: line.type === "vmar" ? "0x0" : hex(line.vmoOffset),
    ...(line.type === "vmar" ? whyVmar(maps, index, context) : whyMapping(line, context)),
  }));
}

function whyVmar(maps: readonly MappingInfo[], index: number, context: MappingContext): Reason {
  const vmar = maps[index] as Extract<MappingInfo, { type: "vmar" }>;
  if (vmar.depth === 0) {
    return { why: "the root VMAR: all that user mode may have", step: "parse" };
  }
  // What is in it follows, a level deeper.
  const next = maps[index + 1];
  const first = next !== undefined && next.depth > vmar.depth ? next : undefined;
  if (first?.type !== "mapping") {
    return { why: "a VMAR with nothing in it", step: "map" };
  }
  const { step } = whyMapping(first, context);
  const isLoaded = vmar.koid === context.loadedVmar;
  const what = isLoaded && !context.hasLinker ? "the executable" : subject(first, context);
  return { why: `room for ${what}, from its first page to its last`, step };
}

type Mapping = Extract<MappingInfo, { type: "mapping" }>;

function whyMapping(mapping: Mapping, context: MappingContext): Reason {
  const { name, vmo } = mapping;
  if (vmo === context.vdso || /^vdso\b/.test(name)) {
    const part = (mapping.permissions & 4) === 0 ? "its headers and tables" : "its code";
    return { why: `the vDSO, through which the process calls the kernel: ${part}`, step: "map" };
  }
  if (vmo === context.stack || name.startsWith("stack: ")) {
    return {
      why: "the initial stack; its VMO's name says how large it had to be",
      step: "message",
    };
  }
  const what = subject(mapping, context);
  if (name.startsWith("bss:")) {
    return { why: `zeros: memory of ${what} that the file has nothing for`, step: "map" };
  }
  if (name.startsWith("data:")) {
    return {
      why: `data of ${what}: a copy that is its own, made page by page as written`,
      step: "map",
    };
  }
  const kind = (mapping.permissions & 4) === 0 ? "headers and constants" : "code";
  return { why: `${kind} of ${what}, straight from the file`, step: "map" };
}

/** Whose memory it is. */
function subject({ name, vmo }: Mapping, { executable, hasLinker, vdso, stack }: MappingContext) {
  if (vmo === vdso || /^vdso\b/.test(name)) return "the vDSO";
  if (vmo === stack || name.startsWith("stack: ")) return "the stack";
  const file = name.replace(/^(bss|data):/, "");
  // Names of VMOs are cut off.
  if (!hasLinker && (file === executable || executable.startsWith(file))) return "the executable";
  return hasLinker ? "the dynamic linker" : "the executable";
}

/** The steps of a launch. A linker is there before anything of it is mapped. */
export const STEPS: readonly LaunchStep[] = ["parse", "link", "map", "message", "start"];

/** What an address is in, or near. */
export function placeOf(address: bigint, maps: readonly MappingInfo[]): string {
  const mappings = maps.filter((line): line is Mapping => line.type === "mapping");
  const hit = mappings.find((line) => line.base <= address && address < endOf(line));
  if (hit !== undefined) {
    return `in ${hit.name} at ${hex(hit.base)}, ${hex(address - hit.base)} bytes from its beginning`;
  }
  if (address < 0x1000n) return "nothing is mapped there: a null pointer";
  const below = mappings.reduce<Mapping | undefined>(
    (last, line) => (endOf(line) <= address ? line : last),
    undefined,
  );
  const above = mappings.find((line) => line.base > address);
  const near = [
    ...(below === undefined ? [] : [`${hex(address - endOf(below))} bytes beyond ${below.name}`]),
    ...(above === undefined ? [] : [`${hex(above.base - address)} bytes before ${above.name}`]),
  ];
  return `nothing is mapped there: ${near.join(", ")}`;
}

function endOf({ base, size }: MappingInfo): bigint {
  return base + size;
}
