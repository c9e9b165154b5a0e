import type { ReportDocument, ReportedCrash } from "../../lib/report/document.js";
import { h, section, table } from "./dom.js";
import { addressSpace } from "./launch/address-space.js";

const TITLES = {
  planned: "Planned",
  refused: "Could not be launched",
  exit: "Exited",
  kill: "Killed",
  limit: "At a limit",
  crash: "Crashed",
  timeout: "Timed out",
  canceled: "Canceled",
  output: "Wrote too much",
  stream: "Lost a stream",
} as const;

/** How it ended. */
export function endView({ end, run }: ReportDocument): HTMLElement {
  const written = (name: "stdout" | "stderr" | "log") =>
    (run?.output ?? [])
      .filter(({ stream }) => stream === name)
      .map(({ text }) => text)
      .join("");
  const log = end.log || written("log");
  return h(
    "div",
    { className: "end" },
    section(
      TITLES[end.kind],
      h("p", {}, end.message),
      end.returnCode !== undefined && h("p", {}, `Return code ${BigInt(end.returnCode)}.`),
      end.limit !== undefined && h("p", {}, `What was used up: ${end.limit}.`),
    ),
    ...(end.crash === undefined ? [] : crashSections(end.crash)),
    ...(["stdout", "stderr"] as const).map(
      (name) => written(name) !== "" && section(`Last of ${name}`, words(written(name), name)),
    ),
    section("The log's last words", log === "" ? h("p", {}, "Nothing.") : words(log, "log")),
  );
}

/** Characters of an output that are shown. */
const SHOWN = 4000;

function words(text: string, name: string): HTMLElement {
  return h("pre", { tabIndex: 0, attributes: { "aria-label": name } }, text.slice(-SHOWN));
}

function crashSections(crash: ReportedCrash): HTMLElement[] {
  const { exception, thread, pc, faultAddress, source, hit, registers, maps } = crash;
  return [
    section(
      exception,
      h(
        "p",
        {},
        `In ${thread}, at pc `,
        h("code", {}, pc),
        ", address ",
        h("code", {}, faultAddress),
        ".",
      ),
      h("p", { className: "hit" }, hit),
      source.length > 0 &&
        h("ol", { className: "source" }, ...source.map((line) => h("li", {}, h("code", {}, line)))),
    ),
    section(
      "Registers at that moment",
      h(
        "div",
        { className: "registers" },
        table(
          "Registers",
          [
            { title: "Register", className: "code" },
            { title: "Value", className: "code" },
          ],
          registers.map(({ name, value }) => [name, value]),
        ),
      ),
    ),
    section(
      "Address space at that moment",
      addressSpace(maps, (mapping) => isHit(mapping, faultAddress) || isHit(mapping, pc)),
    ),
  ];
}

function isHit({ type, base, size }: ReportedCrash["maps"][number], address: string): boolean {
  const [first, at] = [BigInt(base), BigInt(address)];
  return type === "mapping" && first <= at && at < first + BigInt(size);
}
