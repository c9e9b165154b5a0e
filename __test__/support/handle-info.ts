import { HandleInfo, HandleType, type HandleTypeName } from "../../index.js";

/** What a handle is for. */
export function info(type: HandleTypeName, arg = 0): HandleInfo {
  return new HandleInfo(HandleType[type], arg);
}
