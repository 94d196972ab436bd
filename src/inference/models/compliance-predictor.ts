// How likely a resource violates a control seven days from now.
import { complianceFeatures, type ComplianceInput, complianceRow } from "../features/compliance-history.ts";
import { tabularFormula } from "../model/formula.ts";
import type { ModelSession, TabularScorer } from "../model/session.ts";
import { tabularScorer } from "../model/tabular.ts";

export type { ComplianceFacts, ComplianceInput, Tally, ViolationSpan } from "../features/compliance-history.ts";

/** Variant `pairs`: one resource under one control; nothing in a row names the control, so that it may be a new one. */
export function createCompliancePredictor(session: ModelSession): TabularScorer<ComplianceInput> {
  return tabularScorer(session, complianceFeatures, complianceRow);
}

/** Persistence: what is violated stays so, and nothing else will be. */
export function complianceBaseline(): TabularScorer<ComplianceInput> {
  return tabularFormula({
    name: "CompliancePredictor/persistence",
    features: complianceFeatures,
    rowOf: complianceRow,
    reference: complianceRow(ordinary),
    probability: ([violated = 0]) => violated,
  });
}

const DAY = 86_400_000;
const nobody = { judged: 0, violated: 0 };
/** A resource of 90 days that never violated the control, in a namespace with a violation in fifty pairs. */
const ordinary: ComplianceInput = {
  now: 100 * DAY,
  facts: {
    createTime: 10 * DAY,
    severity: "Medium",
    violations: [],
    changeTimes: [93 * DAY],
    siblings: { judged: 5, violated: 0 },
    resource: { judged: 8, violated: 0 },
    peers: { judged: 5, violated: 0 },
    fleet: { judged: 50, violated: 2 },
    copies: nobody,
    mended: 3,
    begun: 3,
    stoodDays: 60,
    pairs: 150,
    familyMended: 0,
  },
};
