import { protocol, twoWay } from "../protocol.js";
import { result } from "../results.js";
import { string } from "../sequences.js";

/** Bytes of a device's name, at most. */
const HOST_NAME_MAX = 64;

/** `fuchsia.device/NameProvider`: what the device is called (sdk/fidl/fuchsia.device). */
export const NameProvider = protocol(
  "fuchsia.device/NameProvider",
  {
    GetDeviceName: twoWay(
      {},
      result("NameProvider_GetDeviceName", { name: string(HOST_NAME_MAX) }),
    ),
  },
  { discoverable: true },
);
