import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import test from "ava";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

interface Package {
  name: string;
  manifest_path: string;
  dependencies: { name: string; kind: string | null }[];
}

const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--no-deps", "--offline", "--format-version", "1"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  }),
) as { packages: Package[] };

const workspace = new Set(metadata.packages.map((pkg) => pkg.name));

/** What a crate of the workspace is built from; tests may use more. */
function dependencies(name: string): string[] {
  const found = metadata.packages.find((pkg) => pkg.name === name);
  if (found === undefined) throw new Error(`no crate ${name}`);
  return found.dependencies.filter((dep) => dep.kind !== "dev").map((dep) => dep.name);
}

function siblings(name: string): string[] {
  return dependencies(name)
    .filter((dep) => workspace.has(dep))
    .sort();
}

test("zx-abi knows no other crate of the workspace", (t) => {
  t.deepEqual(siblings("zx-abi"), []);
});

test("vdso and loader-core know zx-abi only, kernel-sim the vdso too, and not the loader", (t) => {
  t.deepEqual(siblings("vdso"), ["zx-abi"]);
  t.deepEqual(siblings("loader-core"), ["zx-abi"]);
  t.deepEqual(siblings("kernel-sim"), ["vdso", "zx-abi"]);
});

test("the hosts know the kernel's seams, and nothing of loading", (t) => {
  t.deepEqual(siblings("host-linux"), ["kernel-sim", "zx-abi"]);
  t.true(siblings("host-std").every((dep) => ["kernel-sim", "zx-abi"].includes(dep)));
});

test("only the binding names napi", (t) => {
  const users = metadata.packages.filter((pkg) =>
    pkg.dependencies.some((dep) => dep.name.startsWith("napi")),
  );
  t.deepEqual(
    users.map((pkg) => pkg.name),
    ["binding"],
  );
});

test("the logic makes no OS call", (t) => {
  for (const name of ["zx-abi", "vdso", "kernel-sim", "loader-core", "process-builder"]) {
    for (const os of ["libc", "rustix", "nix", "getrandom"])
      t.false(dependencies(name).includes(os), `${name}: ${os}`);
  }
});

test("unsafe code is forbidden outside of the hosts, the guests and the binding", (t) => {
  const allowed = new Set(["host-linux", "binding"]);
  for (const pkg of metadata.packages.filter((candidate) => !allowed.has(candidate.name))) {
    const source = join(dirname(pkg.manifest_path), "src");
    const file = pkg.name === "benches" ? "main.rs" : "lib.rs";
    t.regex(readFileSync(join(source, file), "utf8"), /^#!\[forbid\(unsafe_code\)\]$/m, pkg.name);
  }
});
