// How likely something of a Blueprint is changed behind the operator's back within the next 24 hours.
import { type DriftInput, driftFeatures, driftRow } from "../features/drift-history.ts";
import { tabularFormula } from "../model/formula.ts";
import type { ModelSession, TabularScorer } from "../model/session.ts";
import { tabularScorer } from "../model/tabular.ts";

export type { DriftFacts, DriftInput } from "../features/drift-history.ts";

/** Variant `changes`. A further find never lowers the probability. Never checked is no data: don't ask then. */
export function createDriftPredictor(session: ModelSession): TabularScorer<DriftInput> {
  return tabularScorer(session, driftFeatures, driftRow);
}

/**
 * The 30-day change count: 1 - e^(-n / d), with n finds in the last 30 days, d days of them in which they were looked for
 * (1 at least): the chance of one within a day where they come at a constant rate. Same formula as src/signals/change-count.ts.
 */
export function driftBaseline(): TabularScorer<DriftInput> {
  return tabularFormula({
    name: "DriftPredictor/change-count",
    features: driftFeatures,
    rowOf: driftRow,
    reference: driftRow(ordinary),
    probability: (values) => 1 - Math.exp(-(values[rateColumn] ?? 0)),
  });
}

const rateColumn = driftFeatures.indexOf("found_per_day_30d");

const DAY = 86_400_000;
/** Watched for 90 days without a find, changed a week ago, healed: a Wednesday. */
const ordinary: DriftInput = {
  now: 100 * 7 * DAY - DAY,
  facts: {
    firstCheckTime: 100 * 7 * DAY - 91 * DAY,
    lastCheckTime: 100 * 7 * DAY - DAY,
    driftTimes: [],
    changeTimes: [99 * 7 * DAY - DAY],
    resources: 12,
    writers: 1,
    healing: "Heal",
    neighbourDrifts: 0,
    neighbours: 5,
  },
};
