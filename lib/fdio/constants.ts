import { OpenFlags, VmoFlags } from "../vfs/dialect-2020/flags.js";

// What libfdio sends, as of 2020 (sdk/lib/fdio).

/** The wire format of `fuchsia.io` then. */
export const WIRE_FORMAT = 1;

/** The mode of every `Directory.Open`. */
export const CONNECT_MODE = 0o755;
/** How services are opened. */
export const CONNECT_FLAGS = OpenFlags.READABLE | OpenFlags.WRITABLE;
/** How executables are opened. */
export const EXECUTABLE_FLAGS = OpenFlags.READABLE | OpenFlags.EXECUTABLE;
/** How a VMO is asked for that can be executed. */
export const VMO_EXEC = VmoFlags.READ | VmoFlags.EXEC | VmoFlags.PRIVATE;

/** Bytes of a path with its NUL, at most. */
export const PATH_MAX = 4096;
/** File descriptors of a process, at most. */
export const MAX_FD = 1024;
/** The bit of a descriptor in a startup handle: use it for all of 0 to 2 that are not given. */
export const USE_FOR_STDIO = 0x8000;
