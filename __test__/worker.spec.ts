// Bazel's persistent worker, and what it makes beside single commands.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import test from "ava";

import { zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { elfFile, load, PF } from "./support/elf-file.js";

const GOOD = elfFile();
const BAD = elfFile({ segments: [load(0, PF.R | PF.W | PF.X)] });

interface Response {
  readonly exitCode: number;
  readonly output: string;
  readonly requestId: number;
  readonly wasCancelled?: true;
}

/** What a worker answers, by the requests' numbers. */
async function answers(
  directory: string,
  input: string,
): Promise<{ code: number | null; stderr: string; responses: Map<number, Response> }> {
  const options = { cwd: directory, input };
  const { code, stdout, stderr } = await zirconia(["worker", "--persistent_worker"], options);
  const lines = stdout.split("\n").filter((line) => line !== "");
  const responses = lines.map((line) => JSON.parse(line) as Response);
  return { code, stderr, responses: new Map(responses.map((one) => [one.requestId, one])) };
}

test("a worker's documents are those of single commands, to the byte, in any order", async (t) => {
  const directory = directoryWith(t, { good: GOOD, bad: BAD });
  const commands = [
    ["check", "--output", "1", "good"],
    ["check", "--output", "2", "bad", "good"],
    ["check", "--output", "3", "missing"],
    ["plan", "--output", "4", "good"],
    ["plan", "--output", "5", "bad"],
  ];
  const single = await Promise.all(
    commands.map((args) => zirconia(["worker", ...args], { cwd: directory })),
  );
  const documents = () =>
    commands.map(([, , output]) => readFileSync(join(directory, output!), "utf8"));
  const expected = documents();
  for (const indices of [
    [0, 1, 2, 3, 4],
    [4, 2, 0, 3, 1],
  ]) {
    const order = indices.map((index) => commands[index]!);
    for (const [, , output] of commands) writeFileSync(join(directory, output!), "");
    const requests = order.map((args) =>
      JSON.stringify({ arguments: args, requestId: Number(args[2]) }),
    );
    const { code, responses } = await answers(directory, requests.join(""));
    t.is(code, 0);
    t.deepEqual(documents(), expected);
    single.forEach(({ code, stdout, stderr }, index) => {
      const { exitCode, output } = responses.get(index + 1)!;
      t.deepEqual([exitCode, output], [code, stdout + stderr]);
    });
  }
  // What is fine says nothing, and what is not says why.
  t.is(single[3]!.stdout + single[3]!.stderr, "");
  t.regex(single[4]!.stderr, /^FAIL: .*\n$/);
  t.true(expected.every((document) => !document.includes(directory)));
});

test("a request's files are in its sandbox, and keep their names", async (t) => {
  const directory = directoryWith(t, { "box/in/good": GOOD });
  const request = {
    arguments: ["check", "--output", "out.json", "in", "in/*"],
    requestId: 7,
    sandboxDir: "box",
  };
  const { responses } = await answers(directory, JSON.stringify(request));
  t.deepEqual(responses.get(7), { exitCode: 0, output: "", requestId: 7 });
  const { results } = JSON.parse(readFileSync(join(directory, "box/out.json"), "utf8")) as {
    results: { file: string }[];
  };
  t.deepEqual(
    results.map(({ file }) => file),
    ["in/good", "in/good"],
  );
});

test("a request that is canceled is answered so", async (t) => {
  const directory = directoryWith(t, {});
  mkdirSync(join(directory, "many"));
  for (let index = 0; index < 64; index++) writeFileSync(join(directory, `many/${index}`), GOOD);
  const requests = [
    { arguments: ["check", "--output", "out", "many"], requestId: 1 },
    { requestId: 1, cancel: true },
    { requestId: 2, cancel: true },
  ];
  const { responses } = await answers(
    directory,
    requests.map((one) => JSON.stringify(one)).join("\n"),
  );
  t.deepEqual(
    [...responses.values()],
    [{ exitCode: 0, output: "", requestId: 1, wasCancelled: true }],
  );
});

test("what is no command, and what is no request, is told", async (t) => {
  const directory = directoryWith(t, {});
  const requests = [
    { arguments: ["run"] },
    { arguments: ["check", "-"], requestId: 1 },
    { arguments: ["check", "--no"], requestId: 2 },
  ];
  const { responses } = await answers(
    directory,
    requests.map((one) => JSON.stringify(one)).join("\n"),
  );
  t.deepEqual(
    [0, 1, 2].map((id) => [responses.get(id)?.exitCode, responses.get(id)?.output]),
    [
      [2, "zirconia: no command 'run'\n"],
      [2, "error: there is no standard input\n"],
      [2, "error: unknown option '--no'\n"],
    ],
  );
  const { responses: odd } = await answers(directory, '{"arguments":null}{"arguments":[7]}');
  t.is(odd.get(0)?.exitCode, 2);
  const { code, stderr } = await answers(directory, '{"arguments":["check"');
  t.is(code, 1);
  t.regex(stderr, /^zirconia: .*JSON/);
});

test("arguments may come from a file", async (t) => {
  const directory = directoryWith(t, { good: GOOD, params: "--output\nout.json\ngood\n" });
  const { code } = await zirconia(["worker", "check", "@params"], { cwd: directory });
  t.is(code, 0);
  t.regex(readFileSync(join(directory, "out.json"), "utf8"), /"ok": 1/);
});
