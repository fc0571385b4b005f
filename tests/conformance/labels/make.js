// SPDX-License-Identifier: Apache-2.0
//
// make.js - labels by chance, good and bad, from a seed. Each: { what, bcid, text (for bwip-js), aim, raw (as a scanner would send it),
// wanted: { gtin, batch, serial } where it is known }.
"use strict";

function random(seed) { // mulberry32
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, often: (p) => next() < p, one: (list) => list[below(list.length)], digits: (n) => Array.from({ length: n }, () => below(10)).join("") };
}

function withCheck(digits) {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 3 : 1);
  return digits + ((10 - (sum % 10)) % 10);
}
const wrongCheck = (r, number) => number.slice(0, -1) + ((Number(number[number.length - 1]) + 1 + r.below(9)) % 10);

const prefixes = ["952", "952", "952", "500", "400", "690", "019", "020", "041", "200", "299", "300", "050", "977", "978", "980", "981", "990", "000"];
const gtin13 = (r) => { const p = r.one(prefixes); return withCheck(p + r.digits(9)); };
const text82 = (r, n, set = "ABCdef019-./_+*") => Array.from({ length: n }, () => set[r.below(set.length)]).join("");

/* ---- bare numbers ---- */

const numbers = [
  (r) => ({ bcid: "ean13", number: gtin13(r), aim: "]E0" }),
  (r) => ({ bcid: "ean8", number: withCheck(String(1 + r.below(9)) + r.digits(6)), aim: "]E4" }),
  (r) => ({ bcid: "upca", number: withCheck(r.one(["0", "0", "3", "6", "7", "8", "2", "4", "5"]) + r.digits(10)), aim: "]E0" }),
  (r) => ({ bcid: "upce", number: upce(r), aim: "]E0" }),
  (r) => ({ bcid: "itf14", number: withCheck(String(r.below(9)) + r.one(["952", "500", "045"]) + r.digits(9)), aim: "]I1" }),
  (r) => ({ bcid: "code128", number: gtin13(r), aim: "]C0" }),
  (r) => ({ bcid: "code39", number: gtin13(r), aim: "]A0" }),
  (r) => ({ bcid: "qrcode", number: "0" + gtin13(r), aim: "]Q1" }),
  (r) => ({ bcid: "datamatrix", number: gtin13(r), aim: "]d1" }),
  (r) => ({ bcid: r.one(["databaromni", "databarstackedomni", "databarlimited"]), number: "0" + gtin13(r), aim: "]e0", ai: "01" }),
  (r) => ({ bcid: "databaromni", number: withCheck(String(r.below(9)) + "952" + r.digits(9)), aim: "]e0", ai: "01" }),
];

/* Of its six digits the last says where the zeros of the UPC-A were. */
function expand(system, six) {
  const [a, b, c, d, e, last] = six;
  if (last <= "2") return system + a + b + last + "0000" + c + d + e;
  if (last === "3") return system + a + b + c + "00000" + d + e;
  if (last === "4") return system + a + b + c + d + "00000" + e;
  return system + a + b + c + d + e + "0000" + last;
}
function upce(r) {
  for (;;) { // only forms that a UPC-A shortens to, or the picture says another one
    const six = r.digits(6), system = String(r.below(2));
    if (six[5] === "3" && six[2] <= "2") continue;
    if (six[5] === "4" && six[3] === "0") continue;
    if (six[5] >= "5" && six[4] === "0") continue;
    return system + six + withCheck(expand(system, six)).slice(-1);
  }
}

function bareNumber(r) {
  const { bcid, number, aim, ai } = r.one(numbers)(r), checked = !["code128", "code39", "qrcode", "datamatrix"].includes(bcid);
  const raw = checked && r.often(0.25) ? wrongCheck(r, number) : number;
  const full = bcid === "upce" ? withCheck(expand(number[0], number.slice(1, 7))) : number;
  return { what: "number", bcid, text: ai ? `(${ai})${raw}` : raw, aim, raw: Buffer.from((ai || "") + raw), wanted: { gtin: full.padStart(14, "0"), batch: "", serial: "" } };
}

/* A UPC-E of which the scanner sends a part: [as sent, what it stands for]. */
function cutUpce(r) {
  const whole = upce(r), full = (system, six) => withCheck(expand(system, six)).padStart(14, "0");
  if (r.often(0.5)) return { sent: whole.slice(1, 7), readings: [full("0", whole.slice(1, 7))] };
  const sent = r.often(0.5) ? whole.slice(0, 7) : "0" === whole[0] ? whole.slice(1) : whole.slice(0, 7), readings = new Set();
  if (sent[0] <= "1") readings.add(full(sent[0], sent.slice(1)));
  if (full("0", sent.slice(0, 6)).slice(-1) === sent[6]) readings.add(full("0", sent.slice(0, 6)));
  return { sent, readings: [...readings] };
}

/* ---- element strings ---- */

const carriers = [["gs1datamatrix", "]d2", 200], ["gs1qrcode", "]Q3", 200], ["gs1-128", "]C1", 40], ["databarexpanded", "]e0", 40],
  ["databarexpandedstacked", "]e0", 40]];
const predefined = /^(00|01|02|03|11|12|13|15|16|17|20|3[1-6]..|41.)$/;

/* `facts`: [identifier, value, word], none about (01) to (03), (8006) and (8026), and none with "(" in it. */
function elements(r, facts) {
  const [bcid, aim, room] = r.one(carriers), gtin = "0" + withCheck(r.one(["952", "500", "695", "045"]) + r.digits(9));
  const batch = r.often(0.6) ? text82(r, 1 + r.below(20)) : "", serial = r.often(0.4) ? text82(r, 1 + r.below(20)) : "";
  let list = [["01", r.often(0.1) ? wrongCheck(r, gtin) : gtin]];
  if (batch) list.push(["10", batch]);
  if (serial) list.push(["21", serial]);
  if (r.often(0.5)) list.push(["17", r.one(["270131", "280200", "991231", "261301", "270230"])]);
  for (let i = r.below(4); i > 0; i--) {
    const good = r.often(0.8), fact = r.one(facts.filter((f) => (f[2] === "good") === good && !["10", "17", "21"].includes(f[0])));
    list.push([fact[0], fact[1]]);
  }
  if (r.often(0.05)) list.push(r.one(list));
  if (batch && r.often(0.05)) list.push(["10", text82(r, 5)]);
  if (r.often(0.05)) list.push([r.one(["05", "23", "4327", "8888", "7012"]), "1234"]);
  for (let i = list.length - 1; i > 0; i--) { const j = r.below(i + 1); [list[i], list[j]] = [list[j], list[i]]; }
  /* One of predefined length that is cut takes from what follows, which no reader can see: so one alone, and nothing behind it. */
  const cut = ([ai, value]) => predefined.test(ai) && facts.some((f) => f[0] === ai && f[1] === value && f[2] === "length");
  const last = list.find(cut);
  list = last ? [...list.filter((one) => !cut(one)), last] : list;
  let raw = "";
  list.forEach(([ai, value], i) => { raw += ai + value + (i + 1 < list.length && !predefined.test(ai) ? "\x1d" : ""); });
  if (raw.length > room) return elements(r, facts);
  return { what: "elements", bcid, aim, text: list.map(([ai, value]) => "(" + ai + ")" + value).join(""), raw: Buffer.from(raw, "latin1"), wanted: { gtin, batch, serial } };
}

/* ---- web addresses ---- */

const escaped = (r, text, all) => [...text].map((c) => (/[A-Za-z0-9._-]/.test(c) && !(all && r.often(0.3)) ? c
  : "%" + c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"))).join("");

function link(r) {
  const gtin = "0" + withCheck(r.one(["952", "500", "695", "045"]) + r.digits(9)), shown = r.often(0.1) ? wrongCheck(r, gtin) : r.often(0.1) ? gtin.slice(1) : gtin;
  const batch = r.often(0.6) ? text82(r, 1 + r.below(20), "ABCdef019-./_+*&=?%\"") : "", serial = r.often(0.5) ? text82(r, 1 + r.below(20)) : "";
  const pairs = [["22", r.often(0.2) ? "V" : ""], ["10", batch], ["21", serial]].filter(([, value]) => value);
  if (r.often(0.1)) pairs.reverse();
  if (r.often(0.05)) pairs.push([r.one(["235", "254", "99", "17", "xx"]), "1"]);
  const query = [];
  for (let i = r.below(4); i > 0; i--)
    query.push(r.one(["17=270131", "17=271301", "3103=000195", "3932=0400123", "linkType=gs1:pip", "utm=x", "a", "21=X", "8888=x", "422=826", "422=999", "7040=1ABC"]));
  const scheme = r.often(0.05) ? "Https" : r.one(["https", "http", "HTTPS", "HTTP"]);
  const domain = r.one(["example.com", "id.example", "shop.example:8080", "a.b.c.example"]), before = r.one(["", "", "/p", "/10/X", "/en/products", "/01/2"]);
  const path = before + "/01/" + shown + pairs.map(([ai, value]) => "/" + ai + "/" + escaped(r, value, true)).join("") + (r.often(0.05) ? r.one(["/", "/more", "//"]) : "");
  const uri = scheme + "://" + domain + path + (query.length ? "?" + query.join("&") : "") + (r.often(0.1) ? "#top" : "");
  const [bcid, aim] = r.one([["gs1dlqrcode", "]Q1"], ["gs1dldatamatrix", "]d1"]]);
  return { what: "link", bcid, aim, text: uri, raw: Buffer.from(uri, "latin1"), wanted: { gtin, batch, serial } };
}

module.exports = { random, bareNumber, cutUpce, elements, link };
