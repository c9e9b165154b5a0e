// The packages as they would be published, as far as this computer has built them.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { binariesOf, seal } from "./seal-platforms.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The platform that binaries in this checkout are for. */
export function builtPlatform() {
  const binary = readdirSync(root).find((name) => /^zirconia\..+\.node$/.test(name));
  if (binary === undefined) throw new Error("There is no binary to pack: npm run build:addon");
  return binary.split(".")[1];
}

/** Makes a directory the package of a platform, with the binaries in this checkout. */
export function layPlatformPackage(directory, platform) {
  cpSync(join(root, "npm", platform), directory, { recursive: true });
  for (const file of binariesOf(platform)) copyFileSync(join(root, file), join(directory, file));
  seal(directory, platform);
}

/** Packs a package into a file in `destination`, and returns what npm says of it. */
export function pack(directory, destination) {
  const options = ["--json", "--ignore-scripts", "--pack-destination", destination];
  return JSON.parse(npm(directory, "pack", ...options))[0];
}

/** Runs npm, and returns what it writes. */
export function npm(cwd, ...args) {
  // On Windows it is a script.
  return execFileSync("npm", args, { cwd, encoding: "utf8", shell: process.platform === "win32" });
}
