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
export { AuditBroken, AuditFenced, AuditRefused, AuditUnavailable } from "./errors.ts";
export { type AuditLog, type AuditLogOptions, createAuditLog } from "./log.ts";
export { kubeAuditStore } from "./kube-store.ts";
export type { AuditStore } from "./store.ts";
export { BrokenChain, verifyLines, type Verification } from "./verify.ts";
export type { ChainBreak } from "./chain.ts";
export { type AuditKey, checkMac, type Keyring, mac } from "./key.ts";
export {
  type ApprovalCheck,
  type ApprovalClaim,
  type ApprovalFault,
  attestApproval,
  verifyApproval,
} from "./approval.ts";
