// What a timeline looks like. What is too small to be seen apart is drawn once: the work depends on
// the pixels, not on how much there is.
import { duration } from "../format.js";
import { colour } from "../theme.js";
import { hostLane, type Item, threadOf } from "./items.js";
import { type Lane, lowerBound, type Model } from "./model.js";

/** What is to be seen. */
export interface Look {
  readonly model: Model;
  /** Nanoseconds. */
  readonly from: number;
  readonly to: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly scrollTop: number;
  readonly selected: Item | undefined;
  readonly accepts: (item: Item) => boolean;
}

/** Pixels of a lane, of the name above its calls, and of the ruler above all. */
export const LANE = 46;
const NAME = 18;
const BAR = 22;
export const RULER = 22;

/** Messages that are drawn at most. */
const MOST_ARROWS = 600;

const FONT = "12px system-ui, sans-serif";

/** Families of calls, by the first word of their names. */
const FAMILIES: Readonly<Record<string, string>> = {
  channel: "channel",
  socket: "output",
  debuglog: "output",
  debug: "output",
  fifo: "output",
  stream: "output",
  vmar: "memory",
  vmo: "memory",
  pager: "memory",
  futex: "thread",
  thread: "thread",
  process: "thread",
  task: "thread",
  job: "thread",
  nanosleep: "thread",
  port: "wait",
  object: "wait",
  timer: "wait",
};

/** The name of a call's colour. */
export function familyOf(name: string): string {
  return FAMILIES[name.split("_")[1] ?? ""] ?? "other";
}

type Context = CanvasRenderingContext2D;

class Colours {
  readonly #known = new Map<string, string>();

  of(name: string): string {
    let value = this.#known.get(name);
    if (value === undefined) {
      value = colour(name);
      this.#known.set(name, value);
    }
    return value;
  }
}

export function drawLanes(context: Context, look: Look): void {
  const colours = new Colours();
  context.font = FONT;
  context.textBaseline = "middle";
  const { lanes } = look.model;
  const first = Math.max(Math.floor((look.scrollTop - RULER) / LANE), 0);
  const last = Math.min(Math.ceil((look.scrollTop + look.height) / LANE), lanes.length);
  for (let index = first; index < last; index += 1) {
    drawLane(context, look, lanes[index]!, topOf(look, index), colours);
  }
  drawSteps(context, look, colours);
  drawMarks(context, look, colours);
  drawArrows(context, look, colours);
  drawSelected(context, look, colours);
  drawRuler(context, look, colours);
}

function topOf({ scrollTop }: Look, lane: number): number {
  return RULER + lane * LANE - scrollTop;
}

function xOf({ from, to, width }: Look, time: number): number {
  return ((time - from) / (to - from)) * width;
}

function drawLane(context: Context, look: Look, lane: Lane, top: number, colours: Colours): void {
  const { width, model } = look;
  const thread = model.run.threads[lane.thread]!;
  context.fillStyle = colours.of("lane");
  const begin = Math.max(xOf(look, thread.at), 0);
  const end = Math.min(xOf(look, thread.end ?? model.run.duration), width);
  context.fillRect(begin, top + NAME, Math.max(end - begin, 1), BAR);
  drawCalls(context, look, lane, top + NAME, colours);
  context.fillStyle = colours.of("text");
  context.fillText(`T${lane.thread}  ${lane.name}`, 6, top + NAME / 2 + 1);
}

function drawCalls(context: Context, look: Look, lane: Lane, top: number, colours: Colours): void {
  const { calls } = look.model.run;
  const perPixel = (look.to - look.from) / look.width;
  let place = lowerBound(lane.ends, look.from);
  while (place < lane.calls.length && lane.begins[place]! <= look.to) {
    const index = lane.calls[place]!;
    const call = calls[index]!;
    const x = xOf(look, lane.begins[place]!);
    const width = Math.max(xOf(look, lane.ends[place]!) - x, 1);
    context.globalAlpha = look.accepts({ kind: "call", index, at: call.at }) ? 1 : 0.15;
    context.fillStyle = colours.of(
      call.result.startsWith("ZX_ERR_") ? "failed" : `call-${familyOf(call.name)}`,
    );
    context.fillRect(x, top, width, BAR);
    if (call.blocked) hatch(context, x, top, width, colours);
    if (width > 40) label(context, call.name.slice(3), x, top, width, colours);
    // What ends in this pixel cannot be seen apart.
    const next = Math.max(lane.ends[place]!, lane.begins[place]! + perPixel);
    place = Math.max(place + 1, lowerBound(lane.begins, next));
  }
  context.globalAlpha = 1;
}

/** A call that has waited is so much lighter as it has not worked. */
function hatch(context: Context, x: number, top: number, width: number, colours: Colours): void {
  context.fillStyle = colours.of("waiting");
  context.fillRect(x, top + BAR / 2, width, BAR / 2);
}

function label(
  context: Context,
  text: string,
  x: number,
  top: number,
  width: number,
  colours: Colours,
): void {
  const left = Math.max(x, 0);
  context.save();
  context.beginPath();
  context.rect(left, top, x + width - left - 3, BAR);
  context.clip();
  context.fillStyle = colours.of("on-call");
  context.fillText(text, left + 4, top + BAR / 2);
  context.restore();
}

/** What JavaScript does, in its lane: the shorter a step, the later it is drawn, for it is within others. */
function drawSteps(context: Context, look: Look, colours: Colours): void {
  const { run, stepsByLength } = look.model;
  const lane = hostLane(run);
  if (lane === undefined) return;
  const top = topOf(look, lane) + NAME;
  for (const index of stepsByLength) {
    const { name, at, took } = run.steps[index]!;
    const end = at + (took ?? run.duration - at);
    if (end < look.from || at > look.to) continue;
    const x = xOf(look, at);
    const width = Math.max(xOf(look, end) - x, 1);
    context.globalAlpha = look.accepts({ kind: "step", index, at }) ? 1 : 0.15;
    context.fillStyle = colours.of("step");
    context.fillRect(x, top, width, BAR);
    context.strokeStyle = colours.of("surface");
    context.lineWidth = 1;
    if (width > 4) context.strokeRect(x + 0.5, top + 0.5, width - 1, BAR - 1);
    if (width > 40) label(context, name, x, top, width, colours);
  }
  context.globalAlpha = 1;
}

/** Output, changes of address spaces and crashes, below the calls. */
function drawMarks(context: Context, look: Look, colours: Colours): void {
  const { run } = look.model;
  mark(context, look, run.output, "output", () => colours.of("mark-output"));
  mark(context, look, run.events, "event", (index) =>
    colours.of(run.events[index]!.kind === "crash" ? "failed" : "mark-event"),
  );
}

function mark(
  context: Context,
  look: Look,
  list: readonly { readonly at: number }[],
  kind: "output" | "event",
  paint: (index: number) => string,
): void {
  let last = -Infinity;
  for (let index = firstFrom(list, look.from); index < list.length; index += 1) {
    const { at } = list[index]!;
    if (at > look.to) return;
    const x = xOf(look, at);
    if (x - last < 2) continue;
    const thread = threadOf(look.model.run, { kind, index, at });
    if (thread === undefined) continue;
    last = x;
    const y = topOf(look, thread) + NAME + BAR;
    context.fillStyle = paint(index);
    context.beginPath();
    if (kind === "output") context.arc(x, y + 3, 3, 0, 2 * Math.PI);
    else context.rect(x - 1, y, 2, 5);
    context.fill();
  }
}

/** The first of a list that is not before an instant. */
function firstFrom(list: readonly { readonly at: number }[], time: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.at < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** From the write of each message to its read. */
function drawArrows(context: Context, look: Look, colours: Colours): void {
  const { messages } = look.model.run;
  context.strokeStyle = colours.of("arrow");
  context.fillStyle = colours.of("arrow");
  context.lineWidth = 1.2;
  let [drawn, last] = [0, -Infinity];
  const first = firstFrom(messages, look.from - look.model.longestWay);
  for (let index = first; index < messages.length && drawn < MOST_ARROWS; index += 1) {
    const { at, thread, read } = messages[index]!;
    if (at > look.to) return;
    if (read === undefined || read.at < look.from) continue;
    const x = xOf(look, at);
    if (x - last < 1) continue;
    last = x;
    drawn += 1;
    arrow(context, x, middleOf(look, thread), xOf(look, read.at), middleOf(look, read.thread));
  }
}

function middleOf(look: Look, thread: number): number {
  return topOf(look, thread) + NAME + BAR / 2;
}

function arrow(context: Context, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(x0, y0);
  if (y0 === y1) context.quadraticCurveTo((x0 + x1) / 2, y0 - BAR, x1, y1);
  else context.lineTo(x1, y1);
  context.stroke();
  const angle = y0 === y1 ? Math.PI / 3 : Math.atan2(y1 - y0, x1 - x0);
  context.beginPath();
  context.moveTo(x1, y1);
  for (const side of [-0.4, 0.4]) {
    context.lineTo(x1 - 8 * Math.cos(angle + side), y1 - 8 * Math.sin(angle + side));
  }
  context.fill();
}

function drawSelected(context: Context, look: Look, colours: Colours): void {
  const { selected, model } = look;
  const thread = selected && threadOf(model.run, selected);
  if (selected === undefined || thread === undefined) return;
  const end =
    selected.kind === "call" ? model.endOf(model.run.calls[selected.index]!) : selected.at;
  const x = xOf(look, selected.at);
  context.strokeStyle = colours.of("selected");
  context.lineWidth = 2;
  const width = Math.max(xOf(look, end) - x, 3);
  context.strokeRect(x - 1, topOf(look, thread) + NAME - 1, width + 2, BAR + 2);
}

function drawRuler(context: Context, look: Look, colours: Colours): void {
  const { from, to, width } = look;
  context.fillStyle = colours.of("surface");
  context.fillRect(0, 0, width, RULER);
  context.fillStyle = colours.of("faint");
  const step = stepOf((to - from) / (width / 110));
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    const x = xOf(look, time);
    context.fillRect(x, RULER - 5, 1, 5);
    context.fillText(duration(time), x + 3, RULER / 2 - 1);
  }
}

/** The first of 1, 2, 5, 10, 20 … that is not below this. */
function stepOf(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least)!;
}

/** All of the time: memory, how much is called, and which part of it is seen. */
export function drawOverview(context: Context, look: Look, height: number, length: number): void {
  const colours = new Colours();
  const whole = { ...look, from: 0, to: length };
  drawDensity(context, whole, height, colours);
  drawMemory(context, whole, height, colours);
  context.fillStyle = colours.of("window");
  const [x0, x1] = [xOf(whole, look.from), xOf(whole, look.to)];
  context.fillRect(x0, 0, Math.max(x1 - x0, 2), height);
  context.strokeStyle = colours.of("selected");
  context.lineWidth = 1;
  context.strokeRect(x0 + 0.5, 0.5, Math.max(x1 - x0 - 1, 2), height - 1);
}

/** Columns of the overview, for which calls are counted once. */
function drawDensity(context: Context, look: Look, height: number, colours: Colours): void {
  const counts = look.model.density;
  const most = counts.reduce((most, count) => Math.max(most, count), 1);
  const width = look.width / counts.length;
  context.fillStyle = colours.of("density");
  counts.forEach((count, column) => {
    const tall = (count / most) * (height - 4);
    context.fillRect(column * width, height - tall, Math.max(width - 0.5, 0.5), tall);
  });
}

function drawMemory(context: Context, look: Look, height: number, colours: Colours): void {
  const { memory, duration } = look.model.run;
  const most = memory.reduce((most, { bytes }) => Math.max(most, bytes), 1);
  context.strokeStyle = colours.of("memory-line");
  context.lineWidth = 1.5;
  context.beginPath();
  let y = height;
  context.moveTo(0, y);
  for (const { at, bytes } of memory) {
    const x = xOf(look, at);
    context.lineTo(x, y);
    y = height - 2 - (bytes / most) * (height - 8);
    context.lineTo(x, y);
  }
  context.lineTo(xOf(look, duration), y);
  context.stroke();
}
