// Uses the rules in bazel/ with Debian's Bazel 4.2 and remote execution on this computer, which is
// BuildGrid and two bots: checks and tests, again from the cache, with a bot that is killed in the
// middle, with a wrong binary, and what tests ask of Bazel. Everything must have been built; for
// x86-64 Linux. Ends with 69 if there is no Bazel or no BuildGrid: `apt-get install bazel-bootstrap
// postgresql` and scripts/buildgrid.sh.
import { requireBuildGrid, startBuildGrid } from "./bazel/buildgrid.mjs";
import { proveFailure, proveTests } from "./bazel/proofs.mjs";
import { layWorkspace } from "./bazel/workspace.mjs";
import { expect, interruption } from "./run.mjs";

const [checks, tests] = (process.argv[2] ?? "500,50").split(",").map(Number);

/** What a bot says as it begins an action, and when it has done it. */
const BEGIN = /^begin (.*)$/;
const END = /^end /;

requireBuildGrid();
const workspace = layWorkspace({ checks, tests }, interruption());
const { bazel } = workspace;
let grid;
try {
  grid = await startBuildGrid();
  const documents = await makeHere();
  const bots = [await grid.startBot("bot0"), await grid.startBot("bot1")];
  await proveChecks(bots, documents);
  await proveManyTests(bots);
  await proveFailure(workspace, grid.flags);
  await proveTests(workspace, grid.flags);
  await proveDeath(bots, documents);
} finally {
  workspace.remove();
  await grid?.stop();
}

/** Has all documents made on this computer: what they have to be from others. */
async function makeHere() {
  await bazel(["build", ":plan", ":checks", "--spawn_strategy=local"]);
  return workspace.sums();
}

async function proveChecks(bots, documents) {
  await bazel(["clean"]);
  const { output, seconds } = await bazel(["build", ":plan", ":checks", ...grid.flags]);
  expect("remote", output, `${checks + 1} remote`);
  expect("remote", await workspace.sums(), documents);
  const shares = bots.map((bot) => bot.count(END));
  if (shares.includes(0)) throw new Error(`one bot has done all: ${shares.join(", ")}`);
  console.log(`${checks} checks, remote: ${seconds.toFixed(1)} s, by bots ${shares.join(" and ")}`);

  const begin = ran(bots);
  await bazel(["clean"]);
  const again = await bazel(["build", ":plan", ":checks", ...grid.flags]);
  expect("again", again.output, `${checks + 1} remote cache hit`);
  expect("again", await workspace.sums(), documents);
  await bazel(["clean"]);
  const worker = ["--strategy=ZirconiaCheck=worker", "--strategy=ZirconiaPlan=worker"];
  const shared = await bazel(["build", ":plan", ":checks", grid.cache, ...worker]);
  expect("by workers", shared.output, `${checks + 1} remote cache hit`);
  expectNone("again", ran(bots) - begin);
  console.log(`${checks} checks, remote again: ${again.seconds.toFixed(1)} s, no action`);
}

async function proveManyTests(bots) {
  const { output, seconds } = await bazel(["test", ...workspace.tests, ...grid.flags]);
  expect("tests", output, `Executed ${tests} out of ${tests} tests: ${tests} tests pass`);
  console.log(`${tests} tests, remote: ${seconds.toFixed(1)} s`);
  const begin = ran(bots);
  await bazel(["clean"]);
  const again = await bazel(["test", ...workspace.tests, ...grid.flags]);
  expect("tests again", again.output, `Executed 0 out of ${tests} tests: ${tests} tests pass`);
  expectNone("tests again", ran(bots) - begin);
}

/** A bot that is killed at its work: another one does it, and what comes of it is the same. */
async function proveDeath([dying, other], documents) {
  const count = dying.count(BEGIN);
  const share = Math.ceil(checks / 5);
  await bazel(["clean"]);
  const kill = async () => {
    await dying.line(BEGIN, count + share);
    await dying.kill("SIGKILL");
  };
  const build = ["build", ":plan", ":checks", ...grid.flags, "--noremote_accept_cached"];
  const [{ output, seconds }] = await Promise.all([bazel(build), kill()]);
  expect("with a dead bot", output, `${checks + 1} remote`);
  expect("with a dead bot", await workspace.sums(), documents);
  const [, lost] = BEGIN.exec(dying.lines.at(-1)) ?? [];
  if (lost === undefined) throw new Error("the bot was killed between two actions");
  expect("what it was at", other.lines.join("\n"), `end ${lost}`);
  console.log(`${checks} checks, a bot killed at its action ${share}: ${seconds.toFixed(1)} s`);
}

/**
 * How many actions bots have begun so far. One that the server takes for lost is begun again: it is
 * the same one.
 */
function ran(bots) {
  const begun = bots.flatMap((bot) => bot.lines).map((line) => BEGIN.exec(line)?.[1]);
  return new Set(begun.filter((action) => action !== undefined)).size;
}

function expectNone(what, actions) {
  if (actions !== 0) throw new Error(`${what}: bots have run ${actions} actions`);
}
