// Seals the secrets of an exported state by a passphrase, as Pulumi's own passphrase provider does, so that any backend can
// import it. Formats: pkg/secrets/passphrase/manager.go and sdk/go/common/resource/config/crypt.go of Pulumi v3.250.0.
import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { CommandError } from "./connect.ts";
import { isRecord } from "../kube/json.ts";

/** The passphrase where the pulumi CLI looks for it: PULUMI_CONFIG_PASSPHRASE, then the file of PULUMI_CONFIG_PASSPHRASE_FILE. */
export async function passphraseFrom(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const { PULUMI_CONFIG_PASSPHRASE: phrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = env;
  if (phrase !== undefined && phrase !== "") return phrase;
  if (file === undefined || file === "")
    throw new CommandError(
      "Set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to the passphrase to seal with.",
    );
  return (await readFile(file, "utf8")).trim();
}

const iterations = 1_000_000;
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** The state (secrets in clear) with its secrets sealed and their provider named. */
export function sealedBy(passphrase: string, state: unknown): unknown {
  const salt = randomBytes(8);
  const key = pbkdf2Sync(passphrase, salt, iterations, 32, "sha256");
  const seal = (text: string): string => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
  };
  // The provider proves a passphrase by this word.
  const proof = `v1:${salt.toString("base64")}:${seal("pulumi")}`;
  const mapped = mapShown(state, (text) => ({ [signatureKey]: secretSignature, ciphertext: seal(text) }));
  if (!isRecord(mapped) || !isRecord(mapped["deployment"])) return mapped;
  const deployment = { ...mapped["deployment"], secrets_providers: { type: "passphrase", state: { salt: proof } } };
  return { ...mapped, deployment };
}

function mapShown(value: unknown, replace: (text: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => mapShown(item, replace));
  if (!isRecord(value)) return value;
  const { plaintext } = value;
  if (value[signatureKey] === secretSignature && typeof plaintext === "string") return replace(plaintext);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapShown(item, replace)]));
}
