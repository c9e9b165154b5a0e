import { isUtf8 } from "node:buffer";

import { ZxError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { type CString, decode, encode } from "../base/strings.js";
import {
  checkArray,
  checkBytes,
  checkOptions,
  checkU32,
  invalidType,
  isBytes,
} from "../base/validate.js";
import { Client, type ConnectionOptions } from "../fidl/client.js";
import { FidlError } from "../fidl/errors.js";
import { closeHandles } from "../fidl/handles.js";
import { Launcher, MAX_NAME_LEN, MAX_PATH } from "../fidl/libraries/fuchsia-process.js";
import type { MethodsOf } from "../fidl/protocol.js";
import { Channel } from "../handles/channel.js";
import { Handle } from "../handles/handle.js";
import { Job } from "../handles/job.js";
import { moveInto } from "../handles/move.js";
import type { Process } from "../handles/process.js";
import { checkGiven, checkHandle } from "../handles/take.js";
import { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import { ServiceProxy } from "../service/service-proxy.js";
import { type HandleInfo, rawHandleInfo } from "../zx/handle-info.js";
import { Rights } from "../zx/rights.js";
import { beginWait, type WaitOptions } from "../zx/wait-options.js";
import { Additions } from "./additions.js";
import { ProcessStartData } from "./process-start-data.js";

/** What a process begins with. */
export interface LaunchInfo {
  /**
   * The executable. Consumed. It needs READ, MAP, EXECUTE, DUPLICATE and TRANSFER, and GET_PROPERTY.
   */
  readonly executable: Vmo;
  /** The job of the process. Borrowed: a duplicate is sent. */
  readonly job: Job;
  /** The process's name: at most 32 bytes of UTF-8, of which 31 are kept. */
  readonly name: CString;
}

/** A name in the namespace: a path, of at most 4,096 bytes of UTF-8, and the directory there. */
export interface NameInfo {
  readonly path: CString;
  readonly directory: Channel;
}

/** A startup handle, and what it is for. A number is sent as it is. */
export interface LauncherHandle {
  readonly handle: Handle;
  readonly info: HandleInfo | number;
}

/**
 * A client of `fuchsia.process/Launcher`. Its calls reject with a {@link ZirconiaError} of the
 * Launcher's status, or with a `FidlError` if the connection fails.
 *
 * What is added is for the next launch only, whatever comes of that, and wherever it fails. It is
 * sent with the launch, as several messages where one does not hold it; what is wrong with it shows
 * then. Handles are of the channel's context, and consumed on every outcome.
 *
 * @example
 * ```ts
 * import { Kernel, Launcher, LauncherProxy } from "zirconia";
 *
 * await using kernel = new Kernel();
 * using client = new LauncherProxy(new Launcher(kernel).connect());
 * const process = await client.addArgs(["hello"]).launch({
 *   name: "hello",
 *   job: kernel.rootJob,
 *   executable: await kernel.vmoFromFile("guest/out/hello"),
 * });
 * console.log((await process.exited()).returnCode);
 * ```
 */
export class LauncherProxy extends ServiceProxy<MethodsOf<typeof Launcher>> {
  readonly #context: Context;
  readonly #options: ConnectionOptions;
  #additions = new Additions();

  /** Speaks over a client end, which belongs to it until {@link LauncherProxy.intoChannel}. */
  constructor(channel: Channel, options: ConnectionOptions = {}) {
    super(Launcher, channel, options);
    this.#context = channel.context;
    this.#options = options;
  }

  /** Appends arguments; the program's name comes first. */
  addArgs(args: readonly CString[]): this {
    this.checkAlive();
    this.#additions.addArgs(checkStrings("args", args));
    return this;
  }

  /** Appends environment variables, `KEY=VALUE` by convention. */
  addEnvirons(environ: readonly CString[]): this {
    this.checkAlive();
    this.#additions.addEnvirons(checkStrings("environ", environ));
    return this;
  }

  /**
   * Appends names to the namespace. Nobody but the process looks at the paths.
   *
   * @throws `FidlError` `TooLong`, `Utf8` for a path that cannot be sent; {@link ZxError}
   * `BAD_HANDLE`; `ACCESS_DENIED` for a handle without TRANSFER. Nothing is added then.
   */
  addNames(names: readonly NameInfo[]): this {
    return this.#add("names", names, this.#takeName, (taken) => this.#additions.addNames(taken));
  }

  /** Appends startup handles. @throws as {@link LauncherProxy.addNames} */
  addHandles(handles: readonly LauncherHandle[]): this {
    return this.#add("handles", handles, this.#takeStartupHandle, (taken) =>
      this.#additions.addHandles(taken),
    );
  }

  /** Sets the options of `zx_process_create`; the last call counts. */
  setOptions(options: number): this {
    this.checkAlive();
    this.#additions.setOptions(checkU32("options", options));
    return this;
  }

  /**
   * Launches a process with what was added. If the call ends early, the process may run all the
   * same.
   *
   * @throws {@link ZirconiaError} as the Launcher says; `BAD_HANDLE` if it is content and sends
   * nothing; {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` for a job handle without DUPLICATE, and
   * for one that cannot be sent
   */
  async launch(info: LaunchInfo, limits: WaitOptions = {}): Promise<Process> {
    const { status, process } = await this.#send(info, limits, (sent) =>
      this.requests.launch({ info: sent }, limits),
    );
    return this.#present("Launch", status, process);
  }

  /**
   * Builds a process with what was added, for the caller to look at and to start.
   *
   * @throws as {@link LauncherProxy.launch}
   */
  async createWithoutStarting(
    info: LaunchInfo,
    limits: WaitOptions = {},
  ): Promise<ProcessStartData> {
    const { status, data } = await this.#send(info, limits, (sent) =>
      this.requests.createWithoutStarting({ info: sent }, limits),
    );
    return new ProcessStartData(this.#present("CreateWithoutStarting", status, data));
  }

  /**
   * Gives the client end back, and ends the proxy. What was added is sent before: it is for whatever
   * is launched next over the channel.
   *
   * @throws `FidlError` `Channel` with `BAD_STATE` while something is in flight; if what
   * was added cannot be sent, when the channel is closed
   */
  override intoChannel(): Channel {
    const channel = super.intoChannel();
    try {
      this.#additions.send(new Client(Launcher, channel, this.#options).proxy);
      return channel;
    } catch (error) {
      channel.close();
      throw error;
    } finally {
      this.#additions.close();
    }
  }

  /** Closes the connection, and what was added. */
  override close(): void {
    this.#additions.close();
    super.close();
  }

  /** Adds what has handles, which are closed if it fails. */
  #add<T>(
    name: string,
    items: unknown,
    take: (item: unknown, at: string) => T,
    add: (taken: readonly T[]) => void,
  ): this {
    const taken: T[] = [];
    try {
      this.checkAlive();
      for (const [index, item] of checkArray(name, items).entries()) {
        taken.push(take.call(this, item, `${name}[${index}]`));
      }
      add(taken);
      return this;
    } catch (error) {
      closeHandles([taken, items]);
      throw error;
    }
  }

  /** Sends a launch with all that was added to it, or nothing. */
  async #send<T>(
    info: LaunchInfo,
    limits: WaitOptions,
    send: (info: { executable: Vmo; job: Job; name: string }) => Promise<T>,
  ): Promise<T> {
    const additions = this.#additions;
    this.#additions = new Additions();
    const { executable } = Object(info) as Partial<LaunchInfo>;
    let job: Job | undefined;
    try {
      this.checkAlive();
      checkOptions(info, ["executable", "job", "name"], "info");
      this.#checkSendable("info.executable", checkGiven("info.executable", executable, Vmo));
      const name = checkFidlString("info.name", info.name, MAX_NAME_LEN);
      checkHandle("info.job", info.job, Job).valueIn(this.#context, "info.job");
      job = info.job.duplicate();
      this.#checkSendable("info.job", job);
      beginWait(limits, () => this.#context.kernel.now());
      additions.send(this.requests);
      return await send({ executable: info.executable, job, name });
    } catch (error) {
      if (additions.isBegun && error instanceof FidlError && error.kind === "Channel") {
        // The Launcher has it, but not the launch that would use it up.
        this.close();
      }
      throw error;
    } finally {
      additions.close();
      closeHandles([executable, job]);
    }
  }

  #takeName(value: unknown, at: string): { path: string; directory: Channel } {
    checkOptions(value, ["path", "directory"], at);
    const { path, directory } = value as NameInfo;
    const checked = checkFidlString(`${at}.path`, path, MAX_PATH);
    return { path: checked, directory: this.#take(`${at}.directory`, directory, Channel) };
  }

  #takeStartupHandle(value: unknown, at: string): { handle: Handle; id: number } {
    checkOptions(value, ["handle", "info"], at);
    const { handle, info } = value as LauncherHandle;
    const id = rawHandleInfo(`${at}.info`, info);
    return { handle: this.#take(`${at}.handle`, handle, Handle), id };
  }

  /** Takes a handle over that can be sent. */
  #take<T extends Handle>(name: string, handle: unknown, Class: HandleClass<T>): T {
    const checked = checkGiven(name, handle, Class);
    this.#checkSendable(name, checked);
    return moveInto(this.#context, name, checked);
  }

  /** Checks that a handle can be sent, before anything is. */
  #checkSendable(name: string, handle: Handle): void {
    const fail = (status: number, what: string) =>
      new ZxError("zx_channel_write", status, { reason: `${name} ${what}` });
    if (handle.valueIn(this.#context, name) === 0) {
      throw fail(ZxStatus.BAD_HANDLE, "is closed or was moved");
    }
    if ((handle.rights & Rights.TRANSFER) === 0) {
      throw fail(ZxStatus.ACCESS_DENIED, "has no TRANSFER");
    }
  }

  /** What there is if, and only if, the status is OK. */
  #present<T>(method: string, status: number, value: T | undefined): T {
    if (status !== ZxStatus.OK || value === undefined) {
      closeHandles(value);
      throw this.failure(method, status === ZxStatus.OK ? ZxStatus.BAD_HANDLE : status);
    }
    return value;
  }
}

type HandleClass<T> = abstract new (...args: never[]) => T;

/** Strings, which may hold anything until a Launcher looks at them. */
function checkStrings(name: string, strings: unknown): Uint8Array[] {
  return checkArray(name, strings).map((string, index) => bytesOf(`${name}[${index}]`, string));
}

function bytesOf(name: string, string: unknown): Uint8Array {
  if (typeof string === "string") {
    return encode(string);
  }
  if (!isBytes(string)) {
    throw invalidType(name, "a string or bytes", string);
  }
  return checkBytes(name, string);
}

/** Checks what is sent as a string of FIDL's. */
function checkFidlString(name: string, value: unknown, max: number): string {
  const bytes = bytesOf(name, value);
  if (bytes.length > max) {
    throw new FidlError("TooLong", `${name} is longer than ${max} bytes`);
  }
  if (!isUtf8(bytes)) {
    throw new FidlError("Utf8", `${name} is no UTF-8`);
  }
  return decode(bytes);
}
