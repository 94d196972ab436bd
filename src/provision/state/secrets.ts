// Pulumi's secrets inside a state: find them, open them, seal them anew. Format: pkg/resource/stack/deployment.go.
import { isObject, secretSignature, signatureKey } from "./deployment.ts";
import type { Json } from "./deployment.ts";
import { StateError } from "./errors.ts";
import type { StackCipher } from "./seal.ts";

/** What a secret holds is JSON text; `ciphertext` is base64 of that text sealed. */
export function openSecret(cipher: StackCipher, ciphertext: string): string {
  return Buffer.from(cipher.openSecret(Buffer.from(ciphertext, "base64"))).toString("utf8");
}

export function sealSecret(cipher: StackCipher, text: string): string {
  return Buffer.from(cipher.sealSecret(Buffer.from(text, "utf8"))).toString("base64");
}

/** The value with every secret replaced by what `replace` makes of it. */
export function mapSecrets(value: unknown, replace: (secret: Record<string, unknown>) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => mapSecrets(item, replace));
  if (!isObject(value)) return value;
  if (value[signatureKey] === secretSignature) return replace(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapSecrets(item, replace)]));
}

/** The value in clear. `onSecret` is called for each secret met. */
export function revealed(value: Json, cipher: StackCipher, onSecret: () => void): unknown {
  return mapSecrets(value, (secret) => {
    onSecret();
    const text = openedText(secret, cipher);
    const inner: unknown = JSON.parse(text);
    return mapSecrets(inner, (nested) => JSON.parse(openedText(nested, cipher)));
  });
}

/** The JSON text of a secret. Throws "corrupt" for one that holds nothing. */
export function openedText(secret: Record<string, unknown>, cipher: StackCipher): string {
  const { plaintext, ciphertext } = secret;
  if (typeof plaintext === "string") return plaintext;
  if (typeof ciphertext === "string") return openSecret(cipher, ciphertext);
  throw new StateError("corrupt", "a secret of the state has neither ciphertext nor plaintext");
}

/** The value with all its secrets sealed for `own`, wherever they were sealed; throws "invalid" for what nobody can open. */
export function resealed(value: unknown, own: StackCipher, others: readonly StackCipher[]): unknown {
  return mapSecrets(value, (secret) => {
    const { plaintext, ciphertext } = secret;
    if (typeof plaintext === "string") return sealed(sealSecret(own, plaintext));
    if (typeof ciphertext !== "string") throw unopened();
    if (canOpen(own, ciphertext)) return secret;
    const other = others.find((cipher) => canOpen(cipher, ciphertext));
    if (!other) throw unopened();
    return sealed(sealSecret(own, openSecret(other, ciphertext)));
  });
}

function sealed(ciphertext: string): Record<string, unknown> {
  return { [signatureKey]: secretSignature, ciphertext };
}

function canOpen(cipher: StackCipher, ciphertext: string): boolean {
  try {
    openSecret(cipher, ciphertext);
    return true;
  } catch {
    return false;
  }
}

function unopened(): StateError {
  return new StateError(
    "invalid",
    "this state can't be imported: a secret in it was sealed for another stack; " +
      "export it with `pulumi stack export --show-secrets` and import that",
  );
}
