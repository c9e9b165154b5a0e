/**
 * What happens in a kernel, as text and for Chrome's and Perfetto's viewers.
 *
 * @module
 */
export type {
  TracedArgument,
  TraceBuffer,
  TracedHandle,
  TracedObject,
  TraceEvent,
  TraceRecord,
} from "../native/trace-record.js";
export {
  chromeTrace,
  type ChromeTrace,
  type ChromeTraceEvent,
  type ChromeTraceOptions,
  ChromeTracer,
} from "./chrome.js";
export { formatTrace, type FormatTraceOptions, TraceFormatter, type TraceStyle } from "./format.js";
