import type { LaunchStep, ReportedLaunch } from "../../../lib/report/document.js";
import { button, type Child, fill, h, section, table } from "../dom.js";
import { bytes, count } from "../format.js";
import { permissions } from "../../../lib/base/text.js";
import { addressSpace } from "./address-space.js";
import { handleGraph, handleTable } from "./handles.js";
import { bootstrapMessage } from "./message.js";

interface Step {
  readonly step: LaunchStep;
  readonly title: string;
  /** What has happened by then. */
  readonly tell: (launch: ReportedLaunch) => string;
}

const STEPS: readonly Step[] = [
  {
    step: "parse",
    title: "Parse",
    tell: ({ file }) =>
      "A process is created, with a root VMAR that is empty and a thread that does not run yet. " +
      (file === undefined
        ? "The executable's headers are not accepted."
        : "The executable's file header and program headers are read and checked; nothing else is."),
  },
  {
    step: "link",
    title: "Link",
    tell: ({ linker }) =>
      linker === undefined
        ? "The executable has no PT_INTERP: it is static, and nothing has to be linked."
        : `The executable asks for a dynamic linker, ${linker.name}, and the loader service is asked for it` +
          (linker.path === undefined ? "." : `: it has it from ${linker.path}.`) +
          " The linker is launched in the executable's place, and will map it.",
  },
  {
    step: "map",
    title: "Map",
    tell: ({ linker }) =>
      `A VMAR is made for the ${linker === undefined ? "executable" : "dynamic linker"}, and each ` +
      "PT_LOAD segment is mapped there: what is not written straight from the file, what is from a copy " +
      "that belongs to the process. Then the vDSO is mapped.",
  },
  {
    step: "message",
    title: "Message",
    tell: ({ messages }) =>
      "The stack is made as large as the message needs, and mapped. " +
      (messages.length === 0
        ? "There is no message."
        : `${count(messages.length, "bootstrap message")} with arguments, environment, namespace and ` +
          "handles wait in a channel, whose other end is the process's."),
  },
  {
    step: "start",
    title: "Start",
    tell: () =>
      "The thread begins at the entry point, with two arguments: a handle to the bootstrap channel, and " +
      "where the vDSO is. All other registers are 0.",
  },
];

/** The steps of a launch, to be walked through. */
export function launchView(launch: ReportedLaunch): HTMLElement {
  const state = h("div", { className: "state" });
  const told = h("p", { className: "told", attributes: { "aria-live": "polite" } });
  const buttons = STEPS.map(({ title }, index) =>
    h(
      "button",
      { type: "button", on: { click: () => show(index) } },
      h("span", { className: "number" }, index + 1),
      " ",
      title,
    ),
  );
  const previous = button("←", () => show(at - 1), "Previous step");
  const next = button("→", () => show(at + 1), "Next step");
  let at = STEPS.length - 1;

  function show(index: number): void {
    at = index;
    buttons.forEach((button, other) => {
      button.classList.toggle("done", other < index);
      if (other === index) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    previous.disabled = index === 0;
    next.disabled = index === STEPS.length - 1;
    fill(told, STEPS[index]!.tell(launch));
    fill(state, ...stateAt(launch, index));
  }

  function walk(event: KeyboardEvent): void {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const index = at + step;
    if (step === 0 || index < 0 || index >= STEPS.length) return;
    event.preventDefault();
    show(index);
    buttons[index]!.focus();
  }

  show(0);
  return h(
    "div",
    { className: "launch" },
    h(
      "nav",
      {
        className: "steps",
        attributes: { "aria-label": "Steps of the launch" },
        on: { keydown: walk },
      },
      previous,
      h("ol", {}, ...buttons.map((step) => h("li", {}, step))),
      next,
    ),
    told,
    launch.error &&
      h("p", { className: "failure" }, `${launch.error.message} (${launch.error.code})`),
    state,
  );
}

/** All that there is by a step, the newest first. */
function stateAt(launch: ReportedLaunch, index: number): Child[] {
  const isBy = (step: LaunchStep) => STEPS.findIndex((other) => other.step === step) <= index;
  const isNow = (step: LaunchStep) => STEPS[index]!.step === step;
  const { registers, messages, linker, maps, file } = launch;
  const shown = maps.filter(({ step }) => isBy(step));
  const handles = messages.flatMap((message) => message.handles);
  return [
    isBy("start") && registers.length > 0 && section("Registers", registerTable(registers)),
    isBy("message") &&
      messages.length > 0 &&
      section("Bootstrap messages", ...messages.map((message) => bootstrapMessage(message))),
    isBy("message") &&
      handles.length > 0 &&
      section("Handles", handleGraph(launch.name, messages), handleTable(messages)),
    section(
      "Address space",
      addressSpace(shown, ({ step }) => isNow(step)),
    ),
    isBy("link") &&
      linker !== undefined &&
      section(
        "Dynamic linker",
        h("p", {}, `${linker.name}: ${linker.path ?? "from the loader service"}`),
      ),
    file && section("Executable", segments(file)),
  ];
}

function registerTable(registers: ReportedLaunch["registers"]): HTMLElement {
  return table(
    "Registers at the first instruction",
    [
      { title: "Register", className: "code" },
      { title: "Value", className: "code" },
      { title: "Meaning" },
    ],
    registers.map(({ name, value, meaning }) => [name, value ?? "?", meaning]),
  );
}

function segments({ entry, relocatable, segments }: NonNullable<ReportedLaunch["file"]>) {
  const where = relocatable ? "relative to where it is loaded" : "absolute";
  return h(
    "div",
    {},
    h("p", {}, `Entry point ${entry}, addresses ${where}.`),
    table(
      "Program headers",
      [
        { title: "Type", className: "code" },
        { title: "Access", className: "code" },
        { title: "Offset", className: "code number" },
        { title: "Address", className: "code number" },
        { title: "In the file", className: "number" },
        { title: "In memory", className: "number" },
      ],
      segments.map((segment) => [
        segment.type,
        permissions(segment.permissions),
        segment.offset,
        segment.address,
        bytes(BigInt(segment.fileSize)),
        bytes(BigInt(segment.memorySize)),
      ]),
    ),
  );
}
