// What status.compliance says of a score: bounded, worst first.
import type { BlueprintStatus } from "../../api/index.ts";
import type { Compliance } from "../../policy/index.ts";
import { nameOfUrn } from "../../provision/index.ts";

const maxControls = 32;
const maxResources = 10;

/** The status; undefined where nothing could be judged: no score is not a good one. */
export function complianceStatus(
  compliance: Compliance,
  judged: { readonly bundle: string; readonly basis: string; readonly time: string },
): BlueprintStatus["compliance"] {
  const { scorePercent, passed, failed, excepted, frameworks } = compliance;
  if (scorePercent === undefined) return undefined;
  return {
    scorePercent,
    passed,
    failed: failed.length,
    excepted: excepted.length,
    frameworks: frameworks.slice(0, 32),
    failedControls: failed.slice(0, maxControls).map(({ rule, severity, controls, findings, judged: looked }) => ({
      rule,
      severity,
      controls: controls.slice(0, 64),
      message: (findings[0]?.message ?? "").slice(0, 1024),
      resources: findings.slice(0, maxResources).map(({ resource }) => nameOfUrn(resource).slice(-253)),
      resourceCount: findings.length,
      judged: looked,
    })),
    bundle: judged.bundle,
    basis: judged.basis,
    evaluateTime: judged.time,
  };
}
