// What a state means, as one hash: equal for states that differ only in serials, times, places in source and ciphertext.
import { createHash, createHmac } from "node:crypto";
import canonicalize from "canonicalize";
import { isObject, secretSignature, signatureKey } from "./deployment.ts";
import type { VersionedDeployment } from "./deployment.ts";

/** How secrets are compared without being shown. */
export interface SecretView {
  /** Opens the base64 ciphertext of a secret of this stack; throws where it can't. */
  decrypt(ciphertext: string): string;
  /** HMAC key; only digests made with one key can be compared. */
  readonly key: Uint8Array;
}

const volatileFields = new Set(["created", "modified", "sourcePosition", "stackTrace"]);

/** `sha256:HEX` over canonical JSON (RFC 8785) of resources, sorted, and of pending operations. */
export function stateDigest(state: VersionedDeployment, secrets: SecretView): string {
  const deployment = state.deployment ?? {};
  const meaning = {
    resources: (deployment.resources ?? [])
      .map((resource) => semantic(resource, secrets, "resource"))
      .toSorted(byMeaning),
    pendingOperations: (deployment.pending_operations ?? []).map((operation) => ({
      type: operation.type,
      resource: semantic(operation.resource, secrets, "resource"),
    })),
  };
  return `sha256:${createHash("sha256")
    .update(canonicalize(meaning) ?? "")
    .digest("hex")}`;
}

function semantic(value: unknown, secrets: SecretView, place: "resource" | "property"): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => semantic(item, secrets, "property"));
  if (!isObject(value)) return value;
  if (value[signatureKey] === secretSignature) return { secret: secretMark(value, secrets) };
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => item !== undefined && !(place === "resource" && volatileFields.has(key)))
      .map(([key, item]) => [key, semantic(item, secrets, "property")]),
  );
}

function secretMark(secret: Record<string, unknown>, secrets: SecretView): string {
  const { plaintext, ciphertext } = secret;
  const clear = typeof plaintext === "string" ? plaintext : open(ciphertext, secrets);
  return createHmac("sha256", secrets.key).update(clear).digest("hex");
}

function open(ciphertext: unknown, secrets: SecretView): string {
  return secrets.decrypt(typeof ciphertext === "string" ? ciphertext : "");
}

/** Resources that wait for deletion share their URN with their successor: the whole meaning decides then. */
function byMeaning(a: unknown, b: unknown): number {
  const [left, right] = [canonicalize(a) ?? "", canonicalize(b) ?? ""];
  return left < right ? -1 : left > right ? 1 : 0;
}
