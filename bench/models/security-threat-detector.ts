// SecurityThreatDetector: simulated audit logs, NSL-KDD and ADFA-LD.
import type { ModelBench } from "./bench.ts";
import { measureAudit } from "./security-audit.ts";
import { measureConnections } from "./security-connections.ts";
import { measureSyscalls } from "./security-syscalls.ts";

export const securityThreatDetectorBench: ModelBench = {
  name: "SecurityThreatDetector",
  measure: async (context) => [
    ...(await measureAudit(context)),
    ...(await measureConnections(context)),
    ...(await measureSyscalls(context)),
  ],
};
