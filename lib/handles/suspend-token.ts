import { Handle } from "./handle.js";

/**
 * Suspends a process or thread until its last handle is closed, for instance by
 * {@link Handle.dispose}.
 */
export class SuspendToken extends Handle {}
