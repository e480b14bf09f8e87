import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { record } from "./build.ts";

// The names of built files are stable: git then shows what changed, and the gateway's entity tags tell browsers.
export default defineConfig({
  base: "/desk/",
  plugins: [react(), record()],
  build: {
    chunkSizeWarningLimit: 700,
    outDir: "../services/gateway/adapters/http/desk_files",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ["chrome123", "firefox121", "safari17.5"],
    rollupOptions: {
      output: {
        entryFileNames: "assets/[name].js",
        // A page's chunk bears the name of its folder: they are all called page.tsx.
        chunkFileNames: ({ name, facadeModuleId }) =>
          `assets/${name === "page" ? (facadeModuleId?.split("/").at(-2) ?? name) : name}.js`,
        assetFileNames: "assets/[name][extname]",
        codeSplitting: {
          groups: [
            { name: "charts", test: /node_modules\/(@visx|d3-|internmap)/ },
            { name: "vendor", test: /node_modules/ },
          ],
        },
      },
    },
  },
  server: { proxy: { "/v1": process.env.RECOUP_GATEWAY ?? "http://127.0.0.1:8000" } },
  test: { environment: "happy-dom", include: ["test/**/*.test.{ts,tsx}"] },
});
