import { Channel } from "../../handles/channel.js";
import { Handle } from "../../handles/handle.js";
import { Job } from "../../handles/job.js";
import { Process } from "../../handles/process.js";
import { Thread } from "../../handles/thread.js";
import { Vmar } from "../../handles/vmar.js";
import { Vmo } from "../../handles/vmo.js";
import { clientEnd, handle } from "../handles.js";
import { status, uint32, uint64 } from "../primitives.js";
import { oneWay, protocol, twoWay } from "../protocol.js";
import { bytes, string, vector } from "../sequences.js";
import { box, struct } from "../structs.js";
import { optional } from "../type.js";

/** A startup handle, and what it is for (zircon/processargs.h). */
export const HandleInfo = struct("HandleInfo", { handle: handle(Handle), id: uint32 });

/** Bytes of a path, at most. */
export const MAX_PATH = 4096;

/** Bytes of a process's name with its NUL, at most. */
export const MAX_NAME_LEN = 32;

/** An entry of the namespace. */
export const NameInfo = struct("NameInfo", {
  path: string(MAX_PATH),
  directory: clientEnd("fuchsia.io/Directory"),
});

/** What a process begins with. */
export const LaunchInfo = struct("LaunchInfo", {
  executable: handle(Vmo),
  job: handle(Job),
  name: string(MAX_NAME_LEN),
});

/** All that `zx_process_start` needs. */
export const ProcessStartData = struct("ProcessStartData", {
  process: handle(Process),
  rootVmar: handle(Vmar),
  thread: handle(Thread),
  entry: uint64,
  stack: uint64,
  bootstrap: handle(Channel),
  vdsoBase: uint64,
  base: uint64,
});

/** `fuchsia.process/Launcher`: builds and starts processes (sdk/fidl/fuchsia.process). */
export const Launcher = protocol(
  "fuchsia.process/Launcher",
  {
    Launch: twoWay({ info: LaunchInfo }, { status, process: optional(handle(Process)) }),
    CreateWithoutStarting: twoWay({ info: LaunchInfo }, { status, data: box(ProcessStartData) }),
    AddArgs: oneWay({ args: vector(bytes()) }),
    AddEnvirons: oneWay({ environ: vector(bytes()) }),
    AddNames: oneWay({ names: vector(NameInfo) }),
    AddHandles: oneWay({ handles: vector(HandleInfo) }),
    SetOptions: oneWay({ options: uint32 }),
  },
  { discoverable: true },
);

/** `fuchsia.process/Resolver`: finds executables by name. */
export const Resolver = protocol(
  "fuchsia.process/Resolver",
  {
    Resolve: twoWay(
      { name: string(2048) },
      {
        status,
        executable: optional(handle(Vmo)),
        ldsvc: optional(clientEnd("fuchsia.ldsvc/Loader")),
      },
    ),
  },
  { discoverable: true },
);
