// Fails if a generated file that is committed is not what its generator writes today.
import { run } from "./run.mjs";

const GENERATORS = ["build:types", "build:platforms"];
const GENERATED = ["index.d.ts", "npm", "package-lock.json", "Cargo.lock", "guest/Cargo.lock"];

for (const script of GENERATORS) {
  const code = await run("npm", ["run", "--silent", script]);
  if (code !== 0) {
    process.exit(code);
  }
}

const committed = await run("git", ["ls-files", "--error-unmatch", "--", ...GENERATED], () => {});
const upToDate = await run("git", ["--no-pager", "diff", "--exit-code", "--", ...GENERATED]);
if (committed !== 0 || upToDate !== 0) {
  console.error("Generated files are out of date: add what changed above to the commit.");
  process.exitCode = 1;
}
