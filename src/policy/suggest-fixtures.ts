// Decisions and scores for tests of suggestions.
import { dayMs, type Mined, type MinedDecision, type MinedFinding } from "./suggest-mined.ts";

export const now = Date.parse("2026-11-22T12:00:00Z");
export const urn = "urn:pulumi:s::p::aws:s3/bucket:Bucket::assets";

export const finding = (rule: string, more: Partial<MinedFinding> = {}): MinedFinding => ({
  rule,
  message: `mend ${rule}`,
  resource: urn,
  ...more,
});

/** A decision `days` ago. */
export const decided = (days: number, more: Partial<MinedDecision> = {}): MinedDecision => ({
  namespace: "shop",
  blueprint: "web",
  generation: 1,
  run: `web-${days}`,
  time: now - days * dayMs,
  allow: (more.deny ?? []).length === 0,
  requireApproval: false,
  deny: [],
  warn: [],
  ...more,
});

export const catalog = {
  "aws.s3.versioning": {
    title: "Versioning",
    severity: "Medium" as const,
    types: ["aws:s3/bucket:Bucket"],
    needs: [],
    controls: ["cis-aws-6.0/1", "pci-dss-4.0/2"],
    remediation: "Turn versioning on.",
  },
  "azure.storage.tls": {
    title: "TLS",
    severity: "High" as const,
    types: [],
    needs: [],
    controls: ["pci-dss-4.0/3"],
    remediation: "Use TLS.",
  },
};

export const mined = (more: Partial<Mined> = {}): Mined => ({
  now,
  decisions: [],
  judged: [],
  settings: {},
  exceptions: [],
  catalog,
  ...more,
});

export const denied = (days: number, rule = "aws.s3.versioning", more: Partial<MinedDecision> = {}) =>
  decided(days, { deny: [finding(rule)], ...more });
