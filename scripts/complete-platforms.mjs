// Lists in the manifests of npm/ what napi does not know of: the program that cargo starts, and the
// licences.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

import { LICENCES, toolOf } from "./seal-platforms.mjs";

const packages = new URL("../npm/", import.meta.url);

for (const platform of readdirSync(packages)) {
  const path = new URL(`${platform}/package.json`, packages);
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  manifest.files = [...new Set([...manifest.files, ...toolOf(platform), ...LICENCES])];
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
