import { closeSync, openSync } from "node:fs";

import { ALL_RIGHTS } from "../vfs/rights.js";
import { HostDirectory } from "../vfs/host-directory.js";
import type { VfsDirectory } from "../vfs/directory.js";
import type { Shard } from "./run-tests.js";
import { runfiles } from "./runfiles.js";

/** What Bazel asks of a test, by the variables of its test encyclopedia. */
export interface BazelTest {
  /** `XML_OUTPUT_FILE` */
  readonly junit?: string;
  /** `TEST_SHARD_INDEX`, which counts from 0, of `TEST_TOTAL_SHARDS` */
  readonly shard?: Shard;
  /** `TESTBRIDGE_TEST_ONLY`, which is what `--test_filter` says */
  readonly filter?: string;
  /** `/pkg` has the runfiles, `/tmp` is `TEST_TMPDIR`, `/outputs` are kept. */
  readonly namespace: Readonly<Record<string, VfsDirectory>>;
  /** The workspace among the runfiles, where Bazel's tests begin. */
  readonly cwd?: string;
  /** The same, as the program sees it. */
  readonly env: readonly string[];
}

/** Directories of a test by their variables: where the program has them. */
const PLACES = {
  TEST_TMPDIR: "/tmp",
  TEST_UNDECLARED_OUTPUTS_DIR: "/outputs",
} as const;

/** Variables that a program gets as they are. */
const PASSED = ["TEST_TARGET", "TEST_WORKSPACE", "TEST_SIZE", "TEST_TIMEOUT", "TEST_RANDOM_SEED"];

/**
 * Reads what Bazel asks, and tells it that shards are understood.
 *
 * @throws Node's error for a directory that is not there; RangeError for a shard that there is not
 */
export function bazelTest(env: NodeJS.ProcessEnv): BazelTest {
  const { TEST_SRCDIR: sources, TEST_WORKSPACE: workspace } = env;
  const namespace: Record<string, VfsDirectory> = {};
  const variables = PASSED.flatMap((name) => (env[name] ? [`${name}=${env[name]}`] : []));
  for (const [name, place] of Object.entries(PLACES)) {
    const directory = env[name];
    if (!directory) continue;
    namespace[place] = new HostDirectory(directory, { rights: ALL_RIGHTS });
    variables.push(`${name}=${place}`);
  }
  if (sources) {
    namespace["/pkg"] = runfiles(sources);
    variables.push("TEST_SRCDIR=/pkg");
  }
  const shard = shardOf(env.TEST_SHARD_INDEX, env.TEST_TOTAL_SHARDS || undefined);
  if (env.TEST_SHARD_STATUS_FILE) closeSync(openSync(env.TEST_SHARD_STATUS_FILE, "a"));
  const { XML_OUTPUT_FILE: junit, TESTBRIDGE_TEST_ONLY: filter } = env;
  return {
    ...(junit && { junit }),
    ...(shard && { shard }),
    ...(filter && { filter }),
    ...(sources && workspace && { cwd: `/pkg/${workspace}` }),
    namespace,
    env: variables,
  };
}

/** A test of which there is one is told of none, or of none in all. */
function shardOf(index = "0", total = "0"): Shard | undefined {
  if (total === "0") return undefined;
  const isDecimal = [index, total].every((number) => /^\d{1,6}$/.test(number));
  if (!isDecimal || Number(index) >= Number(total)) {
    throw new RangeError(`TEST_SHARD_INDEX is ${index}, and TEST_TOTAL_SHARDS ${total}`);
  }
  return { index: Number(index) + 1, total: Number(total) };
}
