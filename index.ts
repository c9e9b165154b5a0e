/**
 * Builds, inspects and runs Fuchsia processes on an ordinary computer, on a simulated Zircon
 * kernel. `zirconia/fidl` describes protocols, `zirconia/vfs` serves directories, `zirconia/trace`
 * shows what happened, and `zirconia/debug` lets debuggers come.
 *
 * @module
 */
export type {
  ElfLoadErrorKind,
  ElfParseErrorKind,
  HandleInfoErrorKind,
  MessageDecodeErrorKind,
  ProcessargsErrorKind,
  ProcessBuilderErrorKind,
  StackErrorKind,
} from "./lib/base/error-kinds.js";
export {
  ElfLoadError,
  ElfParseError,
  ForeignHandleError,
  HostError,
  MessageDecodeError,
  ProcessargsError,
  ProcessBuilderError,
  StackError,
  ZirconiaError,
  ZxError,
  type ZxErrorDetails,
} from "./lib/base/errors.js";
export { statusName, ZxStatus } from "./lib/base/status.js";
export type { CString } from "./lib/base/strings.js";
export type { Target } from "./lib/base/target.js";
export type { Bytes } from "./lib/base/validate.js";
export {
  checkBytes,
  checkFile,
  checkFiles,
  type CheckFilesOptions,
  type CheckOptions,
  type CheckRecord,
} from "./lib/check/check.js";
export type { CheckFailure, CheckFinding, CheckReport, CheckVerdict } from "./lib/check/report.js";
export type { DebugPlaceOptions } from "./lib/debug/options.js";
export type { DebugServer } from "./lib/debug/server.js";
export { FileDescriptors } from "./lib/fdio/descriptors.js";
export { Environment } from "./lib/fdio/environment.js";
export { type ExportedEntry, Namespace } from "./lib/fdio/namespace.js";
export { type FdKind, FdObject, LocalDirectory, type NodeKind } from "./lib/fdio/object.js";
export { ServiceDirectory } from "./lib/fdio/service-directory.js";
export {
  Channel,
  type ChannelMessage,
  type ChannelMessageEtc,
  type HandleDisposition,
  type HandleReceived,
} from "./lib/handles/channel.js";
export {
  Clock,
  type ClockDetails,
  ClockOptions,
  type ClockTransformation,
  type ClockUpdate,
} from "./lib/handles/clock.js";
export { Counter } from "./lib/handles/counter.js";
export { DebugLog, type LogRecord } from "./lib/handles/debuglog.js";
export { Event, EventPair } from "./lib/handles/event.js";
export { Exception } from "./lib/handles/exception.js";
export { ExceptionChannel, type ExceptionMessage } from "./lib/handles/exception-channel.js";
export { Fifo } from "./lib/handles/fifo.js";
export { Handle, type HandleBasicInfo, WaitAsyncOptions } from "./lib/handles/handle.js";
export { Interrupt } from "./lib/handles/interrupt.js";
export {
  Iob,
  IobAccess,
  type IobDiscipline,
  type IobRegion,
  type IobRegionInfo,
  IobSharedRegion,
} from "./lib/handles/iob.js";
export {
  Job,
  type JobInfo,
  ProcessOptions,
  type SetCriticalOptions,
  type SystemEventKind,
} from "./lib/handles/job.js";
export type { JobLimits, JobUsage, LimitName } from "./lib/handles/limits.js";
export type { MapsInfo } from "./lib/handles/maps.js";
export { PeerHandle } from "./lib/handles/peer.js";
export {
  type PolicyAction,
  PolicyCondition,
  type PolicyConditionName,
  type PolicyEntry,
} from "./lib/handles/policy.js";
export { type DirtyRange, type PageFailure, Pager } from "./lib/handles/pager.js";
export { Port } from "./lib/handles/port.js";
export {
  type HandleTableEntry,
  Process,
  type ProcessInfo,
  type TaskStats,
} from "./lib/handles/process.js";
export { type DeadlineProfile, Profile, type ProfileOptions } from "./lib/handles/profile.js";
export {
  Resource,
  type ResourceInfo,
  type ResourceKind,
  type ResourceOptions,
} from "./lib/handles/resource.js";
export {
  Socket,
  type SocketDisposition,
  type SocketInfo,
  type SocketMode,
} from "./lib/handles/socket.js";
export {
  type SeekOrigin,
  Stream,
  type StreamInfo,
  StreamMode,
  type StreamWriteOptions,
} from "./lib/handles/stream.js";
export { SuspendToken } from "./lib/handles/suspend-token.js";
export { type ExceptionChannelOptions, Task, type TaskRuntime } from "./lib/handles/task.js";
export {
  type ExceptionReport,
  Thread,
  type ThreadInfo,
  ThreadState,
  type ThreadStats,
} from "./lib/handles/thread.js";
export {
  Timer,
  type TimerClock,
  type TimerInfo,
  type TimerOptions,
  type TimerSlackMode,
} from "./lib/handles/timer.js";
export { vmAlign, Vmar, type VmarInfo, VmarOp, VmOptions } from "./lib/handles/vmar.js";
export { type VmoInfo, VmoInfoFlags } from "./lib/handles/vmo-info.js";
export {
  CachePolicy,
  Vmo,
  VmoChildOptions,
  type VmoLockState,
  VmoOp,
  VmoOptions,
} from "./lib/handles/vmo.js";
export { KernelClock } from "./lib/kernel/clock.js";
export {
  Context,
  type PortOptions,
  ProcessContext,
  type ProcessContextOptions,
  type VmoFromBytesOptions,
  type VmoFromFileOptions,
  type WaitItem,
} from "./lib/kernel/context.js";
export {
  Kernel,
  type KernelOptions,
  type KernelStats,
  type TypeStats,
} from "./lib/kernel/kernel.js";
export type { LauncherLimits } from "./lib/launcher/launch-state.js";
export { LauncherError, type LauncherErrorKind } from "./lib/launcher/launcher-error.js";
export {
  type LauncherHandle,
  LauncherProxy,
  type LaunchInfo,
  type NameInfo,
} from "./lib/launcher/launcher-proxy.js";
export { Launcher, type LauncherOptions } from "./lib/launcher/launcher.js";
export type {
  LaunchFailure,
  LauncherLogLevel,
  LauncherRecord,
  ServeFailure,
} from "./lib/launcher/log.js";
export { ProcessStartData } from "./lib/launcher/process-start-data.js";
export type { LoaderObject, LoaderObjects } from "./lib/loader-service/loader-object.js";
export { LoaderProxy } from "./lib/loader-service/loader-proxy.js";
export { LoaderService, type LoaderServiceOptions } from "./lib/loader-service/loader-service.js";
export { type LoadAttempt, NativeBindingError } from "./lib/native/native-loader.js";
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
export { BuiltProcess } from "./lib/process-builder/built-process.js";
export {
  Elf64Headers,
  type Elf64FileHeader,
  type Elf64ProgramHeader,
  elfTarget,
  SegmentType,
} from "./lib/process-builder/elf-headers.js";
export { type LoadedElf, loadElf, mapElfSegments } from "./lib/process-builder/elf-load.js";
export { getDynamicLinker } from "./lib/process-builder/get-dynamic-linker.js";
export {
  calculateInitialLinkerStackSize,
  decodeMessage,
  type DecodedMessage,
  Message,
  type MessageContents,
  type StartupHandle,
} from "./lib/process-builder/message.js";
export {
  type NamespaceEntry,
  ProcessBuilder,
  type ProcessBuilderOptions,
} from "./lib/process-builder/process-builder.js";
export { computeInitialStackPointer } from "./lib/process-builder/stack.js";
export type { EnvironmentOption } from "./lib/program/environment.js";
export type { NamespaceOption } from "./lib/program/namespace.js";
export type { ServiceConnector, ServicesOption } from "./lib/program/service-options.js";
export type { LibraryOptions } from "./lib/program/libraries.js";
export type { OutputStream } from "./lib/program/sink.js";
export type { InputStream } from "./lib/program/source.js";
export { type Resolved, ResolverProxy } from "./lib/resolver/resolver-proxy.js";
export type { ReportDocument } from "./lib/report/document.js";
export { type Report, report } from "./lib/report/report.js";
export { Resolver, type ResolverOptions } from "./lib/resolver/resolver.js";
export type { RunFile } from "./lib/run/executable.js";
export type { OutputOption, RunDebugOptions, RunOptions } from "./lib/run/options.js";
export { RunError, type RunResult } from "./lib/run/result.js";
export { run } from "./lib/run/run.js";
export { ServiceProxy } from "./lib/service/service-proxy.js";
export { Service, type Session } from "./lib/service/service.js";
export type {
  DirectoryAction,
  FdAction,
  HandleAction,
  NameAction,
  NamespaceEntryAction,
  SpawnAction,
} from "./lib/spawn/actions.js";
export { ChildProcess, type ChildProcessEvents } from "./lib/spawn/child-process.js";
export {
  fdioSpawn,
  fdioSpawnEtc,
  type FdioSpawnOptions,
  fdioSpawnVmo,
} from "./lib/spawn/fdio-spawn.js";
export { SpawnActionType, SpawnFlags } from "./lib/spawn/flags.js";
export type { SpawnCompat } from "./lib/spawn/generation.js";
export type { SpawnOptions, StdioOption } from "./lib/spawn/options.js";
export { SPAWN_ERR_MSG_MAX_LENGTH, SpawnError } from "./lib/spawn/spawn-error.js";
export { spawn } from "./lib/spawn/spawn.js";
export type { Abi, AbiOptions } from "./lib/zx/abi.js";
export {
  ExceptionChannelType,
  ExceptionState,
  ExceptionType,
  type ExceptionTypeName,
  exceptionTypeName,
} from "./lib/zx/exception.js";
export type { GeneralRegisters } from "./lib/zx/general-registers.js";
export {
  HandleInfo,
  HandleInfoError,
  HandleType,
  handleTypeName,
  type HandleTypeName,
} from "./lib/zx/handle-info.js";
export { ObjectType, type ObjectTypeName, objectTypeName } from "./lib/zx/object-type.js";
export type {
  InterruptPacket,
  PageRequestPacket,
  PortPacket,
  SignalPacket,
  UserPacket,
} from "./lib/zx/port-packet.js";
export type { CrashReport, MappingInfo } from "./lib/zx/report.js";
export { Rights } from "./lib/zx/rights.js";
export { Signals } from "./lib/zx/signals.js";
export type { DebugRegisters, FpRegisters, VectorRegisters } from "./lib/zx/thread-state.js";
export type { WaitOptions } from "./lib/zx/wait-options.js";
