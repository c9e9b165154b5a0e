import type { ExecutionContext } from "ava";
import type { Page } from "playwright-core";

import { planLaunch, report, type ReportDocument } from "../index.js";
import { native } from "../lib/native/native.js";
import { pageOf } from "../lib/report/page.js";
import { RunRecorder } from "../lib/report/run-recorder.js";
import type { TraceEvent } from "../lib/trace/index.js";
import { MemoryDirectory } from "../lib/vfs/index.js";
import { browserTest } from "./support/browser.js";
import { elfFile, load, PF } from "./support/elf-file.js";
import { guest } from "./support/native.js";
import { enter, exit } from "./support/trace.js";

/** A test that looks at a report of a program that runs. */
const guestTest = native.hostRefusal() === null ? browserTest : () => {};

/** What is said of what is selected. */
const details = (page: Page) => page.locator("#details");

/** The lines of the list that there are. */
const lines = (page: Page) => page.locator("#list").getByRole("option");

/** What is seen of the time. */
const span = (page: Page) => page.locator(".timeline .tools .hint");

async function untilSpan(page: Page, accepts: (text: string) => boolean): Promise<void> {
  while (!accepts(await span(page).innerText()));
}

async function fits(t: ExecutionContext, page: Page): Promise<void> {
  const width = await page.evaluate<number>("document.documentElement.scrollWidth");
  t.true(width <= 1280, `${width} pixels`);
}

guestTest("the launch is walked through by mouse and by keys", async (t, open) => {
  const page = await open((await report(guest("hello"), ["world"])).html);
  const steps = page.getByRole("navigation", { name: "Steps of the launch" });
  const heading = (name: string) => page.getByRole("heading", { name, exact: true });
  t.false(await heading("Registers").isVisible());
  t.is(await page.locator("tr.mapping").count(), 0);

  await steps.getByRole("button", { name: "3 Map" }).click();
  t.is(await page.locator("tr.mapping").count(), 6);
  t.true((await page.locator("tr.mapping.new").count()) > 0);
  await page.keyboard.press("ArrowRight");
  t.is(await page.locator("tr.mapping").count(), 7);
  t.true(await page.getByText('"world"', { exact: true }).isVisible());
  t.true(await page.locator(".graph .peer").first().isVisible());
  await steps.getByRole("button", { name: "Next step" }).click();
  t.true(await heading("Registers").isVisible());
  t.true(await steps.getByRole("button", { name: "Next step" }).isDisabled());

  const strip = page.locator(".strip");
  await strip.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  const selected = page.locator("tr.selected");
  t.is(await selected.count(), 1);
  const before = await strip.locator("svg").getAttribute("width");
  await page.keyboard.press("+");
  t.true(Number(await strip.locator("svg").getAttribute("width")) > Number(before));
  await page.locator("tr.mapping").last().click();
  t.is(await page.locator(".piece.selected").count(), 1);
  await fits(t, page);
});

guestTest("tabs go from view to view by keys, and say which one is chosen", async (t, open) => {
  const page = await open((await report(guest("hello"))).html);
  const tab = (name: string) => page.getByRole("tab", { name });
  await tab("Launch").focus();
  for (const name of ["Run", "End", "Launch"]) {
    await page.keyboard.press("ArrowRight");
    t.is(await tab(name).getAttribute("aria-selected"), "true");
    t.true(await page.getByRole("tabpanel", { name }).isVisible());
    t.is(await page.getByRole("tabpanel").count(), 1);
    await fits(t, page);
  }
});

guestTest("only a program that returned 0 has succeeded", async (t, open) => {
  const endings = [
    { name: "hello", args: [], look: "good" },
    { name: "threads", args: ["unknown"], look: "failure" },
    { name: "fault", args: ["ud2"], look: "failure" },
  ];
  for (const { name, args, look } of endings) {
    const { html, document } = await report(guest(name), args);
    const status = (await open(html)).getByRole("status").first();
    t.is(await status.getAttribute("class"), look, name);
    t.is(await status.innerText(), document.end.message);
  }
});

guestTest(
  "a dynamic launch shows its linker, both messages, and who read them",
  async (t, open) => {
    const page = await open((await report(guest("hello_dynamic"), ["world"])).html);
    await page.getByRole("button", { name: "2 Link" }).click();
    t.true(await page.getByRole("heading", { name: "Dynamic linker" }).isVisible());
    await page.getByRole("button", { name: "4 Message" }).click();
    t.is(await page.locator("details summary").count(), 2);

    await page.getByRole("tab", { name: "Run" }).click();
    await page.getByLabel("Filter").fill("processargs");
    t.is(await lines(page).count(), 2);
    await lines(page).first().click();
    t.regex(await details(page).innerText(), /Read by/);
    await details(page)
      .getByRole("button", { name: /^zx_channel_read/ })
      .click();
    t.is(await details(page).getByRole("heading", { level: 3 }).innerText(), "zx_channel_read");

    await page.getByLabel("Filter").fill("zx_vmar_map");
    await lines(page).first().click();
    t.regex(await details(page).innerText(), /Changed, and what else it caused/);
    await details(page).getByRole("button", { name: /^map / }).first().click();
    t.regex(await details(page).innerText(), /Caused by/);
  },
);

guestTest("eight threads are found by filter, by keys and by mouse", async (t, open) => {
  const page = await open((await report(guest("threads"), ["mutex", "30"])).html);
  await page.getByRole("tab", { name: "Run" }).click();
  const thread = page.getByRole("combobox", { name: "Thread" });
  const names = await thread.locator("option").allInnerTexts();
  t.true(names.length >= 1 + 1 + 9, names.join());
  await thread.selectOption({ index: 4 });
  const lanes = new Set(await page.locator(".line .lane").allInnerTexts());
  t.deepEqual([...lanes], ["T3"]);
  await thread.selectOption({ index: 0 });

  const timeline = page.getByRole("application");
  await timeline.focus();
  const all = await span(page).innerText();
  await page.keyboard.press("ArrowRight");
  const first = await details(page).innerText();
  await page.keyboard.press("ArrowRight");
  t.not(await details(page).innerText(), first);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("+");
  await untilSpan(page, (text) => text !== all);
  await page.keyboard.press("PageDown");
  await page.keyboard.press("0");
  await untilSpan(page, (text) => text === all);

  const box = (await timeline.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + 60);
  await page.mouse.wheel(0, -600);
  await untilSpan(page, (text) => text !== all);
  const zoomed = await span(page).innerText();
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 - 200, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await untilSpan(page, (text) => text !== zoomed);
  await page.getByRole("button", { name: "See all of the time" }).click();
  await untilSpan(page, (text) => text === all);
});

guestTest("a conversation in FIDL is told by its methods", async (t, open) => {
  const namespace = { "/data": new MemoryDirectory() };
  const { html } = await report(guest("sysroot_program"), ["files"], { namespace, cwd: "/data" });
  const page = await open(html);
  await page.getByRole("tab", { name: "Run" }).click();
  await page.getByLabel("Filter").fill("fuchsia.io/");
  await page.getByLabel("host steps").uncheck();
  t.true((await lines(page).count()) > 2);
  await lines(page).first().click();
  t.regex(await details(page).innerText(), /request[^]*Read/);
  t.true(await details(page).getByLabel("Bytes", { exact: true }).isVisible());
});

guestTest(
  "a crash ends with its exception, its source, what was hit and the registers",
  async (t, open) => {
    const page = await open((await report(guest("fault"), ["null-read"])).html);
    await page.getByRole("tab", { name: "End" }).click();
    t.true(await page.getByRole("heading", { name: "FATAL_PAGE_FAULT" }).isVisible());
    t.true(await page.getByText(/null pointer/).isVisible());
    t.true(await page.getByText("fault::null_read").isVisible());
    t.true(await page.getByRole("cell", { name: "rip", exact: true }).isVisible());
    await fits(t, page);
    await page.getByRole("tab", { name: "Run" }).click();
    await page.getByLabel("failures only").check();
    await page.getByLabel("calls").uncheck();
    await lines(page).first().click();
    t.regex(await details(page).innerText(), /crash/);
  },
);

/** Zooms in and out with the wheel, a frame each time: how long frames took, the shortest first. */
const ZOOM = `(async () => {
  const lanes = document.querySelector("#timeline");
  const times = [];
  let last = performance.now();
  for (let frame = 0; frame < 120; frame += 1) {
    const deltaY = frame < 60 ? -60 : 60;
    lanes.dispatchEvent(new WheelEvent("wheel", { deltaY, clientX: 600, cancelable: true }));
    await new Promise(requestAnimationFrame);
    times.push(performance.now() - last);
    last = performance.now();
  }
  return times.sort((a, b) => a - b);
})()`;

/** So many calls, by eight threads in turn, each eighth with a message to the next thread. */
function manyCalls(number: number): ReportDocument["run"] {
  const recorder = new RunRecorder(new Map());
  let time = 0n;
  const add = (event: TraceEvent, thread = 0n) => recorder.add({ time, caller: thread, ...event });
  add({ type: "processCreate", process: 1n, name: "host", job: 0n });
  add({ type: "processCreate", process: 2n, name: "many", job: 0n });
  const threads = Array.from({ length: 8 }, (_, index) => BigInt(index + 10));
  for (const thread of threads) {
    const name = `thread ${thread}`;
    add({ type: "threadStart", process: 2n, thread, name, entry: 0n, stack: 0n });
  }
  for (let call = 0; call < number; call += 1) {
    const thread = threads[call % 8]!;
    const own = { process: 2n, thread };
    time += 1000n;
    add(enter("handle_close", [BigInt(call)], own), thread);
    if (call % 8 === 0) {
      const id = BigInt(call);
      const bytes = new Uint8Array(16);
      add({ type: "message", ...own, id, from: 7n, to: 8n, bytes, handles: [] }, thread);
    }
    if (call % 8 === 1) {
      add({ type: "messageRead", ...own, id: BigInt(call - 1), channel: 8n }, thread);
    }
    time += 700n;
    add(exit(call % 100 === 0 ? -11 : 0, own), thread);
  }
  return recorder.finish();
}

browserTest(
  "100,000 calls are few elements, and are scrolled, filtered and zoomed",
  async (t, open) => {
    const file = elfFile({ segments: [load(0, PF.R | PF.X)] });
    const { document: planned } = await report(await planLaunch(file));
    const run = manyCalls(100_000)!;
    t.is(run.calls.length, 100_000);
    const page = await open(pageOf({ ...planned, run }));
    await page.getByRole("tab", { name: "Run" }).click();
    const list = page.getByRole("listbox");
    await list.focus();
    await page.keyboard.press("End");
    await page.locator("[aria-posinset='112508']").waitFor();
    t.true((await lines(page).count()) < 60);
    await page.getByLabel("failures only").check();
    await page.getByText("1,000 lines of 112,508").waitFor();
    await page.getByLabel("failures only").uncheck();
    await page.getByLabel("Filter").fill("0x1869f");
    await page.getByText("1 line of 112,508").waitFor();
    await page.getByLabel("Filter").fill("");

    const frames = await page.evaluate<number[]>(ZOOM);
    const [median, slow, worst] = [60, 114, 119].map((place) => frames[place]!.toFixed(1));
    t.log(`frames while zooming: median ${median} ms, 95% ${slow} ms, worst ${worst} ms`);
  },
);

browserTest("names of guests are text, whatever they are", async (t, open) => {
  const name = "</script><img src=x onerror=alert(1)>\u202e\u2028<b>";
  const file = elfFile({ segments: [load(0, PF.R | PF.X)] });
  const plan = await planLaunch(file, { name, args: [name], env: { [name]: name } });
  const { document: planned } = await report(plan);
  const run = manyCalls(8)!;
  const { calls, threads, processes, output } = run;
  const hostile: ReportDocument = {
    ...planned,
    run: {
      ...run,
      calls: Array.from(calls, (call) => ({ ...call, name, args: [[name, name]], result: name })),
      threads: Array.from(threads, (thread) => ({ ...thread, name })),
      processes: Array.from(processes, (process) => ({ ...process, name })),
      output: [...output, { at: 0, stream: "stdout", text: name, size: 1, call: 0 }],
    },
    end: { kind: "exit", message: name, log: name },
  };
  const page = await open(pageOf(hostile));
  for (const view of ["Launch", "Run", "End"]) {
    await page.getByRole("tab", { name: view }).click();
    if (view === "Launch") await page.getByRole("button", { name: "5 Start" }).click();
    if (view === "Run") await lines(page).first().click();
    t.is(await page.locator("img, b").count(), 0);
    t.is(await page.locator("script").count(), 2);
    const text = await page.locator("body").innerText();
    t.true(text.includes("<img src=x"));
    t.false(text.includes("\u202e"));
    await fits(t, page);
  }
});

browserTest("everything that can be used has a name, and is reached by keys", async (t, open) => {
  const file = elfFile({ segments: [load(0, PF.R | PF.X)] });
  const { document: planned } = await report(await planLaunch(file));
  const page = await open(pageOf({ ...planned, run: manyCalls(20)! }));
  for (const view of ["Launch", "Run", "End"]) {
    await page.getByRole("tab", { name: view }).click();
    const panel = page.getByRole("tabpanel", { name: view });
    const snapshot = await panel.ariaSnapshot();
    t.notRegex(
      snapshot,
      /- (button|textbox|searchbox|combobox|checkbox|listbox|application|region)(:|$)/m,
    );
  }
  await page.getByRole("tab", { name: "Run" }).click();
  await page.getByRole("tab", { name: "Run" }).focus();
  const reached: string[] = [];
  for (let press = 0; press < 20; press += 1) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate<string>("document.activeElement.id"));
  }
  const order = ["timeline", "filter", "thread", "show-call", "show-failed", "list", "details"];
  t.deepEqual(
    reached.filter((id) => order.includes(id)),
    order,
  );
});

browserTest("colours are the system's, or those that are chosen", async (t, open) => {
  const file = elfFile({ segments: [load(0, PF.R | PF.X)] });
  const { document: planned } = await report(await planLaunch(file));
  const page = await open(pageOf({ ...planned, run: manyCalls(20)! }), "dark");
  const background = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  const dark = await background();
  await page.getByLabel("Colours").selectOption("light");
  const light = await background();
  t.not(light, dark);
  await page.getByLabel("Colours").selectOption("dark");
  t.is(await background(), dark);
});
