/** What a handle allows its holder to do (zircon/rights.h): bits, to be combined with `|`. */
export const Rights = Object.freeze({
  NONE: 0,
  DUPLICATE: 1 << 0,
  TRANSFER: 1 << 1,
  READ: 1 << 2,
  WRITE: 1 << 3,
  EXECUTE: 1 << 4,
  MAP: 1 << 5,
  GET_PROPERTY: 1 << 6,
  SET_PROPERTY: 1 << 7,
  ENUMERATE: 1 << 8,
  DESTROY: 1 << 9,
  SET_POLICY: 1 << 10,
  GET_POLICY: 1 << 11,
  SIGNAL: 1 << 12,
  SIGNAL_PEER: 1 << 13,
  WAIT: 1 << 14,
  INSPECT: 1 << 15,
  MANAGE_JOB: 1 << 16,
  MANAGE_PROCESS: 1 << 17,
  MANAGE_THREAD: 1 << 18,
  APPLY_PROFILE: 1 << 19,
  MANAGE_SOCKET: 1 << 20,
  OP_CHILDREN: 1 << 21,
  RESIZE: 1 << 22,
  ATTACH_VMO: 1 << 23,
  MANAGE_VMO: 1 << 24,
  /** In a request: the rights of the handle at hand. */
  SAME_RIGHTS: 0x8000_0000,
  /** TRANSFER, DUPLICATE, WAIT, INSPECT. */
  BASIC: 0xc003,
  /** READ, WRITE. */
  IO: 0xc,
  /** GET_PROPERTY, SET_PROPERTY. */
  PROPERTY: 0xc0,
  /** GET_POLICY, SET_POLICY. */
  POLICY: 0xc00,
} as const);

/** Rights that are combined: a number of 32 bits. */
export type Rights = number;
