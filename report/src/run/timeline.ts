import { button, fill, h } from "../dom.js";
import { duration } from "../format.js";
import { drawLanes, drawOverview, LANE, type Look, RULER } from "./drawing.js";
import { hostLane, type Item, lineOf, threadOf } from "./items.js";
import { lowerBound, type Model } from "./model.js";

/** Nanoseconds that can be seen at least. */
const LEAST = 100;
/** Pixels of lanes at most, before they scroll. */
const MOST_HEIGHT = 340;
const OVERVIEW = 56;

/** Threads, calls and messages in time, on a canvas of which only what is seen is drawn. */
export class Timeline {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #chosen: (item: Item) => void;
  readonly #canvas = h("canvas");
  readonly #overview = h("canvas", { className: "overview" });
  readonly #tip = h("div", { className: "tip", hidden: true });
  readonly #lanes: HTMLElement;
  readonly #span = h("span", { className: "hint" });
  /** What is seen, in nanoseconds. */
  #from = 0;
  #to: number;
  #selected: Item | undefined;
  #accepts: (item: Item) => boolean = () => true;
  #isDue = false;

  constructor(model: Model, chosen: (item: Item) => void) {
    this.#model = model;
    this.#chosen = chosen;
    this.#to = this.#length;
    const height = RULER + model.lanes.length * LANE;
    const spacer = h("div", { className: "spacer" }, this.#canvas);
    spacer.style.height = `${height}px`;
    this.#lanes = h(
      "div",
      {
        className: "lanes",
        tabIndex: 0,
        id: "timeline",
        attributes: { role: "application", "aria-label": LABEL },
        on: { scroll: () => this.#redraw(), keydown: (event) => this.#key(event) },
      },
      spacer,
    );
    this.#lanes.style.height = `${Math.min(height, MOST_HEIGHT)}px`;
    this.#lanes.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#listenToPointer();
    this.element = h(
      "div",
      { className: "timeline" },
      h(
        "div",
        { className: "tools" },
        button("−", () => this.#zoom(2), "Zoom out"),
        button("+", () => this.#zoom(0.5), "Zoom in"),
        button("All", () => this.#see(0, this.#length), "See all of the time"),
        this.#span,
      ),
      this.#overview,
      this.#lanes,
      this.#tip,
    );
    new ResizeObserver(() => this.#redraw()).observe(this.#lanes);
    window.addEventListener("themechange", () => this.#redraw());
  }

  /** Marks something, and brings it into view. */
  select(item: Item, follow: boolean): void {
    this.#selected = item;
    if (follow || item.at < this.#from || item.at > this.#to) this.#bringIntoView(item);
    this.#redraw();
  }

  /** Draws what is not accepted as if it were far away. */
  dim(accepts: (item: Item) => boolean): void {
    this.#accepts = accepts;
    this.#redraw();
  }

  /** What can be seen at all: never nothing. */
  get #length(): number {
    return Math.max(this.#model.run.duration, LEAST);
  }

  get #width(): number {
    return Math.max(this.#lanes.clientWidth, 1);
  }

  #bringIntoView(item: Item): void {
    const span = this.#to - this.#from;
    if (item.at < this.#from || item.at > this.#to)
      this.#see(item.at - span / 2, item.at + span / 2);
    const thread = threadOf(this.#model.run, item);
    if (thread === undefined) return;
    const top = RULER + thread * LANE;
    const { scrollTop, clientHeight } = this.#lanes;
    if (top - RULER < scrollTop) this.#lanes.scrollTop = top - RULER;
    if (top + LANE > scrollTop + clientHeight) this.#lanes.scrollTop = top + LANE - clientHeight;
  }

  /** Sees a span of time, or as much of it as there is. */
  #see(from: number, to: number): void {
    const span = Math.min(Math.max(to - from, LEAST), this.#length);
    this.#from = Math.min(Math.max(from, 0), this.#length - span);
    this.#to = this.#from + span;
    this.#redraw();
  }

  /** Sees so many times as much, around an instant. */
  #zoom(factor: number, around = this.#selectedTime()): void {
    const share = (around - this.#from) / (this.#to - this.#from);
    const span = Math.min(Math.max((this.#to - this.#from) * factor, LEAST), this.#length);
    this.#see(around - share * span, around + (1 - share) * span);
  }

  /** The instant of what is selected if that is seen, else the middle. */
  #selectedTime(): number {
    const at = this.#selected?.at;
    const isSeen = at !== undefined && at >= this.#from && at <= this.#to;
    return isSeen ? at : (this.#from + this.#to) / 2;
  }

  #timeAt(x: number): number {
    return this.#from + (x / this.#width) * (this.#to - this.#from);
  }

  #wheel(event: WheelEvent): void {
    // Lanes that do not fit scroll with Shift.
    if (event.shiftKey) return;
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.#pan((event.deltaX / this.#width) * (this.#to - this.#from));
    } else {
      this.#zoom(2 ** (event.deltaY / 240), this.#timeAt(this.#placeOf(event).x));
    }
  }

  #pan(time: number): void {
    this.#see(this.#from + time, this.#to + time);
  }

  #placeOf(event: MouseEvent): { x: number; y: number } {
    const box = this.#lanes.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #listenToPointer(): void {
    let held: { readonly x: number; readonly from: number; readonly to: number } | undefined;
    let isDrag = false;
    this.#lanes.addEventListener("pointerdown", (event) => {
      held = { x: event.clientX, from: this.#from, to: this.#to };
      isDrag = false;
    });
    this.#lanes.addEventListener("pointermove", (event) => {
      if (held === undefined || event.buttons === 0) {
        this.#hover(event);
        return;
      }
      const moved = event.clientX - held.x;
      if (Math.abs(moved) > 3 && !isDrag) {
        isDrag = true;
        this.#lanes.setPointerCapture(event.pointerId);
      }
      const time = (moved / this.#width) * (held.to - held.from);
      if (isDrag) this.#see(held.from - time, held.to - time);
    });
    this.#lanes.addEventListener("pointerup", () => (held = undefined));
    this.#lanes.addEventListener("pointerleave", () => (this.#tip.hidden = true));
    this.#lanes.addEventListener("click", (event) => {
      const item = isDrag ? undefined : this.#itemAt(event);
      if (item !== undefined) this.#chosen(item);
    });
    this.#lanes.addEventListener("dblclick", (event) => {
      const item = this.#itemAt(event);
      if (item?.kind !== "call") return;
      const call = this.#model.run.calls[item.index]!;
      const end = this.#model.endOf(call);
      const room = Math.max(end - call.at, LEAST);
      this.#see(call.at - room, end + room);
    });
    const seeAround = (event: PointerEvent) => {
      const box = this.#overview.getBoundingClientRect();
      const at = ((event.clientX - box.left) / box.width) * this.#length;
      const span = this.#to - this.#from;
      this.#see(at - span / 2, at + span / 2);
    };
    this.#overview.addEventListener("pointerdown", seeAround);
    this.#overview.addEventListener("pointermove", (event) => {
      if (event.buttons !== 0) seeAround(event);
    });
  }

  #hover(event: MouseEvent): void {
    const item = this.#itemAt(event);
    this.#tip.hidden = item === undefined;
    if (item === undefined) return;
    const { x } = this.#placeOf(event);
    const took = item.kind === "call" ? this.#model.run.calls[item.index]!.took : null;
    fill(
      this.#tip,
      lineOf(this.#model.run, item).slice(0, 300),
      h("br"),
      duration(item.at),
      took === null ? "" : `, took ${duration(took)}`,
    );
    this.#tip.style.left = `${Math.min(x + 12, this.#width - 360)}px`;
  }

  /** The call at a place, or the one that is nearest to it. */
  #itemAt(event: MouseEvent): Item | undefined {
    const { x, y } = this.#placeOf(event);
    const lane = this.#model.lanes[Math.floor((y + this.#lanes.scrollTop - RULER) / LANE)];
    if (lane === undefined || y < RULER) return undefined;
    const time = this.#timeAt(x);
    const near = (3 / this.#width) * (this.#to - this.#from);
    // Of those that begin before, only the last can still be there.
    const after = lowerBound(lane.begins, time + near);
    const place = [after - 1, after].find(
      (place) =>
        place >= 0 && lane.begins[place]! <= time + near && lane.ends[place]! >= time - near,
    );
    const index = place === undefined ? undefined : lane.calls[place];
    if (index !== undefined) return this.#call(index);
    return this.#sentBy(lane.thread, time, near) ?? this.#stepAt(lane.thread, time, near);
  }

  /** The message that a thread of JavaScript's has written there. */
  #sentBy(thread: number, time: number, near: number): Item | undefined {
    const { messages } = this.#model.run;
    const first = lowerBound(this.#model.sent, time - near);
    for (let index = first; index < messages.length; index += 1) {
      const message = messages[index]!;
      if (message.at > time + near) return undefined;
      if (message.thread === thread) return { kind: "message", index, at: message.at };
    }
    return undefined;
  }

  /** The shortest step of JavaScript's that is there. */
  #stepAt(thread: number, time: number, near: number): Item | undefined {
    const { run, stepsByLength } = this.#model;
    if (thread !== hostLane(run)) return undefined;
    let found: Item | undefined;
    for (const index of stepsByLength) {
      const { at, took } = run.steps[index]!;
      if (at - near <= time && time <= at + (took ?? Infinity) + near) {
        found = { kind: "step", index, at };
      }
    }
    return found;
  }

  #call(index: number): Item {
    return { kind: "call", index, at: this.#model.run.calls[index]!.at };
  }

  #key(event: KeyboardEvent): void {
    const span = this.#to - this.#from;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowRight: () => this.#step(1),
      ArrowLeft: () => this.#step(-1),
      ArrowDown: () => this.#otherLane(1),
      ArrowUp: () => this.#otherLane(-1),
      PageDown: () => this.#pan(span / 2),
      PageUp: () => this.#pan(-span / 2),
      Home: () => this.#see(0, span),
      End: () => this.#see(this.#length - span, this.#length),
      "+": () => this.#zoom(0.5),
      "=": () => this.#zoom(0.5),
      "-": () => this.#zoom(2),
      "0": () => this.#see(0, this.#length),
    };
    const action = event.ctrlKey || event.metaKey ? undefined : actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  /** To the next call of the same thread, or the one before. */
  #step(by: 1 | -1): void {
    const thread = this.#selected && threadOf(this.#model.run, this.#selected);
    const lane =
      thread === undefined
        ? this.#model.lanes.find(({ calls }) => calls.length > 0)
        : this.#model.lanes[thread];
    if (lane === undefined) return;
    const selected = this.#selected;
    const place =
      selected === undefined
        ? lowerBound(lane.begins, this.#from)
        : selected.kind === "call"
          ? lane.calls.indexOf(selected.index) + by
          : lowerBound(lane.begins, selected.at);
    const index = lane.calls[place];
    if (index !== undefined) this.#choose(this.#call(index));
  }

  /** To the call of another thread that is nearest in time. */
  #otherLane(by: 1 | -1): void {
    const { run, lanes } = this.#model;
    const time = this.#selectedTime();
    let thread = (this.#selected && threadOf(run, this.#selected)) ?? (by > 0 ? -1 : lanes.length);
    for (thread += by; lanes[thread] !== undefined; thread += by) {
      const { begins, calls } = lanes[thread]!;
      const place = Math.min(lowerBound(begins, time), calls.length - 1);
      const index = calls[place];
      if (index !== undefined) {
        this.#choose(this.#call(index));
        return;
      }
    }
  }

  #choose(item: Item): void {
    this.#chosen(item);
    this.#bringIntoView(item);
  }

  #redraw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { clientWidth: width, clientHeight: height, scrollTop } = this.#lanes;
    if (width === 0) return;
    const look: Look = {
      model: this.#model,
      from: this.#from,
      to: this.#to,
      width,
      height,
      scrollTop,
      selected: this.#selected,
      accepts: this.#accepts,
    };
    drawLanes(contextOf(this.#canvas, width, height), look);
    drawOverview(contextOf(this.#overview, width, OVERVIEW), look, OVERVIEW, this.#length);
    fill(this.#span, `${duration(this.#from)} to ${duration(this.#to)}`);
  }
}

const LABEL =
  "Timeline of threads. Left and right arrow keys go to the thread's next call, up and down to another " +
  "thread, plus and minus zoom, Page Up and Page Down move, 0 shows all.";

/** What draws on a canvas of this size, in pixels of the page. */
function contextOf(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
