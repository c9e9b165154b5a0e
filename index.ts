/**
 * Builds, inspects and runs Fuchsia processes on an ordinary computer, on a simulated Zircon
 * kernel.
 *
 * @module
 */
export { BuiltProcess } from "./lib/built-process.js";
export {
  checkBytes,
  checkFile,
  checkFiles,
  type CheckFilesOptions,
  type CheckOptions,
  type CheckRecord,
} from "./lib/check/check.js";
export type { CheckFailure, CheckFinding, CheckReport } from "./lib/check/report.js";
export { KernelClock } from "./lib/clock.js";
export {
  Context,
  ProcessContext,
  type ProcessContextOptions,
  type VmoFromBytesOptions,
} from "./lib/context.js";
export {
  Elf64Headers,
  type Elf64FileHeader,
  type Elf64ProgramHeader,
  elfTarget,
  SegmentType,
} from "./lib/elf-headers.js";
export {
  ElfLoadError,
  type ElfLoadErrorKind,
  ElfParseError,
  type ElfParseErrorKind,
  MessageDecodeError,
  type MessageDecodeErrorKind,
  ProcessargsError,
  type ProcessargsErrorKind,
  ProcessBuilderError,
  type ProcessBuilderErrorKind,
  StackError,
  type StackErrorKind,
  ZirconiaError,
  ZxError,
} from "./lib/errors.js";
export {
  HandleInfo,
  HandleInfoError,
  type HandleInfoErrorKind,
  HandleType,
  handleTypeName,
  type HandleTypeName,
} from "./lib/handle-info.js";
export { Channel, type ChannelMessage } from "./lib/handles/channel.js";
export { DebugLog, type LogRecord } from "./lib/handles/debug-log.js";
export { Event, EventPair } from "./lib/handles/event.js";
export { Handle, type HandleBasicInfo, type WaitOptions } from "./lib/handles/handle.js";
export { PeerHandle } from "./lib/handles/peer.js";
export { Socket, type SocketDisposition, type SocketInfo } from "./lib/handles/socket.js";
export {
  Job,
  type JobInfo,
  type PolicyAction,
  PolicyCondition,
  type PolicyConditionName,
  type PolicyEntry,
  Process,
  type ProcessInfo,
  Task,
  Thread,
  type ThreadInfo,
} from "./lib/handles/task.js";
export { Vmar, type VmarInfo, VmOptions } from "./lib/handles/vmar.js";
export { Vmo, VmoChildOptions, type VmoInfo, VmoOptions } from "./lib/handles/vmo.js";
export {
  Kernel,
  type KernelOptions,
  type KernelStats,
  type Target,
  type TypeStats,
} from "./lib/kernel.js";
export { getDynamicLinker } from "./lib/loader-service/get-dynamic-linker.js";
export {
  calculateInitialLinkerStackSize,
  decodeMessage,
  type DecodedMessage,
  Message,
  type MessageContents,
  type StartupHandle,
} from "./lib/message.js";
export { type LoadAttempt, NativeBindingError } from "./lib/native-loader.js";
export { ObjectType, type ObjectTypeName, objectTypeName } from "./lib/object-type.js";
export type { PlannedLinker } from "./lib/plan/libraries.js";
export {
  type LaunchPlan,
  planLaunch,
  type PlannedHandle,
  type PlannedMessage,
  type PlannedStack,
  type PlanOptions,
} from "./lib/plan/plan.js";
export type { PlannedRegister } from "./lib/plan/registers.js";
export {
  type NamespaceEntry,
  ProcessBuilder,
  type ProcessBuilderOptions,
} from "./lib/process-builder.js";
export type { CrashReport, GeneralRegisters, MappingInfo } from "./lib/report.js";
export type { OutputOption, RunOptions } from "./lib/run/options.js";
export { RunError, type RunResult } from "./lib/run/result.js";
export { run } from "./lib/run/run.js";
export { Rights } from "./lib/rights.js";
export { Signals } from "./lib/signals.js";
export { computeInitialStackPointer } from "./lib/stack.js";
export { statusName, ZxStatus } from "./lib/status.js";
export type { TraceEvent, TraceRecord } from "./lib/trace.js";
