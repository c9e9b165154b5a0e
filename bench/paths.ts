import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The directory of this package. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The path of a guest program. */
export const guest = (name: string) => join(root, "guest/out", name);

/** The command as it is published, if it has been built; who wants to measure it is told if not. */
export function builtCommand(): string | undefined {
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  const { bin } = JSON.parse(manifest) as { bin: { zirconia: string } };
  const command = join(root, bin.zirconia);
  if (existsSync(command)) return command;
  console.log("There is no dist/ to start: `npm run build:ts` makes it.");
  return undefined;
}
