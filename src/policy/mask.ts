// Takes secrets out of decision inputs before anything else sees them.
import { NOT_KNOWN } from "./decision.ts";

/** What stands in for a secret. */
export const MASK = "[secret]";

/** What stands in for a private key that is found by its text: rules tell whoever put it there. */
export const MASKED_KEY = `${MASK} PRIVATE KEY-----`;

// The engine's envelope of a secret value: sdk/v3/go/common/resource/sig of github.com/pulumi/pulumi.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

// Names whose text is a credential, or may carry one (boot scripts). Numbers and booleans under them stay: rules need them.
const SECRET_NAME =
  /passw(or)?d|passphrase|secret|token|private_?key|access_?key|api_?key|shared_?key|connection_?string|credential|sas_?url|user_?data|custom_?data|startup_?script|kubeconfig/i;
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;
// An enumeration of EC2's instance metadata options, whatever it is called.
const NO_SECRET_NAME = /^http_?tokens$/i;
const SECRET_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

/** A copy of JSON-like `value` without secrets. Masking twice is masking once. */
export function maskSecrets(value: unknown): unknown {
  return mask(value, "open");
}

type Mode = "open" | "secret";

function mask(value: unknown, mode: Mode): unknown {
  if (typeof value === "string") {
    if (PRIVATE_KEY.test(value)) return MASKED_KEY;
    return mode === "secret" && value !== MASKED_KEY && !isName(value) ? MASK : value;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => mask(item, mode));
  if (typeof value !== "object" || value === null) return value;
  if (Reflect.get(value, SIGNATURE) === SECRET) return MASK;
  const isSecretObject = Reflect.get(value, "kind") === "Secret";
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
    const hidden =
      mode === "secret" ||
      (SECRET_NAME.test(name.replaceAll("-", "_")) && !NO_SECRET_NAME.test(name)) ||
      name === SECRET_ANNOTATION ||
      (isSecretObject && (name === "data" || name === "stringData"));
    return [name, mask(item, hidden ? "secret" : "open")];
  });
  return Object.fromEntries(entries);
}

/** What rules need and no secret is: what another resource is known by, and that a value is known only after applying. */
function isName(value: string): boolean {
  return value === NOT_KNOWN || /^(urn|arn):/.test(value);
}
