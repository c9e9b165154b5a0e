import { basename } from "node:path";

import { type Scope, scoped } from "../base/dispose.js";
import { ProcessBuilderError, ZxError } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkCString, checkText, type CString, lastPart, textOf } from "../base/strings.js";
import { checkTarget, type Target } from "../base/target.js";
import {
  type Bytes,
  checkArray,
  checkBoolean,
  checkBytes,
  checkOptions,
  checkPath,
  checkU64,
  invalidType,
  isBytes,
  isUrl,
} from "../base/validate.js";
import type { Channel } from "../handles/channel.js";
import type { Handle } from "../handles/handle.js";
import { Kernel } from "../kernel/kernel.js";
import type { BuiltProcess } from "../process-builder/built-process.js";
import { Elf64Headers } from "../process-builder/elf-headers.js";
import { inspectFile } from "../process-builder/inspection.js";
import { decodeMessage, type DecodedMessage } from "../process-builder/message.js";
import { ProcessBuilder } from "../process-builder/process-builder.js";
import {
  checkEnvironment,
  checkWorkingDirectory,
  type EnvironmentOption,
  withWorkingDirectory,
} from "../program/environment.js";
import {
  checkLibraryOptions,
  libraryDirectories,
  type LibraryOptions,
} from "../program/libraries.js";
import { worldBeside } from "../program/world.js";
import { type Abi, checkAbi } from "../zx/abi.js";
import { checkHandleInfo, type HandleInfo } from "../zx/handle-info.js";
import { objectTypeName, type ObjectTypeName } from "../zx/object-type.js";
import type { MappingInfo } from "../zx/report.js";
import { answerLoader, type PlannedLinker } from "./libraries.js";
import { placeholder } from "./placeholder.js";
import { type PlannedRegister, registersAtEntry } from "./registers.js";

/** What a launch is to be like. */
export interface PlanOptions extends LibraryOptions {
  /** The processor to launch on; by default the one that the executable names, or else `x86-64`. */
  target?: Target;
  /** The process's name; the file's by default. */
  name?: CString;
  /** Arguments after the name. */
  args?: readonly CString[];
  /** Environment variables: by name, or as `KEY=VALUE`. */
  env?: EnvironmentOption;
  /** The working directory: an absolute path of the namespace. */
  cwd?: string;
  /** Where the namespace's directories go. */
  namespace?: readonly string[];
  /** Leaves away what `run` gives every program: a default job, `/svc` and `/tmp`. */
  bare?: boolean;
  /** Further startup handles; the plan makes something to stand for each. */
  handles?: readonly (HandleInfo | number)[];
  /** The least size of the initial stack in bytes. */
  minStackSize?: bigint;
  /** The ABI of the process; by default the newest that has all that its files import. */
  abi?: Abi;
}

/** A handle in a bootstrap message. */
export interface PlannedHandle {
  /** What it is for. */
  readonly info: HandleInfo;
  readonly objectType: ObjectTypeName | "Unknown";
  readonly koid: bigint;
  /** The koid of the peer, parent or owner; 0 for none. */
  readonly relatedKoid: bigint;
  /** The object's name; empty if it has none. */
  readonly name: string;
  /** Bits of {@link Rights}. */
  readonly rights: number;
}

/** A bootstrap message, as the process will read it. */
export interface PlannedMessage {
  readonly bytes: Uint8Array;
  readonly contents: DecodedMessage;
  readonly handles: readonly PlannedHandle[];
}

/** The initial stack. */
export interface PlannedStack {
  /** The lowest address. */
  readonly base: bigint;
  /** Bytes. */
  readonly size: bigint;
  /** The name of its VMO, which says how the size came about. */
  readonly name: string;
}

/** A launch up to the first instruction. Where it fails, the plan has what was reached. */
export interface LaunchPlan {
  /** The process's name. */
  readonly name: string;
  readonly target: Target;
  /** The executable's headers, if the loader accepts them. */
  readonly headers: Elf64Headers | undefined;
  /** Whether the process could be built, or else why not. */
  readonly verdict:
    | { readonly ok: true; readonly error?: undefined }
    | { readonly ok: false; readonly error: ProcessBuilderError };
  /** The dynamic linker; `undefined` if none was asked for. */
  readonly linker: PlannedLinker | undefined;
  /** The address space: every VMAR, and every mapping in them. */
  readonly maps: readonly MappingInfo[];
  /** The linker's message if there is one, and the main one. None of a launch that fails. */
  readonly messages: readonly PlannedMessage[];
  readonly stack: PlannedStack | undefined;
  /** None of a launch that fails. */
  readonly registers: readonly PlannedRegister[];
}

const KEYS = [
  "target",
  "name",
  "args",
  "env",
  "cwd",
  "namespace",
  "bare",
  "handles",
  "libraryPath",
  "sdk",
  "minStackSize",
  "abi",
];

/** With one seed, one input gives one plan. */
const SEED = 0;

/**
 * Builds a process for an executable as `run` would, on a kernel of its own that runs nothing, and
 * tells all there is to see. The same input gives the same plan everywhere.
 *
 * @param executable a file's path, or its bytes
 * @throws Node's error if the executable, or a linker that exists, cannot be read. What Fuchsia would
 * fail with is no exception but the plan's verdict.
 *
 * @example
 * ```ts
 * import { planLaunch } from "zirconia";
 *
 * const { verdict, maps, messages } = await planLaunch("guest/out/hello", { args: ["world"] });
 * console.log(verdict.ok, maps.length, messages[0]?.contents.args);
 * ```
 */
export async function planLaunch(
  executable: string | URL | Bytes,
  options: PlanOptions = {},
): Promise<LaunchPlan> {
  const checked = checkPlanOptions(options);
  return scoped((scope) => planIn(scope, checkExecutable(executable), options, checked));
}

async function planIn(
  scope: Scope,
  file: string | Uint8Array,
  options: PlanOptions,
  checked: CheckedOptions,
): Promise<LaunchPlan> {
  const path = typeof file === "string" ? file : "program";
  const { name = path, abi } = options;
  // What is no regular file can be read only once.
  const { target, headers, held } = await inspectFile(file, options.target);
  const kernel = scope.use(new Kernel({ machine: "null", clock: "virtual", seed: SEED, target }));
  const vmo =
    held === undefined
      ? await kernel.vmoFromFile(path)
      : kernel.vmoFromBytes(held, { name: basename(path) });
  const builder = scope.use(
    new ProcessBuilder({
      name: lastPart(name),
      job: kernel.rootJob,
      executable: vmo,
      ...(abi && { abi }),
    }),
  );
  // Through it the address space can be seen even if the builder fails.
  const process = scope.use(builder.duplicateProcess());
  const [client, server] = kernel.createChannel();
  const [result, linker] = await Promise.all([
    build(builder.addArguments([name, ...checked.args]), client, checked),
    answerLoader(server, libraryDirectories(options, target)),
  ]);
  const reached = {
    name: textOf(name),
    target,
    headers: headers instanceof Elf64Headers ? headers : undefined,
    linker,
    maps: process.maps(),
  };
  if (result instanceof ProcessBuilderError) {
    const verdict = { ok: false, error: result } as const;
    return jsonable({ ...reached, verdict, messages: [], stack: undefined, registers: [] });
  }
  const built = scope.use(result);
  return jsonable({
    ...reached,
    verdict: { ok: true },
    // A linker has one of its own, which it reads first.
    messages: Array.from({ length: linker === undefined ? 1 : 2 }, () =>
      readMessage(built.bootstrap),
    ),
    stack: jsonable({
      base: built.stackBase,
      size: built.stackVmo.getSize(),
      name: built.stackVmo.getName(),
    }),
    registers: registersAtEntry(target, built),
  });
}

/** What is used of the options, with their defaults. */
interface CheckedOptions {
  args: readonly CString[];
  env: readonly CString[];
  namespace: readonly string[];
  handles: readonly HandleInfo[];
  minStackSize: bigint;
}

function checkPlanOptions(options: PlanOptions): CheckedOptions {
  checkOptions(options, KEYS);
  const { target, name, args = [], env, namespace = [], handles = [] } = options;
  if (target !== undefined) checkTarget("options.target", target);
  if (name !== undefined) checkCString("options.name", name);
  checkAbi("options.abi", options.abi);
  checkArray("options.args", args).forEach((arg, index) =>
    checkCString(`options.args[${index}]`, arg),
  );
  checkArray("options.namespace", namespace).forEach((path, index) =>
    checkText(`options.namespace[${index}]`, path),
  );
  checkLibraryOptions(options);
  const infos = checkArray("options.handles", handles).map((info, index) =>
    checkHandleInfo(`options.handles[${index}]`, info),
  );
  const { cwd, bare, minStackSize = 0n } = options;
  checkU64("options.minStackSize", minStackSize);
  if (cwd !== undefined) checkWorkingDirectory("options.cwd", cwd);
  if (bare !== undefined) checkBoolean("options.bare", bare);
  const world = worldBeside({ bare, paths: namespace, infos });
  return {
    args,
    env: withWorkingDirectory(checkEnvironment(env), cwd),
    namespace: [...namespace, ...world.paths],
    handles: [...infos, ...world.infos],
    minStackSize,
  };
}

/** The path, or the bytes. */
function checkExecutable(executable: unknown): string | Uint8Array {
  if (isBytes(executable)) return checkBytes("executable", executable);
  if (typeof executable !== "string" && !isUrl(executable)) {
    throw invalidType("executable", "a string, a URL or bytes", executable);
  }
  return checkPath("executable", executable);
}

/** The process, or what its builder fails with. Nobody else holds the loader's client end then. */
async function build(
  builder: ProcessBuilder,
  loader: Channel,
  { env, namespace, handles, minStackSize }: CheckedOptions,
): Promise<BuiltProcess | ProcessBuilderError> {
  const { kernel } = loader;
  try {
    builder.addEnvironmentVariables(env).setMinStackSize(minStackSize).setLoaderService(loader);
    builder.addHandles(handles.map((info) => ({ handle: placeholder(kernel, info), info })));
    builder.addNamespaceEntries(
      namespace.map((path) => ({ path, directory: kernel.createChannel()[0] })),
    );
    return await builder.build();
  } catch (error) {
    builder.dispose();
    if (!(error instanceof ProcessBuilderError)) throw error;
    return error;
  }
}

function readMessage(bootstrap: Channel): PlannedMessage {
  const { bytes, handles } = bootstrap.read();
  const contents = decodeMessage(bytes, handles.length);
  const planned = handles.map((handle, index) => describe(handle, contents.handleInfos[index]!));
  return jsonable({ bytes, contents, handles: planned });
}

function describe(handle: Handle, info: HandleInfo): PlannedHandle {
  const { koid, relatedKoid, rights, type } = handle.basicInfo();
  return jsonable({
    info,
    objectType: objectTypeName(type),
    koid,
    relatedKoid,
    name: nameOf(handle),
    rights,
  });
}

function nameOf(handle: Handle): string {
  try {
    return handle.getName();
  } catch (error) {
    if (error instanceof ZxError) return "";
    throw error;
  }
}
