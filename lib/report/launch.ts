import { hex } from "../base/text.js";
import type { LaunchPlan, PlannedHandle, PlannedMessage } from "../plan/plan.js";
import type { PlannedRegister } from "../plan/registers.js";
import type { Elf64Headers } from "../process-builder/elf-headers.js";
import { segmentPermissions, segmentTypeName } from "../process-builder/segments.js";
import { rightNames } from "../trace/names.js";
import { HandleType } from "../zx/handle-info.js";
import type { MappingInfo } from "../zx/report.js";
import type {
  BootstrapMessage,
  ReportedError,
  ReportedFile,
  ReportedHandle,
  ReportedLaunch,
  ReportedRegister,
} from "./document.js";
import { type MappingContext, reportedMaps } from "./mappings.js";
import { messageParts } from "./message-parts.js";

/** What is known of a launch, wherever it comes from. */
export interface LaunchFacts {
  readonly name: string;
  /** The executable's name, as its VMO has it. */
  readonly executable: string;
  readonly error: Error | undefined;
  readonly headers: Elf64Headers | undefined;
  readonly linker: LaunchPlan["linker"];
  readonly maps: readonly MappingInfo[];
  readonly messages: readonly PlannedMessage[];
  readonly registers: readonly PlannedRegister[];
}

/** A launch as a report has it. */
export function reportedLaunch(facts: LaunchFacts): ReportedLaunch {
  const { name, error, headers, linker, maps, messages, registers } = facts;
  return {
    name,
    ...(error && { error: reportedError(error) }),
    ...(headers && { file: reportedFile(headers) }),
    ...(linker && {
      linker: { name: linker.name, ...(linker.path !== undefined && { path: linker.path }) },
    }),
    maps: reportedMaps(maps, mappingContext(facts)),
    messages: messages.map((message, index) =>
      bootstrapMessage(message, index < messages.length - 1 ? "linker" : "program"),
    ),
    registers: registers.map(reportedRegister),
  };
}

/** An error as a report has it. */
export function reportedError(error: Error): ReportedError {
  const { message, code = "ERR_ZIRCONIA" } = error as Error & { code?: string };
  return { message, code };
}

/** What tells why something is mapped. */
export function mappingContext({ executable, linker, messages }: LaunchFacts): MappingContext {
  const handles = messages.flatMap((message) => message.handles);
  const koidOf = (type: HandleType) => handles.find(({ info }) => info.type === type)?.koid;
  return {
    executable,
    hasLinker: linker !== undefined,
    loadedVmar: koidOf(HandleType.LoadedVmar),
    vdso: koidOf(HandleType.VdsoVmo),
    stack: koidOf(HandleType.StackVmo),
  };
}

const ET_DYN = 3;

function reportedFile({ fileHeader, programHeaders }: Elf64Headers): ReportedFile {
  return {
    entry: hex(fileHeader.entry),
    relocatable: fileHeader.type === ET_DYN,
    segments: programHeaders.map(({ type, flags, offset, vaddr, filesz, memsz }) => ({
      type: segmentTypeName(type),
      permissions: segmentPermissions(flags),
      offset: hex(offset),
      address: hex(vaddr),
      fileSize: hex(filesz),
      memorySize: hex(memsz),
    })),
  };
}

function bootstrapMessage(
  { bytes, contents, handles }: PlannedMessage,
  reader: BootstrapMessage["reader"],
): BootstrapMessage {
  return {
    reader,
    bytes: Buffer.from(bytes).toString("hex"),
    parts: messageParts(bytes, contents),
    handles: handles.map(reportedHandle),
  };
}

function reportedHandle(handle: PlannedHandle): ReportedHandle {
  const { info, objectType, koid, relatedKoid, name, rights } = handle;
  return {
    info: info.toString(),
    objectType,
    koid: hex(koid),
    ...(relatedKoid !== 0n && { relatedKoid: hex(relatedKoid) }),
    name,
    rights: rightNames(rights),
  };
}

const MEANINGS = {
  entry: "where it begins: the entry point",
  stack: "the top of the initial stack",
  bootstrap: "the first argument: a handle to the bootstrap channel, which the kernel chooses",
  vdso: "the second argument: where the vDSO is mapped",
} as const satisfies Record<PlannedRegister["role"], string>;

function reportedRegister({ name, role, value }: PlannedRegister): ReportedRegister {
  return { name, value: value === undefined ? null : hex(value), meaning: MEANINGS[role] };
}
