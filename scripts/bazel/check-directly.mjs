// Checks the files that it is given by the package's own function, and writes a document of each: what
// Bazel's worker does for as many requests.
import { writeFileSync } from "node:fs";

import { checkFiles } from "../../dist/index.js";

for await (const { file, report, error } of checkFiles(process.argv.slice(2))) {
  if (error !== undefined) throw error;
  writeFileSync(`${file}.json`, JSON.stringify(report, null, 2));
}
