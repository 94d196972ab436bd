// `node compliance-rows.ts OUT SEED...`: histories judged by the policy engine, as rows of the operator's own features. For each seed
// OUT/SEED.f32 (little-endian float32, no header) and OUT/SEED.labels (a byte a row). Unseen controls are left out, as if
// they did not exist.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { complianceBaseline } from "../../src/inference/index.ts";
import { historyOf, openJudge } from "./compliance-histories.ts";
import { isUnseen, momentsOf } from "./compliance-moments.ts";

const [out, ...seeds] = process.argv.slice(2);
if (out === undefined || seeds.length === 0) throw new Error("compliance-rows.ts OUT SEED...");
const signal = AbortSignal.timeout(3_600_000);
const judge = await openJudge(join(import.meta.dirname, "..", ".."), signal);
const { rowOf } = complianceBaseline();
try {
  for (const seed of seeds.map(Number)) {
    const days = 120;
    // oxlint-disable-next-line no-await-in-loop -- one engine thread
    const history = await historyOf(judge, { seed, teams: 25, days }, signal);
    const pairs = history.pairs.filter(({ control }) => !isUnseen(control));
    const moments = momentsOf({ ...history, pairs }, judge.catalog, { seed, days, share: 0.5 });
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await Promise.all([
      writeFile(join(out, `${seed}.f32`), Buffer.concat(moments.map(({ input }) => Buffer.from(rowOf(input).buffer)))),
      writeFile(
        join(out, `${seed}.labels`),
        Uint8Array.from(moments, ({ later }) => (later ? 1 : 0)),
      ),
    ]);
    process.stderr.write(`  ${history.evaluations} evaluations by the policy engine, ${moments.length} rows\n`);
  }
} finally {
  await judge.host.close();
}
