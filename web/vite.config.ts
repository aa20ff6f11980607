import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` asks a running spider (or `npm run mock`) for everything under /api.
const target = process.env["SPIDER_API"] ?? "http://127.0.0.1:8400";

export default defineConfig({
  base: "./",
  plugins: [react()],
  server: { host: "127.0.0.1", proxy: { "/api": { target, changeOrigin: true } } },
  build: {
    target: "es2022",
    outDir: "dist",
    // The policy is script-src 'self'; style-src 'self': nothing may be inlined into the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: {
    include: ["tests/unit/**/*.test.ts", "tests/unit/**/*.test.tsx"],
    setupFiles: ["tests/unit/setup.ts"],
    testTimeout: 20_000,
  },
});
