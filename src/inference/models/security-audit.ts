// SecurityThreatDetector, variant `audit`: is an actor of the Kubernetes API an attacker right now.
import { auditFeatures, type AuditInput, auditRow } from "../features/security-audit.ts";
import { tabularFormula } from "../model/formula.ts";
import type { ModelSession, TabularScorer } from "../model/session.ts";
import { tabularScorer } from "../model/tabular.ts";

/** The probability that an attack is among what the actor did in the last ten minutes. */
export function createThreatDetector(session: ModelSession): TabularScorer<AuditInput> {
  return tabularScorer(session, auditFeatures, auditRow);
}

const counted = [
  "secret_reads",
  "rbac_writes",
  "execs",
  "token_requests",
  "impersonations",
  "webhook_writes",
  "deletes",
];
const columns = auditFeatures.flatMap((name, index) => (counted.includes(name) ? [index] : []));

/** A rule: the more calls attackers are fond of, the likelier, whoever makes them. */
export function threatBaseline(): TabularScorer<AuditInput> {
  return tabularFormula({
    name: "SecurityThreatDetector/sensitive-calls",
    features: auditFeatures,
    reference: auditRow({ service: true, events: [], now: 0 }),
    rowOf: auditRow,
    probability: (row) => 1 - Math.exp(-columns.reduce((sum, column) => sum + (row[column] ?? 0), 0) / 20),
  });
}
