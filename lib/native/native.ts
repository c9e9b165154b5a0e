import { createRequire } from "node:module";
import { join } from "node:path";

import { currentHost, loadBinding } from "./native-loader.js";

/** There is none in a bundle of CommonJS modules. */
const file: string | undefined = import.meta.filename;

/** The compiled core. Importing this module fails with `NativeBindingError` where there is none. */
export const native = loadBinding(
  createRequire(file ?? join(process.cwd(), "bundle.cjs")),
  currentHost(),
  file,
);
