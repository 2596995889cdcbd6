/** The widget: one script that other people's pages load, its styles inside. */
import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  publicDir: false,
  build: {
    target: "es2022",
    emptyOutDir: false,
    lib: {
      entry: "src/widget/main.tsx",
      formats: ["iife"],
      name: "FrontdeskWidget",
      fileName: () => "widget.js",
    },
  },
});
