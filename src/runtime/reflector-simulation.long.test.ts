// The reflector and its store under many more seeds than reflector-simulation.test.ts has time for.
import { test } from "vitest";

import { simulateSeeds } from "../../test/support/cache-simulation.ts";

test(
  "whatever is written, lost, compacted or restarted: at rest the store is the server, and every subscriber was told so",
  { timeout: 1_800_000 },
  async () => {
    await simulateSeeds(1_000, 8_000);
  },
);
