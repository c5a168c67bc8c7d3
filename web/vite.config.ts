import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { BUILDS, here } from "./builds.mjs";

const server = "http://127.0.0.1:8080";

/** The mode names what is built (`builds.mjs`); `npm run dev` serves the console against a running Onestop. */
export default defineConfig(({ mode }) => ({
  plugins: [svelte({ configFile: here("svelte.config.js") })],
  resolve: { alias: { "@shared": here("src/shared") } },
  server: { proxy: { "/api": { target: server, ws: true }, "/hooks": server, "/w/": server } },
  test: { include: ["src/**/*.test.ts"], environment: "node" as const },
  ...BUILDS[mode]?.config,
}));
