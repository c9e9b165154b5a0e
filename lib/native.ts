import { createRequire } from "node:module";

import { currentHost, loadBinding } from "./native-loader.js";

/** The compiled core. Importing this module fails with `NativeBindingError` where there is none. */
export const native = loadBinding(createRequire(import.meta.url), currentHost());
