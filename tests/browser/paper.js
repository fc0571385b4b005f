// SPDX-License-Identifier: Apache-2.0
//
// paper.js FILE.html…   opens each in Chromium, as a person, a screen reader and a printer would meet it, and says what it found: one
//                       line of JSON a file with "pages" (of its PDF on A4) and "faults" (empty if all is well); exit 1 if there are faults
//
// PLAYWRIGHT is the folder of the npm packages, CHROMIUM the browser, SHOTS a folder for screenshots and PDFs (for a person to look at).
"use strict";
const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const { chromium } = require(require.resolve("playwright-core", { paths: [process.env.PLAYWRIGHT] }));

const flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND"];

// Runs in the page: what a screen reader and a careful eye would stumble over.
function look() {
  const faults = [];
  const fault = (words, element) => faults.push(element ? words + ": " + element.outerHTML.slice(0, 120) : words);
  const all = (selector) => [...document.querySelectorAll(selector)];

  if (document.documentElement.lang !== "en-GB") fault("no language");
  if (document.title.trim() === "") fault("no title");
  if (all("main").length !== 1) fault("not one main");
  if (all("h1").length !== 1) fault("not one first heading");
  let before = 0;
  for (const h of all("h1, h2, h3, h4, h5, h6")) {
    const level = Number(h.tagName[1]);
    if (level > before + 1) fault("a level of headings is left out", h);
    if (h.textContent.trim() === "") fault("an empty heading", h);
    before = level;
  }
  for (const script of all("script, iframe, object, embed, img, link, form, base")) fault("has no place here", script);
  for (const element of all("*")) {
    for (const { name } of element.attributes) if (name.startsWith("on") || name === "style") fault("attribute " + name, element);
    if (element.id && document.querySelectorAll("#" + CSS.escape(element.id)).length > 1) fault("an id twice", element);
  }
  for (const name of ["aria-labelledby"])
    for (const element of all("[" + name + "]")) if (!document.getElementById(element.getAttribute(name))) fault(name + " leads nowhere", element);
  for (const a of all("a")) {
    const to = a.getAttribute("href");
    if (to.startsWith("#") ? !document.getElementById(to.slice(1)) : to !== a.textContent) fault("a link that leads elsewhere", a);
  }
  for (const table of all("table")) {
    if (!table.caption || table.caption.textContent.trim() === "") fault("a table without a caption", table);
    if (all("thead th").some((th) => th.scope !== "col")) fault("a column heading without scope", table);
    const width = table.querySelectorAll("thead th").length;
    for (const row of table.querySelectorAll("tbody tr")) {
      const cells = [...row.children];
      if (cells.reduce((sum, cell) => sum + cell.colSpan, 0) !== width) fault("a row of another width", row);
      if (cells.length === width && cells[0].scope !== "row") fault("a row without a heading", row);
    }
  }
  for (const cell of all("dd, dt, td, th, li, p:not(.quiet)")) if (cell.textContent.trim() === "") fault("blank", cell);
  for (const list of all("dl")) if ([...list.children].some((d) => d.querySelectorAll("dt").length !== 1 || d.querySelectorAll("dd").length !== 1)) fault("a fact that is no pair", list);

  // Contrast of text, WCAG 2 level AA for text of any size.
  const rgb = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const texts = all("body *").filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== ""));
  for (const element of texts) {
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) fault("too little contrast", element);
    if (parseFloat(getComputedStyle(element).fontSize) < 10) fault("too small", element);
  }
  return faults;
}

const pagesOf = (pdf) => (pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g) || []).length;

async function visit(browser, file) {
  const faults = [];
  const url = pathToFileURL(path.resolve(file)).href;
  const context = await browser.newContext({ viewport: { width: 1024, height: 600 } });
  const page = await context.newPage();
  page.on("console", (message) => faults.push("console: " + message.text()));
  page.on("pageerror", (error) => faults.push("error: " + error.message));
  page.on("dialog", (dialog) => { faults.push("dialog: " + dialog.message()); dialog.dismiss(); });
  page.on("request", (request) => { if (request.url() !== url) faults.push("request: " + request.url()); });
  await page.goto(url, { waitUntil: "load" });
  faults.push(...(await page.evaluate(look)));
  for (const width of [1024, 768, 360]) {
    await page.setViewportSize({ width, height: 600 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) faults.push(`${wide} pixels too wide for a screen of ${width}`);
    if (process.env.SHOTS) await page.screenshot({ path: path.join(process.env.SHOTS, `${path.basename(file, ".html")}-${width}.png`), fullPage: width !== 1024 });
  }
  const pdf = await page.pdf({ preferCSSPageSize: true, tagged: true });
  if (process.env.SHOTS) fs.writeFileSync(path.join(process.env.SHOTS, path.basename(file, ".html") + ".pdf"), pdf);
  // What is printed is not wider than the paper: A4 less the margins, at 96 to the inch.
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: Math.floor(((210 - 2 * 17) / 25.4) * 96), height: 1000 });
  const wide = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).length);
  if (wide > 0) faults.push(`${wide} elements are wider than the paper`);
  await context.close();
  return { file: path.basename(file), pages: pagesOf(pdf), faults };
}

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, headless: true, args: flags });
  try {
    for (const file of process.argv.slice(2)) {
      const seen = await visit(browser, file);
      console.log(JSON.stringify(seen));
      if (seen.faults.length > 0) process.exitCode = 1;
    }
  } finally {
    await browser.close();
  }
})().catch((error) => {
  console.error(error.message);
  process.exitCode = 2;
});
