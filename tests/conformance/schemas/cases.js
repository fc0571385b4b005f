// SPDX-License-Identifier: Apache-2.0
//
// cases.js SCHEMAS check FILE KIND   every line of FILE is good by the schema of KIND; exit 1 and the line if not
// cases.js SCHEMAS make FOLDER       write FOLDER/KIND.jsonl, records good and bad, one a line, and FOLDER/KIND.verdicts.jsonl: what the
//                                    schema says of each, what is expected where somebody wrote it down, and what was bent
//
// Most records are bent by rule from one whole record of each kind: every member is left out, of another type, at its limit and over it.
"use strict";
const fs = require("fs");
const path = require("path");
const at = { paths: [process.env.AJV] };
const Ajv = require(require.resolve("ajv/dist/2020", at)).default;
const addFormats = require(require.resolve("ajv-formats", at)).default;

const [folder, verb, file, kindAsked] = process.argv.slice(2);
const ajv = new Ajv({ allErrors: false, validateFormats: true, strictTypes: false });
addFormats(ajv);
const schemas = {};
for (const name of fs.readdirSync(folder).filter((n) => n.endsWith(".json"))) {
  const schema = JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  schemas[path.basename(name, ".json")] = { schema, good: ajv.compile(schema) };
}

// ---- whole records ----

const checkDigit = (digits) => {
  let sum = 0;
  [...digits].reverse().forEach((d, i) => (sum += d * (i % 2 === 0 ? 3 : 1)));
  return digits + ((10 - (sum % 10)) % 10);
};
const gtin = (n) => checkDigit("952" + String(n).padStart(9, "0"));
const hash = "ab".repeat(32);
const units = [{ from: "L100", to: "L199" }];
const products = { gtins: [gtin(1), gtin(2)], brands: ["Lumen"], manufacturers: ["Lumen Ltd"], types: ["LH-3"] };
const note = {
  decision: "excepted", limb: "input-set", exception_paragraph: 3, condition_evidence: "letter", destinations: ["gb", "ni"],
  source: "s. 6", quote: "words", reviewer: "ann", reviewed: "2026-01-01", review_by: "2027-01-01", gtins: [gtin(1)],
  connectivity: "Wi-Fi, to the maker's service", considered: [{ answer: "out", reason: "it answers over IP" }], open_points: "none", approver: "bob",
};
const stages = { mode: "enforce", ageing_s: 100, stale_s: 200, dead_s: 300 };
const whole = {
  products: {
    gtin: gtin(1), name: "Hub", brand: "Lumen", manufacturer: "Lumen Ltd", type: "LH-3", category: "electricals",
    brick: "10001098", supplier: "Wholesale Ltd",
    dsp_published: [{ end: "2030-01-01", as_of: "2026-01-01", source: "https://lumen.example/", hearsay: true }],
  },
  socs: {
    id: "S-1", status: "superseded", superseded_by: "S-2",
    document: { kind: "soc", file: "documents/maker/soc-1.pdf", sha256: hash, sha256_on_file: hash, link: "https://lumen.example/soc", unreadable: false },
    prepared_by: "manufacturer", types: ["LH-3"], batches: { list: ["L1"], ranges: units },
    serial_ties: [{ batch: "L1", from: "S100", to: "S199" }], manufacturers: [{ name: "Lumen Ltd", address: "1 Road" }],
    authorised_representative: { name: "Rep", address: "2 Road" }, authorised_representative_exists: true,
    declaration: { prepared_by_or_for_manufacturer: true, opinion_of_manufacturer: true, limb: "deemed-compliance" },
    standard_relied_on: true, standard: { number: "ETSI EN 303 645", version: "V2.1.1", date: "2020-06-30" },
    support_period_end: "2031-12-31", support_period_text: "five years", signatory: { name: "A", function: "B", signed: true },
    issued: { place: "Leeds", date: "2026-01-01" }, accompanies: { how: "product-link", link_tested: "2026-06-01", link_result: "ok" },
    gtins: [gtin(1)], accepted_doubts: [{ code: "D15", by: "ann", on: "2026-02-01", reason: "same text" }],
    source: {
      supplier: "lumen", statement: "S-1", prefix: "95212345", role: "targets", keys: ["k1"], root_version: 1, targets_version: 2,
      target: "statements.json", target_sha256: hash, fetched_at: "2026-11-23T02:11:52Z",
      approved: [{ by: "ann", key: hash, os_user: "ann", at: "2026-11-23T02:11:52Z" }, { by: "bob", key: hash, os_user: "bob", at: "2026-11-23T02:12:52.5Z" }],
    },
  },
  labels: {
    id: "L-1", scheme: "jc-star", scheme_version: "1", level: 1, models: ["LH-3"], gtins: [gtin(1)], valid_from: "2026-01-01",
    valid_to: "2027-01-01", checked: "2026-06-01", source: "register",
  },
  scope_notes: { id: "N-1", ...note },
  class_notes: {
    id: "N-1", ...note, categories: ["toys"], bricks: ["10001098"], gtin_prefixes: ["952"], in_store: [{ from: "2000000000000", to: "2099999999999" }],
  },
  packs: { gtin: gtin(1), contains: gtin(2), count: 4 },
  bundles: { gtin: gtin(1), components: [gtin(2), gtin(3)] },
  roles: { id: "R-1", role: "importer", ...products },
  failures: {
    id: "F-1", informed: "2026-01-01", believed: "2026-02-01", ended: "2026-03-01", reason: "update", source: "mail", ...products,
    batches: units, serials: units,
  },
  notices: {
    id: "N-1", kind: "compliance", duty: "supply", genuine: true, intended: "2026-01-01", intent_expires: "2026-02-01",
    given: "2026-02-01", deemed: "2026-02-02", effective: "2026-03-01", revoked: "2026-09-01", cleared: { by: "counsel", on: "2026-01-10" },
    signed_off: { by: "counsel", on: "2026-04-01" }, appeal: { lodged: "2026-03-10", decided: "2026-05-01", result: "dismissed" },
    suspended: { from: "2026-06-01", until: "2026-07-01" }, source: "letter", ...products, batches: units, serials: units,
  },
  publications: {
    id: "P-1", names: "type", published: "2026-01-01", until: "2027-01-01", source: "https://regulator.example/", ...products,
    batches: units, serials: units,
  },
  policy: {
    format: 2, version: 3,
    operations: Object.fromEntries(["offer", "sale", "dispatch", "goods-in", "return", "stock-check"].map((o) => [o, stages])),
    clock_ahead_max_s: 1000, on_check_failure: "withhold", on_log_failure: "withhold", dsp_ended: "notice", batch_unknown: "hold",
    dsp_notice_days: 90, link_test_max_age_days: 90, label_check_max_age_days: 30, scope_review_grace_days: 14, retention_years: 10,
    pass_kinds: ["coupon", "book"], pass: [{ kind: "loyalty-card", prefix: "264", aim: "]E", min_length: 13, max_length: 13, digits: true }],
    override: { within_s: 900, authorities: [{ name: "duty-manager", rows: ["7", "25"], operations: ["sale", "dispatch"] }],
      reasons: [{ code: "head-office-agreed", words: "Head office has agreed." }] },
    cases: { release: "quality" }, unknown_products: { mode: "observe", until: "2027-01-31" },
    staff: { pin_digits_min: 6, tries: 5, lock_s: 60 }, bracketed_text: "read",
  },
};

whole.import_mapping = {
  format: 1, kind: "scope_notes", separator: ";", list_separator: "line", encoding: "windows-1252", dates: "day-first", repair_gtins: true,
  skip_in_store: false, skip_without_gtin: true, columns: { id: "Nr.", gtins: "EAN" }, fixed: { reviewer: "ann" }, words: { decision: { nein: "out", "": "in" } },
};

// ---- what somebody wrote down: [expected, words, change]; a member that is undefined is left out ----

const good = true, bad = false;
const intended = { given: undefined, deemed: undefined, effective: undefined, revoked: undefined, appeal: undefined, suspended: undefined };
const written = {
  products: [
    [good, "only what is required", (r) => ({ gtin: r.gtin, name: r.name })],
    [good, "eight digits", () => ({ gtin: checkDigit("9521234"), name: "x" })],
    [good, "fourteen digits with an indicator", () => ({ gtin: checkDigit("1952000000123"), name: "x" })],
    [bad, "a number for use in shops", () => ({ gtin: checkDigit("200000000012"), name: "x" })],
    [bad, "the same, of twelve digits", () => ({ gtin: checkDigit("20000000012"), name: "x" })],
    [bad, "the same, of eight", () => ({ gtin: checkDigit("2000012"), name: "x" })],
    [bad, "the same, filled up to fourteen", () => ({ gtin: "0" + checkDigit("200000000012"), name: "x" })],
    [bad, "eight of them, filled up", () => ({ gtin: "00000" + checkDigit("2000012"), name: "x" })],
    [bad, "a mark that turns the direction of text", () => ({ name: "a\u202eb" })],
    [bad, "a control character", () => ({ name: "a\u0085b" })],
    [good, "letters of other scripts", () => ({ name: "Zürich 東京" })],
    [bad, "a brick in words", () => ({ brick: "toasters" })],
    [bad, "a hundred and one publications", (r) => ({ dsp_published: Array(101).fill(r.dsp_published[0]) })],
  ],
  socs: [
    [good, "only what is required", (r) => ({ ...Object.fromEntries(Object.keys(r).map((k) => [k, undefined])), status: "current" })],
    [good, "all batches", () => ({ batches: "all" })],
    [bad, "some batches", () => ({ batches: "some" })],
    [bad, "a successor of what is current", () => ({ status: "current" })],
    [bad, "a file of a document that is none", (r) => ({ document: { ...r.document, kind: "none" } })],
    [bad, "a file that leads out of documents", (r) => ({ document: { ...r.document, file: "documents/../policy.json" } })],
    [bad, "a hidden file", (r) => ({ document: { ...r.document, file: "documents/.x.pdf" } })],
    [bad, "a program", (r) => ({ document: { ...r.document, file: "documents/x.exe" } })],
    [good, "eight folders", (r) => ({ document: { ...r.document, file: "documents/" + "a/".repeat(8) + "x.jpeg" } })],
    [bad, "nine folders", (r) => ({ document: { ...r.document, file: "documents/" + "a/".repeat(9) + "x.pdf" } })],
    [bad, "a link of another kind", (r) => ({ document: { ...r.document, link: "ftp://lumen.example/" } })],
    [bad, "a link with a blank", (r) => ({ document: { ...r.document, link: "https://lumen.example/a b" } })],
    [bad, "a link without a host", (r) => ({ document: { ...r.document, link: "https:///a" } })],
    [bad, "a hash in upper case", (r) => ({ document: { ...r.document, sha256: hash.toUpperCase() } })],
    [bad, "a batch with a blank", () => ({ batches: { list: ["A 1"] } })],
    [bad, "a hard defect accepted", (r) => ({ accepted_doubts: [{ ...r.accepted_doubts[0], code: "D04" }] })],
    [bad, "approved by one", (r) => ({ source: { ...r.source, approved: r.source.approved.slice(0, 1) } })],
  ],
  labels: [[bad, "level five", () => ({ level: 5 })], [bad, "a level in words", () => ({ level: "1" })]],
  scope_notes: [
    [good, "out", () => ({ decision: "out", exception_paragraph: undefined })],
    [bad, "out, with a paragraph", () => ({ decision: "out" })],
    [bad, "in, without a limb", () => ({ decision: "in", exception_paragraph: undefined, limb: undefined })],
    [good, "in", () => ({ decision: "in", exception_paragraph: undefined })],
    [bad, "excepted, nowhere", () => ({ destinations: [] })],
    [bad, "paragraph 1 in Great Britain", () => ({ exception_paragraph: 1 })],
    [good, "paragraph 1 in Northern Ireland", () => ({ exception_paragraph: 1, destinations: ["ni"] })],
    [bad, "paragraph 7 in Northern Ireland", () => ({ exception_paragraph: 7, destinations: ["ni"] })],
    [good, "paragraph 7 in Great Britain", () => ({ exception_paragraph: 7, destinations: ["gb"] })],
    [bad, "a member of class notes", () => ({ categories: ["toys"] })],
  ],
  class_notes: [
    [bad, "a brick of seven digits", () => ({ bricks: ["1000109"] })],
    [bad, "a prefix of two digits", () => ({ gtin_prefixes: ["95"] })],
    [good, "a prefix of twelve", () => ({ gtin_prefixes: ["952123456789"] })],
    [bad, "a prefix of thirteen", () => ({ gtin_prefixes: ["9521234567890"] })],
    [bad, "in-store numbers that are GTINs", () => ({ in_store: [{ from: "5000000000000", to: "5099999999999" }] })],
    [good, "in-store numbers of eight digits", () => ({ in_store: [{ from: "20000000", to: "29999999" }] })],
    [good, "in-store numbers of twelve", () => ({ in_store: [{ from: "400000000000", to: "499999999999" }] })],
    [bad, "in-store numbers of fourteen", () => ({ in_store: [{ from: "02000000000000", to: "02099999999999" }] })],
  ],
  packs: [[bad, "empty", () => ({ count: 0 })], [good, "a million", () => ({ count: 1000000 })]],
  bundles: [
    [bad, "of nothing", () => ({ components: [] })],
    [good, "of sixty-four", () => ({ components: Array(64).fill(gtin(5)) })],
    [bad, "of sixty-five", () => ({ components: Array(65).fill(gtin(5)) })],
  ],
  roles: [
    [bad, "of no product", () => ({ gtins: [], brands: undefined, manufacturers: [], types: undefined })],
    [good, "of a brand", () => ({ gtins: undefined, manufacturers: undefined, types: undefined })],
  ],
  failures: [
    [bad, "neither informed nor believed", () => ({ informed: undefined, believed: undefined })],
    [bad, "ended without a reason", () => ({ reason: undefined })],
    [bad, "ended with an empty reason", () => ({ reason: "" })],
    [good, "open", () => ({ ended: undefined, reason: undefined })],
  ],
  notices: [
    [good, "of intent", () => ({ ...intended })],
    [bad, "of intent, without an end", () => ({ ...intended, intent_expires: undefined })],
    [bad, "effective, not given", () => ({ ...intended, effective: "2026-03-01" })],
    [bad, "treated as given, not given", () => ({ ...intended, deemed: "2026-03-01" })],
    [bad, "compliance without a duty", () => ({ duty: undefined })],
    [good, "a stop notice without a duty", () => ({ kind: "stop", duty: undefined })],
    [bad, "an appeal decided, and pending", (r) => ({ appeal: { ...r.appeal, result: "pending" } })],
    [bad, "an appeal dismissed, on no day", (r) => ({ appeal: { lodged: r.appeal.lodged, result: "dismissed" } })],
    [good, "an appeal pending", (r) => ({ appeal: { lodged: r.appeal.lodged }, suspended: undefined })],
    [bad, "suspended while an appeal is pending", (r) => ({ appeal: { lodged: r.appeal.lodged } })],
    [bad, "suspended without an appeal", () => ({ appeal: undefined })],
    [bad, "suspended after an appeal that was allowed", (r) => ({ appeal: { ...r.appeal, result: "allowed" } })],
    [good, "suspended until further notice", (r) => ({ suspended: { from: r.suspended.from } })],
    [bad, "suspended since nobody knows when", (r) => ({ suspended: { until: r.suspended.until } })],
  ],
  publications: [
    [bad, "about a brand, and batches", () => ({ names: "brand" })],
    [good, "about a brand", () => ({ names: "brand", batches: undefined, serials: [] })],
    [bad, "about a brand, for ever", () => ({ names: "brand", batches: undefined, serials: undefined, until: undefined })],
  ],
  import_mapping: [
    [good, "only what is required", (r) => ({ ...Object.fromEntries(Object.keys(r).map((k) => [k, undefined])), format: 1, kind: "packs" })],
    [bad, "a kind that is no spreadsheet", () => ({ kind: "notices", columns: {}, fixed: {}, words: {} })],
    [bad, "a member of another kind", () => ({ columns: { id: "Nr.", components: "EAN" } })],
    [bad, "a member of another kind, fixed", () => ({ fixed: { components: "x" } })],
    [bad, "a member of another kind, its words", () => ({ words: { components: { x: "y" } } })],
    [good, "a tab", () => ({ separator: "tab", list_separator: "," })],
    [bad, "lines between columns", () => ({ separator: "line" })],
    [bad, "a quote", () => ({ separator: '"' })],
    [good, "a member inside of another", () => ({ kind: "socs", columns: { "document.kind": "Art" }, fixed: {}, words: {} })],
  ],
  policy: [
    [good, "only what is required", () => ({ on_check_failure: undefined, on_log_failure: undefined, scope_review_grace_days: undefined, retention_years: undefined, pass_kinds: undefined, pass: undefined, override: undefined, cases: undefined, unknown_products: undefined, staff: undefined, bracketed_text: undefined })],
    [good, "of format 1", () => ({ format: 1, override: undefined, cases: undefined, unknown_products: undefined, staff: undefined, bracketed_text: undefined })],
    [bad, "of format 1 with a member of format 2", () => ({ format: 1, override: undefined, cases: undefined, unknown_products: undefined, bracketed_text: undefined })],
    [bad, "of format 1 that says what brackets are worth", () => ({ format: 1, override: undefined, cases: undefined, unknown_products: undefined, staff: undefined })],
    [bad, "of a later format", () => ({ format: 3 })],
    [bad, "a row that may never be overridden", (r) => ({ override: { ...r.override, authorities: [{ ...r.override.authorities[0], rows: ["16"] }] } })],
    [bad, "an authority for nothing", (r) => ({ override: { ...r.override, authorities: [{ ...r.override.authorities[0], rows: [] }] } })],
    [bad, "an authority with a built-in name", (r) => ({ override: { ...r.override, authorities: [{ ...r.override.authorities[0], name: "supervisor" }] } })],
    [bad, "no authorities", (r) => ({ override: { ...r.override, authorities: [] } })],
    [bad, "no reasons", (r) => ({ override: { ...r.override, reasons: [] } })],
    [bad, "a reason that turns the direction of text", (r) => ({ override: { ...r.override, reasons: [{ code: "a", words: "a\u202eb" }] } })],
    [bad, "an override after two hours", (r) => ({ override: { ...r.override, within_s: 7200 } })],
    [bad, "unknown products watched without an end", () => ({ unknown_products: { mode: "observe" } })],
    [good, "unknown products withheld", () => ({ unknown_products: { mode: "enforce" } })],
    [bad, "unknown products withheld until a day", () => ({ unknown_products: { mode: "enforce", until: "2027-01-31" } })],
    [bad, "PINs of three digits", () => ({ staff: { pin_digits_min: 3 } })],
    [bad, "an operation is forgotten", (r) => ({ operations: { ...r.operations, sale: undefined } })],
    [bad, "a rule that passes everything", () => ({ pass: [{ kind: "card" }] })],
    [bad, "a rule with a built-in word", () => ({ pass: [{ kind: "coupon", prefix: "9" }] })],
    [bad, "EAN/UPC without a prefix", () => ({ pass: [{ kind: "card", aim: "]E" }] })],
    [bad, "digits with letters", () => ({ pass: [{ kind: "card", prefix: "A", digits: true }] })],
    [bad, "a kind twice", () => ({ pass_kinds: ["book", "book"] })],
    [bad, "too many rules", (r) => ({ pass: Array(65).fill(r.pass[0]) })],
    [bad, "kept for nine years", () => ({ retention_years: 9 })],
  ],
};

// ---- bent by rule ----

const copy = (value) => JSON.parse(JSON.stringify(value));
function* places(value, trail = []) {
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    yield [...trail, key];
    yield* places(value[key], [...trail, key]);
  }
}
function schemaAt(kind, trail) {
  const root = schemas[kind].schema;
  const step = (s) => (s && s.$ref ? { ...root.$defs[s.$ref.split("/").pop()], ...s, $ref: undefined } : s);
  let s = root;
  for (const key of trail) {
    s = step(s);
    if (s && s.oneOf) s = s.oneOf.find((one) => one.type === "object");
    s = s && (/^\d+$/.test(key) ? s.items : s.properties && s.properties[key]);
  }
  return step(s) || {};
}
function bent(kind, record, trail, value) {
  const one = copy(record);
  let spot = one;
  for (const key of trail.slice(0, -1)) spot = spot[key];
  const last = trail[trail.length - 1];
  if (value === undefined) Array.isArray(spot) ? spot.splice(Number(last), 1) : delete spot[last];
  else spot[last] = value;
  return one;
}
/* Where each has to have a name of its own: the same twice is another error. */
function numbered(trail, one, i) {
  if (trail[0] !== "override") return one;
  return one.name !== undefined ? { ...one, name: "m-" + i } : { ...one, code: "r-" + i };
}
function* byRule(kind, record) {
  yield ["unknown member", bent(kind, record, ["nobody_knows"], 1)];
  for (const trail of places(record)) {
    if (trail[0] === "operations" && trail.length > 1 && trail[1] !== "sale") continue; // all six are read alike
    const name = trail.join(".");
    const s = schemaAt(kind, trail);
    const now = trail.reduce((v, k) => v[k], record);
    yield [`${name} left out`, bent(kind, record, trail, undefined)];
    for (const other of [7, 1.5, "", "no such word", null, true, [], {}, [7], [{}]])
      yield [`${name} is ${JSON.stringify(other)}`, bent(kind, record, trail, other)];
    if (typeof now === "object" && !Array.isArray(now)) yield [`${name} with an unknown member`, bent(kind, record, [...trail, "nobody_knows"], 1)];
    if (s.maxLength) for (const n of [s.maxLength, s.maxLength + 1]) yield [`${name}: ${n} letters`, bent(kind, record, trail, "a".repeat(n))];
    if (s.maximum) for (const n of [s.minimum, s.minimum - 1, s.maximum, s.maximum + 1]) if (Number.isSafeInteger(n)) yield [`${name}: ${n}`, bent(kind, record, trail, n)];
    if (s.maxItems) for (const n of [s.maxItems, s.maxItems + 1]) if (n < 2000) yield [`${name}: ${n} items`, bent(kind, record, trail, Array.from({ length: n }, (_, i) => numbered(trail, now[0], i)))];
    if (s.format === "date") for (const day of ["2026-02-29", "2028-02-29", "1969-12-31", "2026-1-01", "2026-13-01"]) yield [`${name}: ${day}`, bent(kind, record, trail, day)];
    if (typeof now === "string") yield [`${name} with a control character`, bent(kind, record, trail, now + "\u0001")];
  }
}

// ---- the program ----

function check() {
  const { good: isGood } = schemas[kindAsked];
  fs.readFileSync(file, "utf8").split("\n").forEach((line, i) => {
    if (line === "" || isGood(JSON.parse(line))) return;
    console.log(`${file}:${i + 1}: ${ajv.errorsText(isGood.errors)}`);
    process.exitCode = 1;
  });
}

function make() {
  for (const kind of Object.keys(schemas)) {
    const records = [], verdicts = [];
    const put = (words, record, expected) => {
      // Each has a number of its own, unless the number is what is bent: the same twice is another error.
      const n = records.length + 1, first = whole[kind];
      if (record.id !== undefined && record.id === first.id) record.id = "C-" + n;
      if (record.gtin !== undefined && record.gtin === first.gtin) record.gtin = gtin(1000 + n);
      records.push(JSON.stringify(record));
      verdicts.push(JSON.stringify({ line: n, words, schema: schemas[kind].good(copy(record)), expected }));
    };
    put("whole", copy(whole[kind]), true);
    for (const [expected, words, change] of written[kind]) {
      const changed = { ...copy(whole[kind]), ...change(whole[kind]) };
      if (whole[kind].id !== undefined && changed.id === undefined) changed.id = whole[kind].id;
      put(words, copy(changed), expected);
    }
    for (const [words, record] of byRule(kind, whole[kind])) put(words, record, null);
    fs.writeFileSync(path.join(file, kind + ".jsonl"), records.join("\n") + "\n");
    fs.writeFileSync(path.join(file, kind + ".verdicts.jsonl"), verdicts.join("\n") + "\n");
  }
}

if (verb === "check") check();
else if (verb === "make") make();
else throw new Error("check or make");
