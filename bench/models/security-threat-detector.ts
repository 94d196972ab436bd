// SecurityThreatDetector: simulated audit logs, NSL-KDD and ADFA-LD.
import type { ModelBench } from "./bench.ts";
import { measureAudit } from "./security-audit.ts";
import { measureConnections } from "./security-connections.ts";
import { measureSyscalls } from "./security-syscalls.ts";

export const securityThreatDetectorBench: ModelBench = {
  name: "SecurityThreatDetector",
  measure: async (context) => [
    ...(await context.apart("audit logs", () => measureAudit(context))),
    ...(await context.apart("nsl-kdd", () => measureConnections(context))),
    ...(await context.apart("adfa-ld", () => measureSyscalls(context))),
  ],
};
