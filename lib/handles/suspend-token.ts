import { Handle } from "./handle.js";

/** Suspends a process or thread until its last handle is closed. */
export class SuspendToken extends Handle {}
