import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The directory of this package. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The path of a guest program. */
export const guest = (name: string) => join(root, "guest/out", name);
