import { Handle } from "./handle.js";
import { PeerHandle } from "./peer.js";

/** An event: SIGNALED and the user's signals, to be set and waited for. */
export class Event extends Handle {}

/** One end of an event pair. When one end is gone, PEER_CLOSED is set on the other. */
export class EventPair extends PeerHandle {}
