// Builds every part into gateway/static/dist, and beside them manifest.json, from which the server learns
// the hashed names: { "portal": { "file": "portal/portal-x1.js", "css": ["portal/portal-x1.css"] }, ... }
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { build } from "vite";
import { BUILDS, dist, here, making } from "./builds.mjs";

/** @param {string} name */
function entryOf(name) {
  const path = `${making}/${name}/manifest.json`;
  if (!existsSync(path)) return { file: `${name}/${name}.mjs`, css: [] };
  /** @type {Record<string, { file: string, isEntry?: boolean, css?: string[] }>} */
  const chunks = JSON.parse(readFileSync(path, "utf8"));
  const entry = Object.values(chunks).find((chunk) => chunk.isEntry);
  if (!entry) throw new Error(`${name}: vite wrote no entry into its manifest`);
  return { file: `${name}/${entry.file}`, css: (entry.css ?? []).map((file) => `${name}/${file}`) };
}

rmSync(making, { recursive: true, force: true });
/** @type {Record<string, { file: string, css: string[] }>} */
const manifest = {};
for (const [name, { source }] of Object.entries(BUILDS)) {
  if (!existsSync(here(source))) continue;
  await build({ mode: name, configFile: here("vite.config.ts"), logLevel: "warn" });
  manifest[name] = entryOf(name);
}
writeFileSync(`${making}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
rmSync(dist, { recursive: true, force: true });
renameSync(making, dist);
