// What no computer of a developer's runs: the workflows, and what is compiled for other platforms only.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import test from "ava";
import type * as Yaml from "yaml";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
// It comes with typedoc.
const { parse } = createRequire(import.meta.resolve("typedoc"))("yaml") as typeof Yaml;

interface Step {
  readonly run?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly steps: readonly Step[];
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Matrix };
}

interface Matrix {
  readonly node?: readonly number[];
  readonly target?: readonly string[];
  readonly include?: readonly { readonly target: string }[];
}

interface Workflow {
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflows = { ci: workflow("ci"), release: workflow("release") };
const manifest = JSON.parse(text("package.json")) as {
  scripts: Record<string, string>;
  napi: { targets: string[] };
};

function text(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function workflow(name: string): Workflow {
  return parse(text(`.github/workflows/${name}.yml`)) as Workflow;
}

const steps = Object.values(workflows)
  .flatMap(({ jobs }) => Object.values(jobs))
  .flatMap((job) => job.steps);

test("workflows run scripts that there are", (t) => {
  const commands = steps.flatMap(({ run }) => run ?? []).join("\n");
  const scripts = [...commands.matchAll(/npm (?:run )?(test(?::\w+)?|[a-z]+:[a-z]+)/g)];
  t.true(scripts.length > 10);
  for (const [command, name] of scripts) t.truthy(manifest.scripts[name!], command);
  for (const [file] of commands.matchAll(/\b(?:scripts|\.ci)\/[\w./-]+/g)) {
    t.true(existsSync(join(ROOT, file)), file);
  }
});

test("every platform is compiled, and all but one are tried as they are to be published", (t) => {
  const { addon, installed } = workflows.release.jobs;
  const compiled = addon!.strategy!.matrix.include!.map(({ target }) => target);
  t.deepEqual(compiled, manifest.napi.targets);
  const untried = "aarch64-unknown-linux-musl";
  const tried = manifest.napi.targets.filter((target) => target !== untried);
  t.deepEqual([...installed!.strategy!.matrix.target!].sort(), tried.sort());
});

test("the versions of Node.js that are tried are the oldest, and each that is supported", (t) => {
  t.deepEqual(workflows.release.jobs["installed"]!.strategy!.matrix.node, [20.19, 22, 24, 26]);
  t.deepEqual(workflows.ci.jobs["newer-node"]!.strategy!.matrix.node, [22, 24, 26]);
});

test("only a tag publishes, with provenance, after everything was tried", (t) => {
  const { publish } = workflows.release.jobs;
  t.deepEqual(publish!.needs, ["portable", "addon", "installed"]);
  t.is(publish!.permissions!["id-token"], "write");
  const publishing = publish!.steps.filter(
    ({ run = "" }) => /publish|release create/.test(run) && !run.includes("--dry-run"),
  );
  t.is(publishing.length, 3);
  for (const step of publishing) t.is(step.if, "github.ref_type == 'tag'", step.run);
  const [platforms, main] = publishing;
  t.is(platforms!.env!["NPM_CONFIG_PROVENANCE"], "true");
  t.true(main!.run!.includes("--provenance"));
  t.true(
    publish!.steps.some(({ run = "" }) => run.includes("npm publish --ignore-scripts --dry-run")),
  );
});

test("a crate that has something for one platform has something for the others", (t) => {
  const alternatives = [
    [/cfg!?\(all\(target_os = "linux"/, /cfg!?\(not\(all\(target_os = "linux"/],
    [/cfg!?\(unix\)/, /cfg!?\((not\(unix\)|windows)\)/],
  ] as const;
  const compared: string[] = [];
  for (const crate of readdirSync(join(ROOT, "crates"))) {
    const source = join(ROOT, "crates", crate, "src");
    const code = readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".rs"))
      .map((file) => readFileSync(join(source, file), "utf8"))
      .join("\n");
    for (const [one, others] of alternatives) {
      t.is(one.test(code), others.test(code), `${crate}: ${one}`);
      if (one.test(code)) compared.push(crate);
    }
  }
  t.deepEqual([...new Set(compared)].sort(), ["binding", "cargo-tool", "host-linux"]);
});
