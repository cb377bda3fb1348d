// Builds the pages, and the web component as one module, into the folder that the gateway serves.
import { defineConfig, type Plugin } from "vitest/config";

/** Other people's pages import the component: its name stays. */
const COMPONENT = "attunement-overlay.js";

/** The overlay page takes the component as everybody else does, instead of a copy of its own. */
const componentApart: Plugin = {
  name: "component-apart",
  apply: "build",
  enforce: "pre",
  resolveId: (id) => (id === "../element" ? { id: `../${COMPONENT}`, external: true } : null),
};

const pages = { overlay: "overlay.html", capture: "capture.html" };
const component = { component: "src/element.ts" };

export default defineConfig(({ mode }) => ({
  assetsInclude: ["**/*.msgpack"], // golden messages, for the tests
  plugins: mode === "component" ? [] : [componentApart],
  build: {
    outDir: "../gateway/attunement/gateway/static",
    emptyOutDir: mode !== "component",
    target: "es2022",
    assetsInlineLimit: 0, // the pages' policy allows no data: addresses
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: mode === "component" ? component : pages,
      preserveEntrySignatures: "strict",
      output: {
        entryFileNames: mode === "component" ? COMPONENT : "assets/[name]-[hash].js",
      },
    },
  },
  experimental: {
    // Pages are served at /overlay and /capture, the rest under /static/, perhaps behind a prefix.
    renderBuiltUrl: (file, { hostType }) =>
      hostType === "html" ? `static/${file}` : { relative: true },
  },
  test: { include: ["tests/**/*.test.ts"] },
}));
