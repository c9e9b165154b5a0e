import { jsonable } from "../base/json.js";
import type { WireReader } from "../base/wire.js";

/** What a packet of a port has, whatever its type. */
interface PacketBase {
  /** What it was asked for or queued with: 64 bits. */
  readonly key: bigint;
  /** A `zx_status_t`; 0 unless a user has queued another. */
  readonly status: number;
}

/** A packet that {@link Port.queue} has queued (`ZX_PKT_TYPE_USER`). */
export interface UserPacket extends PacketBase {
  readonly type: "user";
  /** 32 bytes. */
  readonly payload: Uint8Array;
}

/** What {@link Handle.waitAsync} has asked for (`ZX_PKT_TYPE_SIGNAL_ONE`). */
export interface SignalPacket extends PacketBase {
  readonly type: "signal";
  /** The signals that were waited for. */
  readonly trigger: number;
  /** The signals that were set: when they matched, and since. */
  readonly observed: number;
  /** 1, however many messages a channel has. */
  readonly count: bigint;
  /** When the signals matched, in nanoseconds; 0 unless that was asked for. */
  readonly timestamp: bigint;
}

/** What a trigger of a bound {@link Interrupt} makes (`ZX_PKT_TYPE_INTERRUPT`). */
export interface InterruptPacket extends PacketBase {
  readonly type: "interrupt";
  /** When it was triggered. */
  readonly timestamp: bigint;
}

/** What a {@link Pager} is asked for (`ZX_PKT_TYPE_PAGE_REQUEST`). */
export interface PageRequestPacket extends PacketBase {
  readonly type: "pageRequest";
  /** To supply the range; to let it be written; or nothing more, ever, of this VMO. */
  readonly command: "read" | "dirty" | "complete";
  /** Where the range begins in the VMO. */
  readonly offset: bigint;
  /** Its bytes, whole pages. */
  readonly length: bigint;
}

/** `zx_port_packet_t` */
export type PortPacket = UserPacket | SignalPacket | InterruptPacket | PageRequestPacket;

const PACKET_USER = 0;
const PACKET_INTERRUPT = 7;
const PACKET_PAGE_REQUEST = 9;

/** By number. */
const COMMANDS = ["read", "complete", "dirty"] as const;

/** Reads what the binding packs. */
export function readPacket(reader: WireReader): PortPacket {
  const [key, type, status, payload] = [reader.u64(), reader.u32(), reader.i32(), reader.bytes()];
  if (type === PACKET_USER) {
    return jsonable({ type: "user", key, status, payload });
  }
  const view = new DataView(payload.buffer);
  if (type === PACKET_INTERRUPT) {
    return jsonable({ type: "interrupt", key, status, timestamp: view.getBigInt64(0, true) });
  }
  if (type === PACKET_PAGE_REQUEST) {
    return jsonable({
      type: "pageRequest",
      key,
      status,
      command: COMMANDS[view.getUint16(0, true)]!,
      offset: view.getBigUint64(8, true),
      length: view.getBigUint64(16, true),
    });
  }
  return jsonable({
    type: "signal",
    key,
    status,
    trigger: view.getUint32(0, true),
    observed: view.getUint32(4, true),
    count: view.getBigUint64(8, true),
    timestamp: view.getBigInt64(16, true),
  });
}
