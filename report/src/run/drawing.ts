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
/** Of a bar, the part that shows that a call has waited. */
const WAITING = 6;
export const RULER = 22;

/** Pixels between arrows, at least: of those that begin closer to each other the first is drawn. */
const BETWEEN_ARROWS = 4;

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

export function drawLanes(context: Context, look: Look): void {
  context.font = FONT;
  context.textBaseline = "middle";
  const { lanes } = look.model;
  const first = Math.max(Math.floor((look.scrollTop - RULER) / LANE), 0);
  const last = Math.min(Math.ceil((look.scrollTop + look.height) / LANE), lanes.length);
  for (let index = first; index < last; index += 1) {
    drawLane(context, look, lanes[index]!, topOf(look, index));
  }
  drawSteps(context, look);
  drawMarks(context, look);
  drawArrows(context, look);
  drawSelected(context, look);
  drawRuler(context, look);
}

function topOf({ scrollTop }: Look, lane: number): number {
  return RULER + lane * LANE - scrollTop;
}

function xOf({ from, to, width }: Look, time: number): number {
  return ((time - from) / (to - from)) * width;
}

function drawLane(context: Context, look: Look, lane: Lane, top: number): void {
  const { width, model } = look;
  const thread = model.run.threads[lane.thread]!;
  context.fillStyle = colour("lane");
  const begin = Math.max(xOf(look, thread.at), 0);
  const end = Math.min(xOf(look, thread.end ?? model.run.duration), width);
  context.fillRect(begin, top + NAME, Math.max(end - begin, 1), BAR);
  drawCalls(context, look, lane, top + NAME);
  context.fillStyle = colour("text");
  context.fillText(`T${lane.thread}  ${lane.name}`, 6, top + NAME / 2 + 1);
}

function drawCalls(context: Context, look: Look, lane: Lane, top: number): void {
  const { calls } = look.model.run;
  const perPixel = (look.to - look.from) / look.width;
  const strip = new Strip(context, top);
  let place = lowerBound(lane.ends, look.from);
  while (place < lane.calls.length && lane.begins[place]! <= look.to) {
    const index = lane.calls[place]!;
    const call = calls[index]!;
    const x = xOf(look, lane.begins[place]!);
    const width = xOf(look, lane.ends[place]!) - x;
    const isFailed = call.result.startsWith("ZX_ERR_");
    const isFar = !look.accepts({ kind: "call", index, at: call.at });
    strip.add(x, width, isFailed ? "failed" : `call-${familyOf(call.name)}`, isFar);
    if (call.blocked) strip.over(() => hatch(context, x, top, Math.max(width, 1)));
    if (width > 40) strip.over(() => label(context, call.name.slice(3), x, top, width));
    // What ends in this pixel cannot be seen apart.
    const next = Math.max(lane.ends[place]!, lane.begins[place]! + perPixel);
    place = Math.max(place + 1, lowerBound(lane.begins, next));
  }
  strip.flush();
}

/** Bars beside each other, of which those of one colour that touch are drawn at once. */
class Strip {
  readonly #context: Context;
  readonly #top: number;
  #begin = 0;
  #end = 0;
  #colour = "";
  #isFar = false;

  constructor(context: Context, top: number) {
    this.#context = context;
    this.#top = top;
  }

  add(x: number, width: number, colour: string, isFar: boolean): void {
    // What is smaller than a pixel has one of its own.
    const begin = width < 1 ? Math.floor(x) : x;
    const end = width < 1 ? begin + 1 : x + width;
    const isNext = begin <= this.#end && colour === this.#colour && isFar === this.#isFar;
    if (!isNext) {
      this.flush();
      this.#begin = begin;
    }
    this.#end = end;
    this.#colour = colour;
    this.#isFar = isFar;
  }

  /** Draws something over what has been added. */
  over(draw: () => void): void {
    this.flush();
    this.#begin = this.#end;
    draw();
  }

  flush(): void {
    if (this.#end <= this.#begin) return;
    const context = this.#context;
    context.globalAlpha = this.#isFar ? 0.15 : 1;
    context.fillStyle = colour(this.#colour);
    context.fillRect(this.#begin, this.#top, this.#end - this.#begin, BAR);
    context.globalAlpha = 1;
    this.#begin = this.#end;
  }
}

/** A call that has waited is so much lighter as it has not worked. */
function hatch(context: Context, x: number, top: number, width: number): void {
  context.fillStyle = colour("waiting");
  context.fillRect(x, top + BAR - WAITING, width, WAITING);
}

function label(context: Context, text: string, x: number, top: number, width: number): void {
  const left = Math.max(x, 0);
  context.save();
  context.beginPath();
  context.rect(left, top, x + width - left - 3, BAR);
  context.clip();
  context.fillStyle = colour("on-call");
  context.fillText(text, left + 4, top + (BAR - WAITING) / 2 + 2);
  context.restore();
}

/** What JavaScript does, in its lane: the shorter a step, the later it is drawn, for it is within others. */
function drawSteps(context: Context, look: Look): void {
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
    context.fillStyle = colour("step");
    context.fillRect(x, top, width, BAR);
    context.strokeStyle = colour("surface");
    context.lineWidth = 1;
    if (width > 4) context.strokeRect(x + 0.5, top + 0.5, width - 1, BAR - 1);
    if (width > 40) label(context, name, x, top, width);
  }
  context.globalAlpha = 1;
}

/** Output, changes of address spaces and crashes, below the calls. */
function drawMarks(context: Context, look: Look): void {
  const { run } = look.model;
  mark(context, look, run.output, "output", () => colour("mark-output"));
  mark(context, look, run.events, "event", (index) =>
    colour(run.events[index]!.kind === "crash" ? "failed" : "mark-event"),
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

/** From the write of each message to its read: all lines at once, and all heads. */
function drawArrows(context: Context, look: Look): void {
  const { messages } = look.model.run;
  const [lines, heads] = [new Path2D(), new Path2D()];
  let last = -Infinity;
  const first = firstFrom(messages, look.from - look.model.longestWay);
  for (let index = first; index < messages.length; index += 1) {
    const { at, thread, read } = messages[index]!;
    if (at > look.to) break;
    if (read === undefined || read.at < look.from) continue;
    const x = xOf(look, at);
    if (x - last < BETWEEN_ARROWS) continue;
    last = x;
    addArrow(
      lines,
      heads,
      x,
      middleOf(look, thread),
      xOf(look, read.at),
      middleOf(look, read.thread),
    );
  }
  context.strokeStyle = colour("arrow");
  context.fillStyle = colour("arrow");
  context.lineWidth = 1.2;
  context.stroke(lines);
  context.fill(heads);
}

function middleOf(look: Look, thread: number): number {
  return topOf(look, thread) + NAME + BAR / 2;
}

function addArrow(
  lines: Path2D,
  heads: Path2D,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  lines.moveTo(x0, y0);
  if (y0 === y1) lines.quadraticCurveTo((x0 + x1) / 2, y0 - BAR, x1, y1);
  else lines.lineTo(x1, y1);
  const angle = y0 === y1 ? Math.PI / 3 : Math.atan2(y1 - y0, x1 - x0);
  heads.moveTo(x1, y1);
  for (const side of [-0.4, 0.4]) {
    heads.lineTo(x1 - 8 * Math.cos(angle + side), y1 - 8 * Math.sin(angle + side));
  }
  heads.closePath();
}

function drawSelected(context: Context, look: Look): void {
  const { selected, model } = look;
  const thread = selected && threadOf(model.run, selected);
  if (selected === undefined || thread === undefined) return;
  const end =
    selected.kind === "call" ? model.endOf(model.run.calls[selected.index]!) : selected.at;
  const x = xOf(look, selected.at);
  context.strokeStyle = colour("selected");
  context.lineWidth = 2;
  const width = Math.max(xOf(look, end) - x, 3);
  context.strokeRect(x - 1, topOf(look, thread) + NAME - 1, width + 2, BAR + 2);
}

function drawRuler(context: Context, look: Look): void {
  const { from, to, width } = look;
  context.fillStyle = colour("surface");
  context.fillRect(0, 0, width, RULER);
  context.fillStyle = colour("faint");
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
  const whole = { ...look, from: 0, to: length };
  drawDensity(context, whole, height);
  drawMemory(context, whole, height);
  context.fillStyle = colour("window");
  const [x0, x1] = [xOf(whole, look.from), xOf(whole, look.to)];
  context.fillRect(x0, 0, Math.max(x1 - x0, 2), height);
  context.strokeStyle = colour("selected");
  context.lineWidth = 1;
  context.strokeRect(x0 + 0.5, 0.5, Math.max(x1 - x0 - 1, 2), height - 1);
}

/** Columns of the overview, for which calls are counted once. */
function drawDensity(context: Context, look: Look, height: number): void {
  const counts = look.model.density;
  const most = counts.reduce((most, count) => Math.max(most, count), 1);
  const width = look.width / counts.length;
  context.fillStyle = colour("density");
  counts.forEach((count, column) => {
    const tall = (count / most) * (height - 4);
    context.fillRect(column * width, height - tall, Math.max(width - 0.5, 0.5), tall);
  });
}

function drawMemory(context: Context, look: Look, height: number): void {
  const { memory, duration } = look.model.run;
  const most = memory.reduce((most, { bytes }) => Math.max(most, bytes), 1);
  context.strokeStyle = colour("memory-line");
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
