// Audit: what was decided or done, by whom and why, in a chain that shows any later change.
export type {
  Audit,
  AuditEntry,
  AuditReceipt,
  AuditRecord,
  AuditResult,
  DecisionDigest,
  ObjectReference,
} from "./record.ts";
