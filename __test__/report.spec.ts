import { readFileSync } from "node:fs";
import { join } from "node:path";

import test from "ava";

import { planLaunch, report, type ReportDocument } from "../index.js";
import { Kept } from "../lib/report/kept.js";
import { documentJson, pageOf } from "../lib/report/page.js";
import { zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { elfFile, interp, load, PF } from "./support/elf-file.js";
import { guest, nativeTest } from "./support/native.js";
import { matchesSchema } from "./support/schema.js";

/** What a page has between its elements. */
function documentIn(html: string): ReportDocument {
  const [, json] = /<script type="application\/json" id="document">(.*?)<\/script>/s.exec(html)!;
  return JSON.parse(json!) as ReportDocument;
}

function asSchema(t: Parameters<typeof matchesSchema>[0], document: ReportDocument) {
  return matchesSchema<ReportDocument>(t, "report.schema.json", documentJson(document));
}

for (const target of ["x86-64", "aarch64", "riscv64"] as const) {
  test(`a plan for ${target} is a report of a launch alone`, async (t) => {
    const file = elfFile({ target, segments: [load(0, PF.R), load(1, PF.R | PF.X)] });
    const { document, html, result } = await report(await planLaunch(file, { args: ["one"] }));
    asSchema(t, document);
    t.deepEqual(documentIn(html), document);
    t.is(result, undefined);
    t.is(document.run, undefined);
    t.is(document.end.kind, "planned");
    t.is(document.target, target);
    const { maps, messages, registers, file: headers } = document.launch;
    t.deepEqual([headers?.segments.length, messages.length, registers.length], [2, 1, 4]);
    t.true(maps.every(({ why }) => why !== ""));
  });
}

test("every byte of a bootstrap message is part of something", async (t) => {
  const file = elfFile({ segments: [interp("ld.so.1\0"), load(0, PF.R | PF.X)] });
  const libraryPath = [
    directoryWith(t, { "ld.so.1": elfFile({ segments: [load(0, PF.R | PF.X)] }) }),
  ];
  const env = { KEY: "", LONG: "x".repeat(300) };
  const plan = await planLaunch(file, { libraryPath, args: ["", "two"], env });
  const { document } = await report(plan);
  t.deepEqual(
    document.launch.messages.map(({ reader }) => reader),
    ["linker", "program"],
  );
  for (const { bytes, parts } of document.launch.messages) {
    let end = 0;
    for (const { offset, size } of parts) {
      t.is(offset, end);
      end += size;
    }
    t.is(end, bytes.length / 2);
  }
});

test("a launch that fails has what was reached", async (t) => {
  const plan = await planLaunch(elfFile({ segments: [interp("missing\0"), load(0, PF.R)] }));
  const { document } = await report(plan);
  asSchema(t, document);
  t.is(document.end.kind, "refused");
  t.is(document.launch.error?.message, plan.verdict.error?.message);
  t.deepEqual(document.launch.messages, []);
});

nativeTest(
  "a run has its calls, with what they caused, and what it wrote where it wrote it",
  async (t) => {
    const { document, html, result } = await report(guest("hello"), ["world"]);
    asSchema(t, document);
    t.deepEqual(documentIn(html), document);
    const { calls, output, events, messages, processes, steps, memory } = document.run!;
    t.is(document.end.kind, "exit");
    const stdout = output.filter(({ stream }) => stream === "stdout");
    t.is(stdout.map(({ text }) => text).join(""), String(result!.stdout));
    for (const { call, size } of stdout) {
      t.is(calls[call!]!.name, "zx_socket_write");
      t.true(calls[call!]!.args.some(([name, text]) => name === "actual" && text === `[${size}]`));
    }
    t.deepEqual(
      processes.map(({ name }) => name),
      ["host", "hello"],
    );
    t.true(steps.some(({ name, took }) => name === "start" && took !== null));
    t.true(memory.length > 0);
    // The bootstrap message: from JavaScript, to the first call.
    const [bootstrap] = messages;
    t.is(bootstrap!.call, undefined);
    t.is(calls[bootstrap!.read!.call!]!.name, "zx_channel_read");
    t.true(bootstrap!.read!.at >= bootstrap!.at);
    t.is(events.find(({ kind }) => kind === "exit")?.what, "0");
  },
);

nativeTest("what calls change in the address space is theirs", async (t) => {
  const { document } = await report(guest("hello_dynamic"));
  const { calls, events } = document.run!;
  const maps = events.filter(({ kind, call }) => kind === "map" && call !== undefined);
  t.true(maps.length > 0);
  for (const { call } of maps) t.regex(calls[call!]!.name, /^zx_vmar_map/);
});

nativeTest("the rights and peers of startup handles are as in the process", async (t) => {
  let koid: bigint | undefined;
  const { document } = await report(guest("hello"), [], {
    built: ({ process }) => (koid = process.koid),
  });
  const [{ handles }] = document.launch.messages as [ReportDocument["launch"]["messages"][0]];
  const handle = (name: string) => handles.find(({ info }) => info === name)!;
  t.is(BigInt(handle("ProcessSelf(0)").koid), koid!);
  t.is(BigInt(handle("ThreadSelf(0)").relatedKoid!), koid!);
  const descriptor = handle("FileDescriptor(1)");
  t.regex(descriptor.rights, /READ\|WRITE/);
  t.is(BigInt(descriptor.relatedKoid!), BigInt(descriptor.koid) - 1n);
  t.true(handles.every(({ rights }) => rights !== ""));
});

nativeTest("a crash has its exception, its registers, its source and what was hit", async (t) => {
  const { document } = await report(guest("fault"), ["null-read"]);
  asSchema(t, document);
  const { kind, crash } = document.end;
  t.is(kind, "crash");
  t.is(crash!.exception, "FATAL_PAGE_FAULT");
  t.regex(crash!.hit, /null pointer/);
  t.regex(crash!.source.join(), /null_read/);
  t.is(crash!.registers.find(({ name }) => name === "rip")?.value, crash!.pc);
  t.true(document.run!.events.some(({ kind }) => kind === "crash"));
});

nativeTest("a program that is killed and one that cannot be launched have reports", async (t) => {
  const killed = await report(guest("hello"), [], { signal: AbortSignal.abort() });
  t.is(asSchema(t, killed.document).end.kind, "canceled");
  const refused = await report(elfFile({ segments: [interp("missing\0"), load(0, PF.R | PF.X)] }));
  t.is(asSchema(t, refused.document).end.kind, "refused");
  t.is(refused.result, undefined);
});

test("misuse and files that are not there reject as those of run do", async (t) => {
  await t.throwsAsync(report(7 as never), { code: "ERR_INVALID_ARG_TYPE" });
  await t.throwsAsync(report(guest("hello"), [], { built: 7 as never }), {
    code: "ERR_INVALID_ARG_TYPE",
  });
  await t.throwsAsync(report("missing"), { code: "ENOENT" });
});

test("no name ends the element that a document is in", async (t) => {
  const name = "</script><script>alert(1)</script><!--\u2028\ud800";
  const file = elfFile({ segments: [load(0, PF.R | PF.X)] });
  const { document } = await report(await planLaunch(file, { name, args: [name] }));
  const html = pageOf(document);
  t.is(html.split("<script").length, pageOf({ ...document, command: "" }).split("<script").length);
  t.false(html.includes(name));
  t.is(documentIn(html).launch.name, document.launch.name.replace("\ud800", "\\u{d800}"));
});

test("a page may load nothing, and runs nothing but its own script", (t) => {
  const page = readFileSync(new URL("../report/out/page.html", import.meta.url), "utf8");
  t.true(page.length < 400_000);
  t.regex(
    page,
    /content="default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+';/,
  );
  t.notRegex(page, /https?:\/\/(?!www\.w3\.org)|innerHTML|insertAdjacentHTML|eval\(/);
});

test("of a list that is too long, the first and the last stay", (t) => {
  const list = new Kept<number>(4);
  for (let item = 0; item < 8; item += 1) list.push(item);
  t.deepEqual([list.items, list.omitted], [[0, 1, 6, 7], 4]);
  list.push(8);
  t.deepEqual(list.items, [0, 1, 6, 7, 8]);
});

nativeTest("run --report and plan --report write pages beside what they write", async (t) => {
  const cwd = directoryWith(t, {});
  const [run, plan] = [join(cwd, "run.html"), join(cwd, "plan.html")];
  const ran = await zirconia(["run", "--report", run, guest("hello"), "one"], { cwd });
  t.is(ran.code, 0);
  t.regex(ran.stdout, /arg 1: one/);
  t.is(documentIn(readFileSync(run, "utf8")).end.kind, "exit");
  const planned = await zirconia(["plan", "--report", plan, guest("hello")], { cwd });
  t.regex(planned.stdout, /address space:/);
  t.is(documentIn(readFileSync(plan, "utf8")).end.kind, "planned");
  const crashed = await zirconia(["run", "--report", run, guest("fault"), "null-read"], { cwd });
  t.is(crashed.code, 139);
  t.is(documentIn(readFileSync(run, "utf8")).end.kind, "crash");
  const nowhere = await zirconia(["run", "--report", join(cwd, "no/x"), guest("hello")], { cwd });
  t.deepEqual([nowhere.code, nowhere.stdout], [125, ""]);
});
