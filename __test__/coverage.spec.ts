// docs/coverage.md, item by item: what it names exists, and it counts right.

import test from "ava";

import { guide } from "./support/guide.js";
import { PublicApi } from "./support/public-api.js";
import { rustTitles, specTitles } from "./support/titles.js";

/** A row of a table. */
interface Item {
  readonly section: string;
  readonly item: string;
  /** Names of this package; none for what has no counterpart. */
  readonly names: readonly string[];
  /** Tests by their files. */
  readonly tests: readonly (readonly [file: string, title: string])[];
  /** Why there is no counterpart. */
  readonly reason: string | undefined;
}

const page = guide("coverage");

/** The sections that are tables, by their headings, and how many items they say they have. */
const sections = page.split(/^## /m).slice(1);

const items = sections.flatMap((section) => {
  const [title] = section.split("\n", 1);
  const rows = Array.from(section.matchAll(/^\| (.*) \|$/gm), ([, row]) => row!).slice(1);
  return rows.map((row) => itemOf(title!, row));
});

function itemOf(section: string, row: string): Item {
  const [item, here, last, ...rest] = row.split(" | ");
  if (last === undefined || rest.length > 0) throw new Error(`a row is not of three cells: ${row}`);
  if (here === "none") return { section, item: item!, names: [], tests: [], reason: last };
  return {
    section,
    item: item!,
    names: here!.split(", ").map((name) => match(name, /^`([^`]+)`$/)[1]!),
    tests: last.split("<br>").map((cell) => {
      const [, file, title] = match(cell, /^`([^`]+)`: (.+)$/);
      return [file!, title!] as const;
    }),
    reason: undefined,
  };
}

function match(text: string, pattern: RegExp): RegExpExecArray {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`${text.slice(0, 200)} is not ${pattern.source}`);
  return found;
}

/** What comes more than once. */
function repeated(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}

test("the page counts its items", (t) => {
  for (const section of sections) {
    const [title] = section.split("\n", 1);
    const { length } = items.filter((item) => item.section === title);
    t.is(match(title!, /: (\d+) items$/)[1], String(length), title);
  }
  const none = items.filter(({ reason }) => reason !== undefined);
  const [, all, bare] = match(page, /^(\d+) items; (\d+) have no counterpart here/m);
  t.deepEqual([all, bare], [String(items.length), String(none.length)]);
});

test("no item comes twice, and none names anything twice", (t) => {
  t.deepEqual(repeated(items.map(({ section, item }) => `${section}: ${item}`)), []);
  for (const { item, names, tests } of items) {
    t.deepEqual(repeated(names), [], item);
    t.deepEqual(repeated(tests.map((named) => named.join(": "))), [], item);
  }
});

test("every name is public", (t) => {
  const api = new PublicApi();
  const names = new Set(items.flatMap((item) => item.names));
  t.deepEqual(
    [...names].filter((name) => !api.has(name)),
    [],
  );
  for (const name of ["Nothing", "ProcessBuilder.nothing", 'StackErrorKind "Nothing"']) {
    t.false(api.has(name), name);
  }
});

test("every test is there under its title", async (t) => {
  const tests = items.flatMap((item) => item.tests);
  const files = [...new Set(tests.map(([file]) => file))];
  const titles = await specTitles(files.filter((file) => file.endsWith(".ts")));
  for (const file of files.filter((file) => file.endsWith(".rs"))) {
    titles.set(file, rustTitles(file));
  }
  t.deepEqual(
    tests.filter(([file, title]) => titles.get(file)?.has(title) !== true),
    [],
  );
});
