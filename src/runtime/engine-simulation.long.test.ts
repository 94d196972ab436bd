// The same simulation as engine-simulation.test.ts, in far more interleavings.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("no update is lost and no key is worked on twice at once in 2,000 histories", () => {
  const file = new URL("./engine-simulation.test.ts", import.meta.url).pathname;
  const vitest = new URL("../../node_modules/vitest/vitest.mjs", import.meta.url).pathname;
  const env = { ...process.env, DHARMA_SIM_SEEDS: "2000", DHARMA_LONG_TESTS: "" };
  const run = spawnSync(process.execPath, [vitest, "run", file, "--testTimeout=3600000"], { env, encoding: "utf8" });
  expect(run.stdout + run.stderr).toMatch(/1 passed/);
  expect(run.status).toBe(0);
}, 3_600_000);
