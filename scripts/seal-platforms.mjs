// Makes the packages in npm/ ready to be published, once their binaries are in them: adds the licences,
// and to each manifest how long each binary is and what its hash is, by which the library knows one
// that is damaged. Fails if a platform lacks a binary.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { crateLicences } from "./crate-licences.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The project's own licences. */
const OWN_LICENCES = ["LICENSE-APACHE", "LICENSE-MIT"];
/** The licences of what the binaries are made of. */
const CRATE_LICENCES = "LICENSES.txt";

/** The files with licences in each package. */
export const LICENCES = [...OWN_LICENCES, CRATE_LICENCES];

/** The name of the program that cargo starts, in a list; none where nothing runs. */
export function toolOf(platform) {
  return platform.startsWith("win32") ? [] : [`zirconia-cargo.${platform}`];
}

/** The names of what is compiled for a platform. */
export function binariesOf(platform) {
  return [`zirconia.${platform}.node`, ...toolOf(platform)];
}

/** Makes a directory with a platform's manifest and binaries a package to be published. */
export function seal(directory, platform) {
  const path = join(directory, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  manifest.binaries = Object.fromEntries(
    binariesOf(platform).map((name) => [name, described(join(directory, name))]),
  );
  for (const name of OWN_LICENCES) copyFileSync(join(root, name), join(directory, name));
  writeFileSync(join(directory, CRATE_LICENCES), crateLicences());
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

function described(file) {
  if (!existsSync(file)) throw new Error(`There is no ${file} to publish`);
  const bytes = readFileSync(file);
  return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const packages = join(root, "npm");
  for (const platform of readdirSync(packages)) seal(join(packages, platform), platform);
}
