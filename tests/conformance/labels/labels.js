// SPDX-License-Identifier: Apache-2.0
//
// labels.js FACTS IDENTIFY COUNT SEED [REAL] - what the gate takes labels for, compared with what libraries of others say.
//
// The facts of every Application Identifier first, each in a label of its own; then COUNT labels by chance from SEED; then, if given,
// labels of real packages. A label that bwip-js refuses must not be a product that was wholly read in a regular form; one that it
// draws must be, also with the bytes that zxing-wasm reads from the picture. Differences are failures, but for `reasons`. Add-ons are left
// to the unit tests: zxing-wasm does not read those that bwip-js draws.
// Exit: 0 they agree, 1 they do not, 2 usage.
"use strict";
const fs = require("fs");
const { spawnSync } = require("child_process");
const { draw, read } = require("./others.js");
const make = require("./make.js");

/* Where the libraries say something else, and why that stands. Each must be met among a thousand labels, or it is out of date. */
const reasons = {
  exclusive: {
    why: "which identifiers exclude each other holds over all labels of an item, so one label is not refused for it",
    holds: (other) => other.refused === "GS1exclusiveAIs",
  },
  packages: {
    why: "bwip-js 4.11.4 has the package types APE and AT as one, \"APE/AT\"",
    holds: (other, label) => other.refused === "GS1unknownPackageType" && /\(7041\)(APE|AT)$/.test(label.text),
  },
  short: {
    why: "bwip-js takes a GTIN of a Digital Link without its leading zeros, which the standard does not: we take it too, and mark it irregular",
    holds: (other, label, ours) => label.what === "link" && !other.refused && /\/01\/(\d{8}|\d{12,13})(\/|\?|#|$)/.test(label.text) && ours.kind !== "ambiguous" && !ours.regular
      && ours.gtin === label.wanted.gtin,
  },
  percent: {
    why: "of a % in a GS1 QR Code two come back from the picture: bwip-js 4.11.4 and zxing-wasm 3.1.4 differ about its escape",
    holds: (other, label) => label.bcid === "gs1qrcode" && label.pictured && label.raw.includes("%%"),
  },
};
const met = new Map(Object.keys(reasons).map((name) => [name, 0]));

const [factsFile, identify, countText, seedText, realFile] = process.argv.slice(2);
const count = Number(countText), seed = Number(seedText);
if (!identify || !(count > 0) || !Number.isInteger(seed)) {
  console.error("usage: labels.js FACTS IDENTIFY COUNT SEED [REAL]");
  process.exit(2);
}

/* All questions at once: the gate's answers, in their order. */
function ask(labels, brackets) {
  const input = labels.map(({ aim, raw }) => `${aim || "-"} ${raw.toString("hex") || "-"}\n`).join("");
  const run = spawnSync(identify, brackets ? ["--brackets"] : [], { input, maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(`identify: ${run.status} ${run.stderr}`);
  const lines = run.stdout.toString().split("\n").slice(0, -1);
  if (lines.length !== labels.length) throw new Error(`identify answered ${lines.length} of ${labels.length}`);
  const text = (hex) => (hex === "-" ? "" : Buffer.from(hex, "hex").toString("latin1"));
  return lines.map((line) => {
    const [kind, gtin, batch, serial, expiry, whole, regular, strength, why] = line.split("\t");
    return { kind, gtin, batch: text(batch), serial: text(serial), expiry, whole: whole === "whole", regular: regular === "regular", strength, why };
  });
}

let failures = 0;
function differ(label, other, ours, words) {
  for (const [name, reason] of Object.entries(reasons))
    if (reason.holds(other, label, ours)) return void met.set(name, met.get(name) + 1);
  if (++failures <= 20)
    console.error(`DIFFERS: ${words}\n  ${label.bcid} ${JSON.stringify(label.text)} ${label.aim} ${JSON.stringify(label.raw.toString("latin1"))}\n  theirs ${JSON.stringify(other.refused || "drawn")}, ours ${JSON.stringify(ours)}`);
}

const taken = (ours) => ["product", "in-store", "not-a-product"].includes(ours.kind) && ours.whole && ours.regular;

let broken = 0;
function compare(label, other, ours) {
  if (other.broken) broken++;
  else if (other.refused) {
    if (taken(ours)) differ(label, other, ours, "they refuse what we take");
  } else if (!taken(ours))
    differ(label, other, ours, "they draw what we do not take");
  else if (ours.kind !== "not-a-product" && (ours.gtin !== label.wanted.gtin || ours.batch !== label.wanted.batch || ours.serial !== label.wanted.serial))
    differ(label, other, ours, `wanted ${JSON.stringify(label.wanted)}`);
}

/* The same again with the bytes that were read from the picture. UPC-A and UPC-E come as EAN-13, which is the same number. */
async function comparePictures(labels, others) {
  const seen = [], misses = [];
  for (let i = 0; i < labels.length; i++) {
    if (!others[i].symbol) continue;
    const found = await read(others[i].symbol);
    if (found) seen.push({ ...labels[i], aim: found.aim, raw: found.data, pictured: true });
    else misses.push(labels[i]);
  }
  ask(seen).forEach((ours, i) => compare(seen[i], {}, ours));
  if (misses.length > (seen.length + misses.length) / 50) { // a picture may be hard to read, but not many
    failures++;
    console.error(`zxing-wasm could not read ${misses.length} of ${seen.length + misses.length}: ${misses.slice(0, 5).map((l) => l.bcid + " " + l.text).join("; ")}`);
  }
  return seen.length;
}

const facts = fs.readFileSync(factsFile, "utf8").split("\n").filter((line) => line && line[0] !== "#").map((line) => line.split("\t"));
/* bwip-js takes identifiers in brackets, so a bracket in a value cannot be asked about. */
const askable = facts.map(([ai, value, word]) => [ai, value.replace(/\(/g, ")"), word]);
const naming = (ai) => ["01", "02", "03", "8006", "8026"].includes(ai);

async function compareFacts(step) {
  const item = "09521234543213";
  const labels = [...askable, ["7041", "APE", "good"], ["7041", "AT", "good"]].map(([ai, value, word]) => ({
    bcid: "gs1datamatrix", aim: "]d2", text: naming(ai) ? `(${ai})${value}` : `(01)${item}(${ai})${value}`, word,
    raw: Buffer.from((naming(ai) ? "" : "01" + item) + ai + value, "latin1"),
    wanted: { gtin: naming(ai) ? value.slice(0, 14) : item, batch: ai === "10" ? value : "", serial: ai === "21" ? value : "" },
  }));
  const others = labels.map((label) => draw(label.bcid, label.text));
  ask(labels).forEach((ours, i) => compare(labels[i], others[i], ours));
  labels.forEach((label, i) => {
    if ((label.word === "good") !== !others[i].refused) differ(label, others[i], { fact: label.word }, "the fact itself");
  });
  const some = labels.map((_, i) => i).filter((i) => i % step === 0);
  const read = await comparePictures(some.map((i) => labels[i]), some.map((i) => others[i]));
  console.log(`${labels.length} facts of ${new Set(facts.map((f) => f[0])).size} identifiers, ${read} of them read from pictures`);
}

async function compareMade() {
  const r = make.random(seed), usable = askable.filter((f) => !naming(f[0]) && f[1].length < 60);
  const labels = Array.from({ length: count }, () => {
    const which = r.below(10);
    return which < 3 ? make.bareNumber(r) : which < 7 ? make.elements(r, usable) : make.link(r);
  });
  const others = labels.map((label) => draw(label.bcid, label.text));
  ask(labels).forEach((ours, i) => compare(labels[i], others[i], ours));
  const read = await comparePictures(labels, others);
  console.log(`${labels.length} labels by chance from seed ${seed}: ${labels.length - others.filter((o) => !o.symbol).length} drawn, ${read} read from pictures`);
}

function compareCutUpce() {
  const r = make.random(seed + 1), cut = Array.from({ length: count }, () => make.cutUpce(r));
  ask(cut.map(({ sent }) => ({ aim: "]E0", raw: Buffer.from(sent) }))).forEach((ours, i) => {
    const { sent, readings } = cut[i], right = readings.length === 1 ? ours.kind !== "ambiguous" && (ours.gtin === readings[0] || ours.kind === "not-a-product")
      : ours.kind === "ambiguous" && ours.gtin === "-";
    if (!right) differ({ bcid: "upce", text: sent, aim: "]E0", raw: Buffer.from(sent) }, {}, ours, `wanted ${readings}`);
  });
  console.log(`${cut.length} UPC-E of six and seven digits, ${cut.filter((c) => c.readings.length === 2).length} ambiguous`);
}

/* Labels read from photographs by a program of others; brackets as that one writes element strings. */
function compareReal() {
  const labels = fs.readFileSync(realFile, "utf8").split("\n").filter((line) => line && line[0] !== "#").map((line) => {
    const [bcid, aim, text] = line.split("\t");
    return { bcid, aim, text, raw: Buffer.from(text, "latin1") };
  });
  const kinds = {};
  ask(labels, true).forEach((ours, i) => {
    const label = labels[i], number = /^(EAN|UPC)/.test(label.bcid), named = label.text.includes("(01)");
    kinds[ours.kind] = (kinds[ours.kind] || 0) + 1;
    if (ours.kind === "ambiguous") differ(label, {}, ours, "a real label is ambiguous");
    if (number && ours.kind === "unreadable") differ(label, {}, ours, "a real number is unreadable");
    if (named && !["product", "in-store"].includes(ours.kind)) differ(label, {}, ours, "a real (01) is none");
    if (named && ours.gtin !== /\(01\)(\d{14})/.exec(label.text)[1]) differ(label, {}, ours, "another number");
  });
  console.log(`${labels.length} real labels: ${Object.entries(kinds).map(([kind, n]) => `${n} ${kind}`).join(", ")}`);
}

(async () => {
  await compareFacts(count >= 5000 ? 1 : 20);
  await compareMade();
  compareCutUpce();
  if (realFile) compareReal();
  for (const [name, times] of met) {
    console.log(`  ${name}: ${times} times, because ${reasons[name].why}`);
    if (times === 0 && count >= 1000) { failures++; console.error(`the reason "${name}" was not needed: take it off the list`); }
  }
  if (broken) console.log(`  bwip-js failed on ${broken} labels without a reason of its own`);
  if (broken > count / 200) { failures++; console.error("that is too many"); }
  if (failures) console.error(`${failures} differences`);
  process.exit(failures ? 1 : 0);
})().catch((e) => { console.error(e); process.exit(1); });
