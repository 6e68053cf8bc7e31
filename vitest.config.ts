import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // For a machine at a tenth of the speed of one that takes a minute for the longest test; no test asserts a time.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
