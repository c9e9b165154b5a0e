/**
 * FIDL: protocols are described once, and clients and servers follow from the descriptions.
 *
 * @module
 */
export { Client, type ConnectionOptions, type ProtocolEvent, type Proxy } from "./client.js";
export { describe } from "./describe.js";
export { bits, enumeration, type MembersType, type Strictness } from "./enums.js";
export { FidlError, type FidlErrorKind } from "./errors.js";
export { clientEnd, handle, serverEnd } from "./handles.js";
export * as device from "./libraries/fuchsia-device.js";
export * as io from "./libraries/fuchsia-io.js";
export * as io2026 from "./libraries/fuchsia-io-2026.js";
export * as ldsvc from "./libraries/fuchsia-ldsvc.js";
export * as process from "./libraries/fuchsia-process.js";
export { methodOrdinal } from "./ordinal.js";
export * from "./primitives.js";
export {
  event,
  type EventMethod,
  flexible,
  type Interaction,
  type Method,
  type Methods,
  type OneWay,
  oneWay,
  type Openness,
  type Parameters,
  type Protocol,
  protocol,
  type ProtocolOptions,
  type RequestOf,
  type ResponseOf,
  selector,
  type TwoWay,
  twoWay,
} from "./protocol.js";
export { flexibleResult, FrameworkError, result, type ResultValue } from "./results.js";
export { array, bytes, string, vector } from "./sequences.js";
export { type EventSender, type Implementation, serve, type ServerConnection } from "./server.js";
export { box, type Fields, type FieldValues, struct, type StructType } from "./structs.js";
export { table, type TableValue } from "./tables.js";
export { type FidlType, type NullableType, optional, type ValueOf } from "./type.js";
export {
  flexibleUnion,
  type Members,
  union,
  type UnionValue,
  type UnknownMember,
} from "./unions.js";
export type { WireFormat } from "./wire.js";
