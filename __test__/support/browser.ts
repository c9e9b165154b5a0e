import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import test, { type ExecutionContext } from "ava";
import { type Browser, chromium, type Page } from "playwright-core";

import { directoryWith } from "./directory.js";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);

if (CHROMIUM === undefined) {
  console.warn("There is no Chromium: the tests that look at pages are SKIPPED.");
}

let browser: Promise<Browser> | undefined;

/** One browser for all tests of a file, which begins with the first and goes after the last. */
function theBrowser(): Promise<Browser> {
  // Chromium has no sandbox for root.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  browser ??= chromium.launch({ executablePath: CHROMIUM!, args });
  return browser;
}

test.after.always(async () => (await browser)?.close());

/** What a laptop shows. */
const SIZE = { width: 1280, height: 800 };

/** Opens a page of HTML from a file, as people do. */
export type Open = (html: string, colorScheme?: "light" | "dark") => Promise<Page>;

/**
 * A test that looks at pages; skipped, loudly, where there is no Chromium. No page may say anything on
 * the console, throw, or ask the network for something.
 */
export function browserTest(
  title: string,
  body: (t: ExecutionContext, open: Open) => Promise<void>,
): void {
  const ours = CHROMIUM === undefined ? test.skip : test.serial;
  ours(title, async (t) => {
    const said: string[] = [];
    await body(t, (html, colorScheme = "light") => open(t, html, colorScheme, said));
    t.deepEqual(said, []);
  });
}

async function open(
  t: ExecutionContext,
  html: string,
  colorScheme: "light" | "dark",
  said: string[],
): Promise<Page> {
  const directory = directoryWith(t, { "report.html": html });
  const page = await (await theBrowser()).newPage({ viewport: SIZE, colorScheme });
  t.teardown(() => page.close());
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error.stack)));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) said.push(request.url());
  });
  await page.goto(pathToFileURL(join(directory, "report.html")).href);
  await page.locator("html[data-ready]").waitFor();
  return page;
}
