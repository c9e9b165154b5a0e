import { Vmo } from "../../handles/vmo.js";
import { handle, serverEnd } from "../handles.js";
import { status } from "../primitives.js";
import { oneWay, protocol, twoWay } from "../protocol.js";
import { string } from "../sequences.js";
import { optional } from "../type.js";

/** Bytes of a name, at most. */
export const MAX_OBJECT_NAME = 1024;

const name = string(MAX_OBJECT_NAME);

/** `fuchsia.ldsvc/Loader`: how a dynamic linker gets its libraries (sdk/fidl/fuchsia.ldsvc). */
export const Loader = protocol("fuchsia.ldsvc/Loader", {
  Done: oneWay(),
  LoadObject: twoWay({ objectName: name }, { rv: status, object: optional(handle(Vmo)) }),
  Config: twoWay({ config: name }, { rv: status }),
  Clone: twoWay({ loader: serverEnd("fuchsia.ldsvc/Loader") }, { rv: status }),
});
