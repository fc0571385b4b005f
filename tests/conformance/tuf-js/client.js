// SPDX-License-Identifier: Apache-2.0
//
// client.js URL FOLDER ROOT [TARGET...] - tuf-js as a client of a repository: refresh, then fetch each target; its cache is in FOLDER.
// Prints a line of JSON for each target; exit 1 and the error's name if anything is refused.
"use strict";
const fs = require("fs");
const path = require("path");
const { Updater } = require(require.resolve("tuf-js", { paths: [process.env.TUF_JS] }));

const [url, folder, root, ...names] = process.argv.slice(2);
const metadataDir = path.join(folder, "metadata");
const targetDir = path.join(folder, "targets");
for (const dir of [metadataDir, targetDir]) fs.mkdirSync(dir, { recursive: true });
if (!fs.existsSync(path.join(metadataDir, "root.json"))) fs.copyFileSync(root, path.join(metadataDir, "root.json"));

async function main() {
  const updater = new Updater({
    metadataDir,
    metadataBaseUrl: url + "metadata",
    targetDir,
    targetBaseUrl: url + "targets",
    config: { fetchRetries: 0 },
  });
  await updater.refresh();
  for (const name of names) {
    const info = await updater.getTargetInfo(name);
    if (!info) throw new Error("no target " + name);
    const file = (await updater.findCachedTarget(info)) || (await updater.downloadTarget(info));
    console.log(JSON.stringify({ name, file, length: info.length }));
  }
}

main().catch((error) => {
  console.error(error.name + ": " + error.message);
  process.exit(1);
});
