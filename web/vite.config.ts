/** The pages: `/` (the sample company's site with the widget) and `/console`. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // What a page needs is a file of its own: the pages allow no inline script, style or font.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { site: "index.html", console: "console/index.html" } },
  },
  test: { include: ["test/**/*.test.{ts,tsx}"] },
});
