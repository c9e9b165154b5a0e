import { isNativeError } from "node:util/types";

import { ProcessBuilderError, ZirconiaError } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { ZxStatus } from "../base/status.js";
import type { Job, JobInfo } from "../handles/job.js";
import type { LauncherError } from "./launcher-error.js";

/** What a job ends with that `zx_task_kill` has killed. */
const RETCODE_SYSCALL_KILL = -1024n;

/** How much a record matters. */
export type LauncherLogLevel = "info" | "warn" | "error";

/** A launch has failed. */
export interface LaunchFailure {
  /** `info` if the job was killed meanwhile, `warn` if it ended otherwise, else `error`. */
  readonly level: LauncherLogLevel;
  readonly op: "launch" | "create";
  readonly processName: string;
  /** `undefined` if the Launcher's context has gone, and its handles with it. */
  readonly jobKoid: bigint | undefined;
  /** `undefined` for a job handle without INSPECT. */
  readonly jobInfo: JobInfo | undefined;
  readonly error: LauncherError;
  /** All of this, for people. */
  readonly message: string;
}

/** A connection has ended because of what its client sent. */
export interface ServeFailure {
  readonly level: "warn";
  readonly op: "serve";
  readonly error: unknown;
  readonly message: string;
}

/** What a Launcher tells its logger. */
export type LauncherRecord = LaunchFailure | ServeFailure;

/** The record of a failed launch, in a job as it is right now. */
export function launchFailure(
  op: LaunchFailure["op"],
  processName: string,
  job: Job,
  error: LauncherError,
): LaunchFailure {
  const jobKoid = attempt(() => job.koid);
  const jobInfo = attempt(() => job.info());
  const [level, remark] = assess(error, jobInfo);
  // The name is the client's, and may hold anything.
  const name = JSON.stringify(processName);
  const where = jobKoid === undefined ? "an unknown job" : `job ${jobKoid}`;
  const message = `Failed to ${op} process ${name} in ${where}${remark}: ${error.message}`;
  return jsonable({ level, op, processName, jobKoid, jobInfo, error, message });
}

/** The record of a connection that failed. */
export function serveFailure(error: unknown): ServeFailure {
  const message = `Failed to serve a client: ${isNativeError(error) ? error.message : String(error)}`;
  return jsonable({ level: "warn", op: "serve", error, message });
}

/** What can come of a job that ends while a process is built in it is judged by how it ended. */
function assess(
  { kind, status, cause }: LauncherError,
  jobInfo: JobInfo | undefined,
): [level: LauncherLogLevel, remark: string] {
  const timedOut =
    cause instanceof ProcessBuilderError && cause.kind === "LoadDynamicLinkerTimeout";
  const mayBeJob = kind === "BuilderError" && (status === ZxStatus.BAD_STATE || timedOut);
  if (!mayBeJob || jobInfo?.exited !== true) {
    return ["error", ""];
  }
  return jobInfo.returnCode === RETCODE_SYSCALL_KILL
    ? ["info", ", which was killed, so that this is expected"]
    : ["warn", `, which ended with ${jobInfo.returnCode}`];
}

/** What a call answers; `undefined` if it fails. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof ZirconiaError)) throw error;
    return undefined;
  }
}
