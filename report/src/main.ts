import type { ReportDocument, ReportedEnd } from "../../lib/report/document.js";
import { h } from "./dom.js";
import { endView } from "./end.js";
import { launchView } from "./launch/launch.js";
import { runView } from "./run/run.js";
import { tabs, type View } from "./tabs.js";
import { themeChooser } from "./theme.js";

const report = JSON.parse(document.getElementById("document")!.textContent) as ReportDocument;

function hasSucceeded({ kind, returnCode }: ReportedEnd): boolean {
  return kind === "planned" || (kind === "exit" && Number(returnCode) === 0);
}

function header({ command, target, end }: ReportDocument): HTMLElement {
  const attributes = { role: "status" };
  return h(
    "header",
    {},
    h("h1", {}, command),
    h("p", { className: "facts" }, `for ${target}`),
    h("p", { className: hasSucceeded(end) ? "good" : "failure", attributes }, end.message),
    themeChooser(),
  );
}

const { launch, run } = report;
const views: View[] = [
  { name: "Launch", make: () => launchView(launch) },
  ...(run === undefined ? [] : [{ name: "Run", make: () => runView(run) }]),
  { name: "End", make: () => endView(report) },
];
document.title = `${report.command} – Zirconia report`;
document.body.append(header(report), h("main", {}, ...tabs("Parts of the report", views)));
document.documentElement.dataset["ready"] = "true";
