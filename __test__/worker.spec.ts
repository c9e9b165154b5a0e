// Bazel's persistent worker, and what it makes beside single commands.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import test from "ava";

import { shell, zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { elfFile, load, PF } from "./support/elf-file.js";
import { guest, nativeTest } from "./support/native.js";

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

test("small files and what is none are checked by a worker as by single commands", async (t) => {
  const filled = (size: number) => Buffer.concat([GOOD, Buffer.alloc(size - GOOD.length)]);
  const directory = directoryWith(t, {
    small: filled(65_536),
    large: filled(65_537),
    empty: "",
    text: "#!/bin/sh\n",
    "in/good": GOOD,
    "in/[a]": GOOD,
  });
  const commands = [
    ["small", "large", "small"],
    ["--target", "aarch64", "small", "large"],
    ["empty", "text", "in", "small"],
    ["in/*", "in/[a]"],
    ["small", "missing", "/dev/null", "small"],
  ].map((args, index) => ["check", "--output", `${index}.json`].concat(args));
  const single = await Promise.all(
    commands.map((args) => zirconia(["worker", ...args], { cwd: directory })),
  );
  const documents = () =>
    commands.map((_, index) => readFileSync(join(directory, `${index}.json`), "utf8"));
  const expected = documents();
  for (const index of commands.keys()) writeFileSync(join(directory, `${index}.json`), "");
  const requests = commands.map((args, requestId) =>
    JSON.stringify({ arguments: args, requestId }),
  );
  const { responses } = await answers(directory, requests.join(""));
  t.deepEqual(documents(), expected);
  for (const [index, { code, stdout, stderr }] of single.entries()) {
    const { exitCode, output } = responses.get(index)!;
    t.deepEqual([exitCode, output], [code, stdout + stderr]);
  }
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

nativeTest("a plan is the same in every sandbox, and in none", async (t) => {
  const directory = directoryWith(t, {});
  const boxes = ["one", "two/deeper", "."];
  for (const box of boxes) {
    mkdirSync(join(directory, box, "lib"), { recursive: true });
    copyFileSync(guest("hello_dynamic"), join(directory, box, "program"));
    copyFileSync(guest("lib/ld.so.1"), join(directory, box, "lib/ld.so.1"));
  }
  for (const lib of ["lib", "./lib/"]) {
    const requests = boxes.map((sandboxDir, requestId) =>
      JSON.stringify({
        arguments: ["plan", "--output", "plan.json", "--lib", lib, "program"],
        requestId,
        ...(sandboxDir !== "." && { sandboxDir }),
      }),
    );
    const { responses } = await answers(directory, requests.join(""));
    const [one = "", ...others] = boxes.map((box) =>
      readFileSync(join(directory, box, "plan.json"), "utf8"),
    );
    t.regex(one, /"path": "lib\/ld.so.1"/);
    for (const other of others) t.is(other, one);
    t.true([...responses.values()].every(({ output }) => output === responses.get(0)!.output));
  }
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

/** Asks for a check whose document is called as its number is. */
function request(requestId: number, ...files: string[]): string {
  return JSON.stringify({ requestId, arguments: ["check", "--output", `${requestId}`, ...files] });
}

nativeTest("a request that is canceled at its work ends with the file that it is at", async (t) => {
  const directory = directoryWith(t, { good: GOOD });
  // The first is at a file that does not end when the second is answered, and when the third is, which
  // came after the first was canceled.
  const script = `
    mkfifo file requests responses
    zirconia worker --persistent_worker < requests > responses &
    exec 3> requests 4< responses
    echo '${request(1, "file", "good")}${request(2, "good")}' >&3
    read -r line <&4; echo "$line"
    echo '{"requestId": 1, "cancel": true}${request(3, "good")}' >&3
    read -r line <&4; echo "$line"
    : > file
    exec 3>&-
    cat <&4`;
  const { stdout } = await shell(script, { cwd: directory });
  t.deepEqual(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Response),
    [
      { exitCode: 0, output: "", requestId: 2 },
      { exitCode: 0, output: "", requestId: 3 },
      { exitCode: 0, output: "", requestId: 1, wasCancelled: true },
    ],
  );
  t.false(existsSync(join(directory, "1")));
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
});

test("fields of requests may be null, and those of another type end the worker", async (t) => {
  const directory = directoryWith(t, {});
  const empty = { arguments: null, requestId: null, cancel: null, sandboxDir: null };
  const { code, responses } = await answers(directory, JSON.stringify(empty));
  t.deepEqual([code, responses.get(0)?.output], [0, "zirconia: no command ''\n"]);
  for (const wrong of [
    { arguments: "check" },
    { arguments: [7] },
    { requestId: "1" },
    { requestId: 1.5 },
    { cancel: 1 },
    { sandboxDir: ["."] },
  ]) {
    const input = [{ requestId: 9 }, wrong].map((one) => JSON.stringify(one)).join("\n");
    const { code, stderr, responses } = await answers(directory, input);
    t.deepEqual([code, [...responses.keys()]], [1, [9]]);
    t.is(stderr, "zirconia: this is no work request of Bazel's\n");
  }
  for (const input of ['{"arguments":["check"', "}", "{}[]", "null"]) {
    const { code, stderr } = await answers(directory, input);
    t.is(code, 1);
    t.regex(stderr, /^zirconia: .*JSON/);
  }
});

test("as many requests as come are answered, and those that wait are canceled too", async (t) => {
  const directory = directoryWith(t, { good: GOOD });
  const ids = Array.from({ length: 100 }, (_, index) => index);
  const { code, responses } = await answers(
    directory,
    ids
      .flatMap((requestId) => [
        { arguments: ["check", "--output", `${requestId}.json`, "good"], requestId },
        ...(requestId % 2 === 0 ? [] : [{ requestId, cancel: true }]),
      ])
      .map((one) => JSON.stringify(one))
      .join(""),
  );
  t.is(code, 0);
  t.is(responses.size, ids.length);
  for (const id of ids) t.is(responses.get(id)!.wasCancelled, id % 2 === 0 ? undefined : true);
});

test("requests of one number are each answered, and canceled together", async (t) => {
  const directory = directoryWith(t, { good: GOOD });
  const request = { arguments: ["check", "--output", "out", "good"], requestId: 3 };
  const requests = [request, request, { requestId: 3, cancel: true }];
  const input = requests.map((one) => JSON.stringify(one)).join("");
  const { stdout } = await zirconia(["worker", "--persistent_worker"], { cwd: directory, input });
  const answer = `${JSON.stringify({ exitCode: 0, output: "", requestId: 3, wasCancelled: true })}\n`;
  t.is(stdout, answer.repeat(2));
});

test("no request has anything of one before it", async (t) => {
  const directory = directoryWith(t, { good: GOOD, "box/good": GOOD, list: "missing\n" });
  const commands = [
    ["check", "--files-from", "list", "--format", "ndjson", "--target", "aarch64", "good"],
    ["check", "--no"],
    ["check", "good"],
    ["plan", "--env", "A=b", "--lib", "box", "good"],
    ["plan", "--json", "good"],
  ];
  const single = await Promise.all(
    commands.map((args) => zirconia(["worker", ...args], { cwd: directory })),
  );
  // They are so many that what answers one has answered another.
  const requests = Array.from({ length: 60 }, (_, requestId) => {
    const sandboxDir = requestId % 3 === 0 ? "box" : "";
    return { arguments: commands[requestId % commands.length], requestId, sandboxDir };
  });
  const { code, responses } = await answers(
    directory,
    requests.map((one) => JSON.stringify(one)).join(""),
  );
  t.is(code, 0);
  for (const { requestId, sandboxDir } of requests) {
    if (sandboxDir !== "") continue;
    const { exitCode, output } = responses.get(requestId)!;
    const { code, stdout, stderr } = single[requestId % commands.length]!;
    t.deepEqual([exitCode, output], [code, stdout + stderr]);
  }
});

test("a request's files do not lead out of its sandbox", async (t) => {
  const directory = directoryWith(t, { good: GOOD, vars: "A=b", "box/good": GOOD });
  const commands = [
    ["check", "../good"],
    ["check", "in/../../good"],
    ["check", "--output", "../out", "good"],
    ["check", "--files-from", "../vars"],
    ["plan", "..", "good"],
    ["plan", "--lib", "..", "good"],
    ["plan", "--env-file", "../vars", "good"],
  ];
  const requests = commands.map((args, index) =>
    JSON.stringify({ arguments: args, requestId: index, sandboxDir: "box" }),
  );
  const { code, responses } = await answers(directory, requests.join(""));
  t.is(code, 0);
  for (const [index, args] of commands.entries()) {
    const path = args.find((arg) => arg.includes(".."))!;
    const output = `zirconia: ${path} is not in the sandbox\n`;
    t.deepEqual(responses.get(index), { exitCode: 1, output, requestId: index });
  }
});

test("arguments may come from a file", async (t) => {
  const directory = directoryWith(t, { good: GOOD, params: "--output\nout.json\ngood\n" });
  const { code } = await zirconia(["worker", "check", "@params"], { cwd: directory });
  t.is(code, 0);
  t.regex(readFileSync(join(directory, "out.json"), "utf8"), /"ok": 1/);
});
