import { xmlAttribute, xmlContent } from "../base/xml.js";
import type { TestCase } from "./test-case.js";
import type { TestSuite } from "./run-tests.js";

/** JUnit's XML of what has become of tests, as Bazel, Jenkins and GitLab read it. */
export function junit(suites: readonly TestSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  const duration = suites.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${counts(cases)}${attribute("time", seconds(duration))}>`,
    ...suites.flatMap(suiteLines),
    "</testsuites>",
    "",
  ].join("\n");
}

function suiteLines({ file, cases, durationMs, output }: TestSuite): string[] {
  const attributes = attribute("name", file) + counts(cases);
  return [
    `  <testsuite${attributes}${attribute("time", seconds(durationMs))}>`,
    ...cases.flatMap((one) => caseLines(file, one)),
    ...element("system-out", output).map((line) => `    ${line}`),
    "  </testsuite>",
  ];
}

function caseLines(
  file: string,
  { name, outcome, durationMs, output, message }: TestCase,
): string[] {
  const attributes =
    attribute("name", name) +
    attribute("classname", file) +
    (durationMs === undefined ? "" : attribute("time", seconds(durationMs)));
  const why = message === undefined ? "" : attribute("message", message);
  const inner = [
    ...(outcome === "failed" ? [`<failure${why}/>`] : []),
    ...(outcome === "skipped" ? [`<skipped${why}/>`] : []),
    ...element("system-out", output),
  ];
  return inner.length === 0
    ? [`    <testcase${attributes}/>`]
    : [`    <testcase${attributes}>`, ...inner.map((line) => `      ${line}`), "    </testcase>"];
}

function counts(cases: readonly TestCase[]): string {
  const count = (wanted: TestCase["outcome"]) =>
    String(cases.filter(({ outcome }) => outcome === wanted).length);
  return (
    attribute("tests", String(cases.length)) +
    attribute("failures", count("failed")) +
    attribute("errors", "0") +
    attribute("skipped", count("skipped"))
  );
}

function attribute(name: string, value: string): string {
  return ` ${name}="${xmlAttribute(value)}"`;
}

/** An element that holds a text, if there is any. */
function element(name: string, text: string): string[] {
  if (text === "") return [];
  return [`<${name}>${xmlContent(text)}</${name}>`];
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(3);
}
