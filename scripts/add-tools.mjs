// Lists in the manifests of npm/ the program that cargo starts, which napi does not know of.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const packages = new URL("../npm/", import.meta.url);

for (const platform of readdirSync(packages)) {
  // Nothing runs there.
  if (platform.startsWith("win32")) continue;
  const path = new URL(`${platform}/package.json`, packages);
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  manifest.files = [...new Set([...manifest.files, `zirconia-cargo.${platform}`])];
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
