import { decode } from "../strings.js";

/**
 * The messages of `fuchsia.ldsvc/Loader.LoadObject`, whose layout is fixed (sdk/fidl/fuchsia.ldsvc,
 * docs/reference/fidl/language/wire-format).
 */
export const LOAD_OBJECT = 0x48c5_a151_d6df_2853n;

/** Bytes of a name, at most: `string:1024`. */
export const MAX_OBJECT_NAME = 1024;

const HEADER = 16;
const MAGIC = 1;
/** At-rest flag: the v2 wire format, which every recent peer wants to see. */
const V2 = 2;
const PRESENT = 0xffff_ffff_ffff_ffffn;
const HANDLE_PRESENT = 0xffff_ffff;
const REQUEST = HEADER + 16;
const RESPONSE = HEADER + 8;

/** Why bytes are no such message. */
export class LoaderMessageError extends Error {
  static {
    this.prototype.name = "LoaderMessageError";
  }
}

function header(size: number, txid: number): [Uint8Array, DataView] {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, txid, true);
  view.setUint8(4, V2);
  view.setUint8(7, MAGIC);
  view.setBigUint64(8, LOAD_OBJECT, true);
  return [bytes, view];
}

/** The transaction of a message of the size that it must have. */
function checkHeader(bytes: Uint8Array, size: (view: DataView) => number): DataView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER) throw new LoaderMessageError("message is too short");
  if (view.getUint8(7) !== MAGIC) throw new LoaderMessageError("unknown wire format");
  if (view.getBigUint64(8, true) !== LOAD_OBJECT) throw new LoaderMessageError("unknown ordinal");
  if (bytes.length !== size(view)) throw new LoaderMessageError("message has the wrong size");
  return view;
}

const padded = (size: number) => (size + 7) & ~7;

/** A request, whose name has at most {@link MAX_OBJECT_NAME} bytes. */
export function encodeRequest(txid: number, name: Uint8Array): Uint8Array {
  const [bytes, view] = header(REQUEST + padded(name.length), txid);
  view.setBigUint64(HEADER, BigInt(name.length), true);
  view.setBigUint64(HEADER + 8, PRESENT, true);
  bytes.set(name, REQUEST);
  return bytes;
}

/** What a request asks for. @throws {@link LoaderMessageError} */
export function decodeRequest(bytes: Uint8Array): { txid: number; name: string } {
  const view = checkHeader(bytes, (view) => {
    const length = bytes.length < REQUEST ? PRESENT : view.getBigUint64(HEADER, true);
    return length > MAX_OBJECT_NAME ? Number.NaN : REQUEST + padded(Number(length));
  });
  if (view.getBigUint64(HEADER + 8, true) !== PRESENT) {
    throw new LoaderMessageError("name is absent");
  }
  const end = REQUEST + Number(view.getBigUint64(HEADER, true));
  if (bytes.subarray(end).some((byte) => byte !== 0)) {
    throw new LoaderMessageError("padding is not zero");
  }
  const name = decode(bytes.subarray(REQUEST, end));
  return { txid: view.getUint32(0, true), name };
}

/** A response; an object comes with `OK` only, as its one handle. */
export function encodeResponse(txid: number, status: number, hasObject: boolean): Uint8Array {
  const [bytes, view] = header(RESPONSE, txid);
  view.setInt32(HEADER, status, true);
  view.setUint32(HEADER + 4, hasObject ? HANDLE_PRESENT : 0, true);
  return bytes;
}

/** What a response with this many handles says. @throws {@link LoaderMessageError} */
export function decodeResponse(
  bytes: Uint8Array,
  txid: number,
  handleCount: number,
): { status: number; hasObject: boolean } {
  const view = checkHeader(bytes, () => RESPONSE);
  if (view.getUint32(0, true) !== txid) throw new LoaderMessageError("unknown transaction");
  const presence = view.getUint32(HEADER + 4, true);
  if (presence !== 0 && presence !== HANDLE_PRESENT) {
    throw new LoaderMessageError("handle is neither present nor absent");
  }
  const hasObject = presence === HANDLE_PRESENT;
  if (handleCount !== Number(hasObject)) {
    throw new LoaderMessageError("message has the wrong number of handles");
  }
  return { status: view.getInt32(HEADER, true), hasObject };
}
