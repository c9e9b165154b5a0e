import type { ConnectionOptions } from "../fidl/client.js";
import { FidlError } from "../fidl/errors.js";
import { closeHandles } from "../fidl/handles.js";
import { Launcher, MAX_PATH } from "../fidl/libraries/fuchsia-process.js";
import type { MethodsOf } from "../fidl/protocol.js";
import { HandleInfo } from "../handle-info.js";
import { Channel } from "../handles/channel.js";
import { Handle } from "../handles/handle.js";
import { Job } from "../handles/job.js";
import type { Process } from "../handles/process.js";
import { checkHandle } from "../handles/take.js";
import { Vmo } from "../handles/vmo.js";
import { ServiceProxy } from "../service-proxy.js";
import { ZxStatus } from "../status.js";
import { type CString, encode } from "../strings.js";
import { checkArray, checkBytes, checkOptions, checkString, checkU32 } from "../validate.js";
import type { WaitOptions } from "../wait-options.js";
import { chunks } from "./chunks.js";
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
  readonly name: string;
}

/** A name in the namespace: a path, of at most 4,096 bytes, and the directory there. */
export interface NameInfo {
  readonly path: string;
  readonly directory: Channel;
}

/** A startup handle, and what it is for. A number is sent as it is. */
export interface LauncherHandle {
  readonly handle: Handle;
  readonly info: HandleInfo | number;
}

/**
 * A client of `fuchsia.process/Launcher`. Its calls reject with a {@link ZirconiaError} of the
 * Launcher's status, or with a {@link fidl.FidlError} if the connection fails.
 *
 * What is added is for the next launch only, whatever comes of that. It goes as several messages
 * where one does not hold it; what is wrong with it shows when the process is launched. Handles are
 * of the channel's context, and consumed on every outcome.
 */
export class LauncherProxy extends ServiceProxy<MethodsOf<typeof Launcher>> {
  /** Speaks over a client end, which belongs to it until {@link LauncherProxy.intoChannel}. */
  constructor(channel: Channel, options?: ConnectionOptions) {
    super(Launcher, channel, options);
  }

  /** Appends arguments; the program's name comes first. */
  addArgs(args: readonly CString[]): this {
    for (const chunk of stringChunks("args", args)) {
      this.requests.addArgs({ args: chunk });
    }
    return this;
  }

  /** Appends environment variables, `KEY=VALUE` by convention. */
  addEnvirons(environ: readonly CString[]): this {
    for (const chunk of stringChunks("environ", environ)) {
      this.requests.addEnvirons({ environ: chunk });
    }
    return this;
  }

  /** Appends names to the namespace. Nobody but the process looks at the paths. */
  addNames(names: readonly NameInfo[]): this {
    return this.#consume(names, () => {
      const list = checkArray("names", names).map(checkName);
      for (const chunk of chunks(list, 1, ({ path }) => 24 + encode(path).length)) {
        this.requests.addNames({ names: chunk });
      }
    });
  }

  /** Appends startup handles. */
  addHandles(handles: readonly LauncherHandle[]): this {
    return this.#consume(handles, () => {
      const list = checkArray("handles", handles).map(checkLauncherHandle);
      for (const chunk of chunks(list, 1, () => 8)) {
        this.requests.addHandles({ handles: chunk });
      }
    });
  }

  /** Sets the options of `zx_process_create`; the last call counts. */
  setOptions(options: number): this {
    this.requests.setOptions({ options });
    return this;
  }

  /**
   * Launches a process with what was added. If the call ends early, the process may run all the
   * same.
   *
   * @throws {@link ZirconiaError} as the Launcher says; `BAD_HANDLE` if it is content and sends
   * nothing; {@link ZxError} `ACCESS_DENIED` for a job handle without DUPLICATE
   */
  async launch(info: LaunchInfo, limits: WaitOptions = {}): Promise<Process> {
    const { status, process } = await this.#withInfo(info, (sent) =>
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
    const { status, data } = await this.#withInfo(info, (sent) =>
      this.requests.createWithoutStarting({ info: sent }, limits),
    );
    return new ProcessStartData(this.#present("CreateWithoutStarting", status, data));
  }

  /** Sends what has handles, and closes those that are not sent. */
  #consume(items: unknown, send: () => void): this {
    try {
      send();
    } finally {
      closeHandles(items);
    }
    return this;
  }

  async #withInfo<T>(info: LaunchInfo, send: (info: LaunchInfo) => Promise<T>): Promise<T> {
    checkOptions(info, ["executable", "job", "name"], "info");
    const executable = checkHandle("info.executable", info.executable, Vmo);
    let job: Job | undefined;
    try {
      const name = checkString("info.name", info.name);
      job = checkHandle("info.job", info.job, Job).duplicate();
      return await send({ executable, job, name });
    } finally {
      closeHandles([executable, job]);
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

function stringChunks(name: string, strings: readonly CString[]): Uint8Array[][] {
  const list = checkArray(name, strings).map((string, index) =>
    typeof string === "string" ? encode(string) : checkBytes(`${name}[${index}]`, string),
  );
  return chunks(list, 0, ({ length }) => 16 + length);
}

function checkName(value: unknown, index: number): NameInfo {
  const at = `names[${index}]`;
  checkOptions(value, ["path", "directory"], at);
  const { path, directory } = value as NameInfo;
  if (encode(checkString(`${at}.path`, path)).length > MAX_PATH) {
    throw new FidlError("TooLong", `${at}.path is longer than ${MAX_PATH} bytes`);
  }
  return { path, directory: checkHandle(`${at}.directory`, directory, Channel) };
}

function checkLauncherHandle(value: unknown, index: number): { handle: Handle; id: number } {
  const at = `handles[${index}]`;
  checkOptions(value, ["handle", "info"], at);
  const { handle, info } = value as LauncherHandle;
  return {
    handle: checkHandle(`${at}.handle`, handle, Handle),
    id: info instanceof HandleInfo ? info.raw : checkU32(`${at}.info`, info),
  };
}
