// How tests run: beside the code, a few at a time, with one real control plane for those that ask.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include:
      process.env["DHARMA_LONG_TESTS"] === "1"
        ? ["{src,test,bench}/**/*.long.test.ts"]
        : ["{src,test,bench}/**/*.test.ts"],
    exclude: process.env["DHARMA_LONG_TESTS"] === "1" ? ["node_modules/**"] : ["**/*.long.test.ts", "node_modules/**"],
    globalSetup: ["test/support/global-setup.ts"],
    setupFiles: ["test/support/property-seed.ts"],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
