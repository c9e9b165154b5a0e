import type { ExecutionContext } from "ava";

import {
  type Channel,
  type Context,
  type Handle,
  type Job,
  type Kernel,
  type ObjectTypeName,
  objectTypeName,
  ProcessContext,
  type Process,
  SpawnError,
  ZxStatus,
} from "../../index.js";
import * as fidl from "../../lib/fidl/index.js";
import type { MethodsOf } from "../../lib/fidl/protocol.js";
import { nullKernel } from "./kernel.js";

type LauncherMethods = MethodsOf<typeof fidl.process.Launcher>;
type LaunchReply = fidl.ResponseOf<LauncherMethods["Launch"]>;

/** A handle that came, as far as it matters. */
interface Came {
  readonly koid: bigint;
  readonly type: ObjectTypeName | "Unknown";
  readonly rights: number;
}

/** What came with the messages of the Launcher's; handles by what they are. */
export interface Messages {
  AddArgs: { readonly strings: readonly string[] };
  AddEnvirons: { readonly strings: readonly string[] };
  AddHandles: { readonly handles: readonly (Came & { readonly id: number })[] };
  AddNames: { readonly names: readonly (Came & { readonly path: string })[] };
  Launch: { readonly name: string; readonly job: Came; readonly executable: Came };
}

type Sent = {
  readonly [M in keyof Messages]: { readonly method: M; readonly message: Messages[M] };
}[keyof Messages];

const decoder = new TextDecoder();

/** A Launcher that notes what it is sent, and launches nothing. */
class FakeLauncher {
  /** All messages, in their order. */
  readonly sent: Sent[] = [];
  /** What it answers; by default a process that was not started. */
  answer: () => LaunchReply = () => ({
    status: ZxStatus.OK,
    process: this.#createProcess(),
  });
  readonly #job: Job;
  readonly #closed: Promise<unknown>[] = [];

  constructor(job: Job) {
    this.#job = job;
  }

  /** The messages of one method. */
  of<M extends keyof Messages>(method: M): Messages[M][] {
    return this.sent.flatMap((sent) =>
      sent.method === method ? [sent.message as Messages[M]] : [],
    );
  }

  /** The methods in the order in which they were called. */
  get methods(): string[] {
    return this.sent.map(({ method }) => method);
  }

  serve(channel: Channel): void {
    const connection = fidl.serve(fidl.process.Launcher, channel, {
      addArgs: ({ args }) => this.#note("AddArgs", args),
      addEnvirons: ({ environ }) => this.#note("AddEnvirons", environ),
      addHandles: ({ handles }) => {
        const came = handles.map(({ handle, id }) => Object.assign(see(handle), { id }));
        this.sent.push({ method: "AddHandles", message: { handles: came } });
      },
      addNames: ({ names }) => {
        const came = names.map(({ path, directory }) => Object.assign(see(directory), { path }));
        this.sent.push({ method: "AddNames", message: { names: came } });
      },
      launch: ({ info: { name, job, executable } }) => {
        const message = { name, job: see(job), executable: see(executable) };
        this.sent.push({ method: "Launch", message });
        return this.answer();
      },
      createWithoutStarting: () => ({ status: ZxStatus.NOT_SUPPORTED }),
      setOptions: () => {},
    });
    this.#closed.push(connection.closed);
  }

  /** Resolves once all connections so far have ended. */
  async closed(): Promise<void> {
    await Promise.all(this.#closed);
  }

  #note(method: "AddArgs" | "AddEnvirons", strings: readonly Uint8Array[]): void {
    this.sent.push({
      method,
      message: { strings: strings.map((string) => decoder.decode(string)) },
    });
  }

  #createProcess(): Process {
    const { process, rootVmar } = this.#job.createProcess("launched");
    rootVmar.close();
    return process;
  }
}

/** Notes what a handle is, and closes it. */
function see(handle: Handle): Came {
  const { koid, type, rights } = handle.basicInfo();
  handle.close();
  return { koid, type: objectTypeName(type), rights };
}

/** One `Directory.Open`. */
export interface Opened {
  readonly flags: number;
  readonly mode: number;
  readonly path: string;
}

/** What directories answer. */
type DirectoryAnswers = fidl.Implementation<MethodsOf<typeof fidl.io.Directory>>;
/** What files answer. */
export type FileAnswers = fidl.Implementation<MethodsOf<typeof fidl.io.File>>;

/** Serves a directory that passes on what is to be opened. Other requests end the connection. */
export function serveDirectory(
  channel: Channel,
  open: (opened: Opened, object: Channel) => void,
  answers: Partial<DirectoryAnswers> = {},
): void {
  fidl.serve(fidl.io.Directory, channel, {
    open: ({ object, ...opened }) => open(opened, object),
    ...answers,
  } as DirectoryAnswers);
}

/** Serves a file that answers some requests. Others end the connection. */
export function serveFile(
  channel: Channel,
  answers: Partial<FileAnswers>,
): fidl.ServerConnection<MethodsOf<typeof fidl.io.File>> {
  return fidl.serve(fidl.io.File, channel, answers as FileAnswers);
}

/** A process that spawns, and everything that it spawns with. */
export interface Spawner {
  readonly kernel: Kernel;
  readonly context: ProcessContext;
  readonly launcher: FakeLauncher;
  /** What was opened below `/svc`, which is served once. */
  readonly opened: Opened[];
}

/** A process of its own that has a default job, and a fake Launcher in its `/svc`. */
export function spawner(t: ExecutionContext, kernel = nullKernel(t)): Spawner {
  const context = new ProcessContext(kernel, { job: kernel.rootJob, name: "spawner" });
  context.environment.setDefaultJob(kernel.rootJob.duplicate());
  const launcher = new FakeLauncher(kernel.rootJob);
  const opened: Opened[] = [];
  const open = (request: Opened, object: Channel) => {
    opened.push(request);
    if (request.path === ".") serveServices(object);
    else if (request.path === "fuchsia.process.Launcher") launcher.serve(object);
    else object.close();
  };
  const serveServices = (channel: Channel): void =>
    serveDirectory(channel, open, { clone: ({ object }) => serveServices(object) });
  const [services, server] = kernel.createChannel();
  serveServices(server);
  context.environment.namespace.bind("/svc", services);
  return { kernel, context, launcher, opened };
}

/** An executable without a `#!` line, in the table of a context. */
export function plain(context: Context) {
  return context.vmoFromBytes(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), { name: "plain" });
}

/** Expects a spawn to fail. */
export async function spawnFails(
  t: ExecutionContext,
  status: keyof typeof ZxStatus,
  spawn: Promise<unknown>,
): Promise<SpawnError> {
  const error = (await t.throwsAsync(spawn, {
    instanceOf: SpawnError,
    code: `ZX_ERR_${status}`,
  }))!;
  t.is(error.status, ZxStatus[status]);
  t.regex(error.message, new RegExp(`^fdio_spawn: ${status}: .`));
  t.true(error.message.includes(error.errMsg));
  return error;
}
