/**
 * Processes for gdb and lldb to debug, over their remote protocol.
 *
 * @module
 */
export type { DebugPlaceOptions, DebugServerOptions } from "./options.js";
export { DebugServer, debugServer } from "./server.js";
