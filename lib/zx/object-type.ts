/** The types of kernel objects (`zx_obj_type_t`, zircon/types.h). */
export const ObjectType = Object.freeze({
  Process: 1,
  Thread: 2,
  Vmo: 3,
  Channel: 4,
  Event: 5,
  Port: 6,
  Interrupt: 9,
  Log: 12,
  Socket: 14,
  Resource: 15,
  EventPair: 16,
  Job: 17,
  Vmar: 18,
  Fifo: 19,
  Timer: 22,
  Profile: 25,
  SuspendToken: 27,
  Pager: 28,
  Exception: 29,
  Clock: 30,
  Stream: 31,
  Iob: 33,
  Counter: 34,
  IobSharedRegion: 35,
} as const);

/** The name of an object type. */
export type ObjectTypeName = keyof typeof ObjectType;

/** The number of an object type. */
export type ObjectType = (typeof ObjectType)[ObjectTypeName];

const NAMES = new Map<number, string>(
  Object.entries(ObjectType).map(([name, number]) => [number, name]),
);

/** The name of an object type; `Unknown` for a number without one. */
export function objectTypeName(type: number): ObjectTypeName | "Unknown" {
  return (NAMES.get(type) as ObjectTypeName | undefined) ?? "Unknown";
}
