import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auc } from "../../../bench/models/metrics/auc.ts";
import {
  complianceBaseline,
  type ComplianceFacts,
  type ComplianceInput,
  createCompliancePredictor,
  openModel,
  type OpenModel,
  readModelFolder,
} from "../index.ts";

const DAY = 86_400_000;
const now = Date.UTC(2026, 4, 13, 9);
const { signal } = new AbortController();
let session: OpenModel;

beforeAll(async () => {
  const folder = join(import.meta.dirname, "..", "..", "..", "models", "CompliancePredictor", "pairs");
  session = await openModel(await readModelFolder(folder, signal));
});
afterAll(() => session.close());

const severities = ["Low", "Medium", "High", "Critical"] as const;

function facts(random: () => number, violated: boolean): ComplianceFacts {
  const tally = () => {
    const judged = Math.floor(20 * random());
    return { judged, violated: Math.floor(judged * random()) };
  };
  const past = random() < 0.5 ? [{ from: now - 40 * DAY, to: now - 30 * random() * DAY - DAY }] : [];
  return {
    createTime: now - 80 * DAY,
    severity: severities[Math.floor(4 * random())] ?? "Low",
    violations: violated ? [...past, { from: now - random() * DAY }] : past,
    changeTimes: Array.from({ length: 10 }, () => now - 60 * random() * DAY),
    siblings: tally(),
    resource: tally(),
    peers: tally(),
    fleet: tally(),
    copies: tally(),
    mended: Math.floor(20 * random()),
    begun: Math.floor(20 * random()),
    stoodDays: 300 * random(),
    pairs: 200,
    familyMended: Math.floor(3 * random()),
  };
}

const chances = async (inputs: readonly ComplianceInput[]): Promise<readonly number[]> =>
  (await createCompliancePredictor(session).score(inputs, { signal })).map(({ probability }) => probability);

describe("the compliance predictor", () => {
  test("knows nothing of what comes after the moment it judges", () => {
    const random = seeded(1);
    const { rowOf } = createCompliancePredictor(session);
    for (let round = 0; round < 40; round++) {
      const known = facts(random, round % 2 === 0);
      const open = known.violations.at(-1);
      const future = {
        ...known,
        changeTimes: [...known.changeTimes, now + 1, now + DAY],
        violations: [
          ...known.violations.map((span) => (span === open && span.to === undefined ? { ...span, to: now + 1 } : span)),
          { from: now + 2 * DAY },
        ],
      };
      expect(rowOf({ facts: future, now })).toEqual(rowOf({ facts: known, now }));
    }
  });

  test.each(["siblings", "resource", "peers", "fleet", "copies"] as const)(
    "never says less where more of %s is violated",
    async (what) => {
      const random = seeded(2);
      // Siblings count twice, as a share and as a number; only the share is held to a direction, so only it may move here.
      const known = Array.from({ length: 200 }, (_, index) => facts(random, index % 2 === 0));
      const worse = known.map((one) => {
        const { judged, violated } = one[what];
        return { ...one, [what]: what === "siblings" ? { judged: violated, violated } : { judged, violated: judged } };
      });
      const less = await chances(known.map((one) => ({ facts: one, now })));
      const more = await chances(worse.map((one) => ({ facts: one, now })));
      for (const [index, chance] of more.entries()) expect(chance).toBeGreaterThanOrEqual((less[index] ?? 1) - 1e-7);
    },
  );

  test("does not care about the order of times", () => {
    const { rowOf } = createCompliancePredictor(session);
    const known = facts(seeded(3), true);
    const turned = {
      ...known,
      changeTimes: known.changeTimes.toReversed(),
      violations: known.violations.toReversed(),
    };
    expect(rowOf({ facts: turned, now })).toEqual(rowOf({ facts: known, now }));
  });

  test("gives a row the same chance, bit for bit, alone and among others", async () => {
    const random = seeded(4);
    const model = createCompliancePredictor(session);
    const rows = Array.from({ length: 64 }, (_, index) => model.rowOf({ facts: facts(random, index % 3 === 0), now }));
    const together = await model.scoreRows(rows, { signal });
    const alone = await Promise.all(rows.map(async (row) => (await model.scoreRows([row], { signal }))[0]));
    expect(alone).toEqual(together);
  });

  test("tells what is violated from what is not, says little for the reference, and is at chance against dice", async () => {
    const random = seeded(5);
    const model = createCompliancePredictor(session);
    const truth = Array.from({ length: 400 }, (_, index) => index % 2 === 0);
    const given = await chances(truth.map((violated) => ({ facts: facts(random, violated), now })));
    expect(auc(given, truth)).toBeGreaterThan(0.8);
    expect(
      Math.abs(
        auc(
          given,
          truth.map(() => random() < 0.5),
        ) - 0.5,
      ),
    ).toBeLessThan(0.1);
    expect((await model.scoreRows([model.reference], { signal }))[0]).toBeLessThan(0.05);
  });
});

test("the baseline expects what is, and nothing else", async () => {
  const random = seeded(6);
  const states = [true, false, true, false];
  const given = await complianceBaseline().score(
    states.map((violated) => ({ facts: facts(random, violated), now })),
    { signal },
  );
  expect(given.map(({ probability }) => probability)).toEqual([1, 0, 1, 0]);
});

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
