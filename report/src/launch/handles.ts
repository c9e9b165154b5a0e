import type { BootstrapMessage, ReportedHandle } from "../../../lib/report/document.js";
import { h, table } from "../dom.js";
import { koid } from "../format.js";

const COLUMNS = [
  { title: "In", className: "" },
  { title: "What it is for", className: "code" },
  { title: "Object", className: "code" },
  { title: "Name", className: "code" },
  { title: "Related to", className: "code" },
  { title: "Rights", className: "rights" },
];

/** What an object of a type has to the one that is related to it. */
const RELATIONS: Readonly<Record<string, string>> = {
  Process: "its job",
  Thread: "its process",
  Job: "its parent",
  Vmo: "its parent",
};

/** The handles of all messages as a table. */
export function handleTable(messages: readonly BootstrapMessage[]): HTMLElement {
  const rows = messages.flatMap(({ reader, handles }) =>
    handles.map((handle) => [
      `${reader}'s`,
      handle.info,
      object(handle),
      handle.name,
      related(handle),
      spelled(handle.rights),
    ]),
  );
  return h("div", { className: "scrolls handles" }, table("Startup handles", COLUMNS, rows));
}

/** The same as a graph: from the process to objects, and to what these are related to. */
export function handleGraph(process: string, messages: readonly BootstrapMessage[]): HTMLElement {
  const handles = messages
    .flatMap((message) => message.handles)
    .sort((a, b) => Number(BigInt(a.koid) - BigInt(b.koid)));
  const graph = h("div", {
    className: "graph",
    attributes: {
      role: "img",
      "aria-label":
        "Handles from the process to objects and their peers; the table below has the same",
    },
  });
  const owner = h("div", { className: "node owner" }, h("strong", {}, process), "the new process");
  owner.style.gridRow = `1 / span ${handles.length}`;
  graph.append(owner);
  handles.forEach((handle, index) => {
    const edge = h(
      "div",
      { className: "edge" },
      h("code", {}, handle.info),
      h("span", { className: "rights" }, spelled(handle.rights)),
    );
    edge.style.gridRow = String(index + 1);
    graph.append(edge);
    const isFirst = handles[index - 1]?.koid !== handle.koid;
    if (!isFirst) return;
    const same = handles.filter(({ koid }) => koid === handle.koid).length;
    const target = h(
      "div",
      { className: "node object" },
      h("strong", {}, object(handle)),
      handle.name,
    );
    target.style.gridRow = `${index + 1} / span ${same}`;
    graph.append(target);
    if (handle.relatedKoid === undefined) return;
    const peer = h("div", { className: "node peer" }, related(handle));
    peer.style.gridRow = target.style.gridRow;
    graph.append(peer);
  });
  return graph;
}

function object({ objectType, koid: id }: ReportedHandle): string {
  return `${objectType}:${koid(id)}`;
}

function related({ objectType, relatedKoid }: ReportedHandle): string {
  if (relatedKoid === undefined) return "";
  return `${RELATIONS[objectType] ?? "its peer"}, ${koid(relatedKoid)}`;
}

function spelled(rights: string): string {
  return rights.replaceAll("|", " ");
}
