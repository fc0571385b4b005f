// SPDX-License-Identifier: Apache-2.0
//
// others.js - the libraries that others wrote: bwip-js says whether a label may be printed and draws it, zxing-wasm reads the picture.
// Both come from LABELS_PACKAGES. Nothing here knows what the gate thinks.
"use strict";
const fs = require("fs");
const at = { paths: [process.env.LABELS_PACKAGES] };
const bwip = require(require.resolve("bwip-js", at));
const zxing = require(require.resolve("zxing-wasm/reader", at));

const quiet = 10, scale = 4, height = 30; // modules, pixels a module, modules of a linear code

/* { symbol }, or { refused: the library's name for the reason }, or { broken: its message } when it fails at what it need not refuse. */
function draw(bcid, text) {
  try {
    return { symbol: bwip.raw({ bcid, text, lintreqs: false })[0] };
  } catch (e) {
    const found = /bwipp\.(\w+)#/.exec(String(e.message || e));
    return found ? { refused: found[1] } : { broken: String(e.message || e) };
  }
}

function modules(symbol) {
  if (symbol.pixs) return { width: symbol.pixx, height: symbol.pixy, dark: (x, y) => symbol.pixs[y * symbol.pixx + x] };
  const bars = [];
  symbol.sbs.forEach((count, i) => { for (let k = 0; k < count; k++) bars.push(i % 2 === 0); });
  return { width: bars.length, height, dark: (x) => bars[x] };
}

function picture(symbol) {
  const m = modules(symbol), width = (m.width + 2 * quiet) * scale, tall = (m.height + 2 * quiet) * scale;
  const data = new Uint8ClampedArray(width * tall * 4).fill(255);
  for (let y = 0; y < m.height * scale; y++)
    for (let x = 0; x < m.width * scale; x++) {
      if (!m.dark(Math.floor(x / scale), Math.floor(y / scale))) continue;
      data.fill(0, ((y + quiet * scale) * width + x + quiet * scale) * 4, ((y + quiet * scale) * width + x + quiet * scale) * 4 + 3);
    }
  return { data, width, height: tall };
}

let ready;
/* { aim, data: Buffer } as a scanner would send it; undefined if it could not be read. */
async function read(symbol) {
  if (!ready) {
    ready = zxing.prepareZXingModule({
      overrides: { wasmBinary: fs.readFileSync(require.resolve("zxing-wasm/reader/zxing_reader.wasm", at)) }, fireImmediately: true,
    });
    await ready;
  }
  const found = await zxing.readBarcodes(picture(symbol), { tryHarder: true, tryRotate: false, tryInvert: false, maxNumberOfSymbols: 1 });
  return found.length === 1 && found[0].isValid ? { aim: found[0].symbologyIdentifier, data: Buffer.from(found[0].bytes) } : undefined;
}

module.exports = { draw, read };
