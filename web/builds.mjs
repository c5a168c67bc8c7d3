// What is built from which source. `build.mjs` builds each whose source is there; `vite.config.ts` reads how.
import { fileURLToPath } from "node:url";

/** @param {string} path */
export const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const dist = here("../gateway/static/dist");
/** Built here first: a build that fails leaves the pages of before in `dist`. */
export const making = here("../gateway/static/.making");

/**
 * A page of its own (`index.html` in `src/<room>`), served under `base`.
 * @param {string} room @param {string} base
 */
const page = (room, base) => ({
  source: `src/${room}/index.html`,
  config: {
    root: here(`src/${room}`),
    base,
    build: { outDir: `${making}/${room}`, emptyOutDir: true, manifest: "manifest.json" },
  },
});

/**
 * One script without imports, that any page can load with a single tag.
 * @param {string} room @param {string} entry
 */
const script = (room, entry) => ({
  source: entry,
  config: {
    build: {
      outDir: `${making}/${room}`,
      emptyOutDir: true,
      manifest: "manifest.json",
      rolldownOptions: {
        input: here(entry),
        output: { format: /** @type {const} */ ("iife"), entryFileNames: `${room}-[hash].js`, assetFileNames: `${room}-[hash][extname]` },
      },
    },
  },
});

/**
 * An ES module that needs no browser: the tests of the server run it under Node.js.
 * @param {string} name @param {string} entry
 */
const library = (name, entry) => ({
  source: entry,
  config: {
    build: {
      outDir: `${making}/${name}`,
      emptyOutDir: true,
      minify: false,
      lib: { entry: here(entry), formats: [/** @type {const} */ ("es")], fileName: () => `${name}.mjs` },
    },
  },
});

/** @type {Record<string, { source: string, config: import("vite").UserConfig }>} */
export const BUILDS = {
  console: page("console", "/console/"),
  frame: page("frame", "/w/static/"),
  widget: script("widget", "src/widget/loader.ts"),
  portal: script("portal", "src/portal/main.ts"),
  reducer: library("reducer", "src/shared/reducer.ts"),
  board: library("board", "src/shared/board.ts"),
};
