import type { ExecutionContext } from "ava";

import {
  type BuiltProcess,
  HandleInfo,
  HandleType,
  type Kernel,
  LoaderService,
  type Process,
  ProcessBuilder,
  type ProcessBuilderOptions,
  Signals,
} from "../../index.js";
import * as fidl from "../../lib/fidl/index.js";
import type { MethodsOf } from "../../lib/fidl/protocol.js";
import { OpenFlags } from "../../lib/vfs/index.js";
import { guest, guestBytes } from "./native.js";

const EnvVar = fidl.struct("EnvVar", { key: fidl.string(), value: fidl.string() });

/** What process_builder_test_util serves (src/lib/process_builder/test-utils/test_util.test.fidl). */
const Util = fidl.protocol(
  "test.processbuilder/Util",
  {
    GetArguments: fidl.twoWay({}, { args: fidl.vector(fidl.string()) }),
    GetArgumentCount: fidl.twoWay({}, { count: fidl.uint64 }),
    GetEnvironment: fidl.twoWay({}, { vars: fidl.vector(EnvVar) }),
    GetEnvironmentCount: fidl.twoWay({}, { count: fidl.uint64 }),
    DumpNamespace: fidl.twoWay({}, { contents: fidl.string() }),
    ReadFile: fidl.twoWay({ path: fidl.string() }, { contents: fidl.string() }),
    GetLifecycleKoid: fidl.twoWay({}, { koid: fidl.uint64 }),
  },
  { discoverable: true },
);

/** A client of the directory that it serves. */
export type DirectoryClient = fidl.Client<MethodsOf<typeof fidl.io.Directory>>;

/** A client of its protocol. */
export type UtilClient = fidl.Client<MethodsOf<typeof Util>>;

/** The name of its process, and where upstream has it. */
const NAME = "/pkg/bin/process_builder_test_util";

/** A generation of process_builder. */
export type Generation = NonNullable<ProcessBuilderOptions["compat"]>;

/** A loader service with the libraries that are installed. */
export function installedLibraries(kernel: Kernel): LoaderService {
  return new LoaderService(kernel, { directories: [guest("lib")] });
}

/** A builder for process_builder_test_util, without a loader service or a directory. */
export function utilBuilder(kernel: Kernel, compat: Generation): ProcessBuilder {
  const executable = kernel.vmoFromBytes(guestBytes("process_builder_test_util"), { name: NAME });
  return new ProcessBuilder({ name: NAME, job: kernel.rootJob, executable, compat });
}

/** Asks for the protocol in the directory that it serves, through a client of that. */
export function openUtil(kernel: Kernel, { proxy }: DirectoryClient): UtilClient {
  const [client, object] = kernel.createChannel();
  proxy.open({ flags: OpenFlags.READABLE, mode: 0, path: "test.processbuilder.Util", object });
  return new fidl.Client(Util, client);
}

/** Such a builder with a directory to serve, and with the protocol that will be in there. */
export function setupUtil(kernel: Kernel, compat: Generation = "newest") {
  const [client, request] = kernel.createChannel();
  const builder = utilBuilder(kernel, compat).addHandles([
    { handle: request, info: new HandleInfo(HandleType.DirectoryRequest) },
  ]);
  using directory = new fidl.Client(fidl.io.Directory, client);
  return { builder, util: openUtil(kernel, directory) };
}

const INFO_PROCESS = 0x1000_0003;
/** Flags of `zx_info_process_t`. */
const STARTED = 1;
const EXITED = 2;

/** Expects a process to run, or to have ended with 0. */
export function checkProcess(t: ExecutionContext, process: Process, is: "running" | "ended"): void {
  const { native, id } = process.context;
  const info = new DataView(new ArrayBuffer(24));
  t.is(native.objectGetInfo(id, process.value, INFO_PROCESS, new Uint8Array(info.buffer)), 24);
  t.is(info.getBigInt64(0, true), 0n);
  t.true(info.getBigInt64(8, true) > 0n);
  t.is(info.getUint32(16, true), is === "running" ? STARTED : STARTED | EXITED);
}

/** Starts it, and expects it to run. */
export function startUtil(t: ExecutionContext, built: BuiltProcess): Process {
  const process = built.start();
  checkProcess(t, process, "running");
  return process;
}

/** Closes the last connection to it, and expects it to end. */
export async function endUtil(t: ExecutionContext, process: Process, util: UtilClient) {
  util.close();
  await process.waitOne(Signals.TASK_TERMINATED);
  checkProcess(t, process, "ended");
  process.close();
}
