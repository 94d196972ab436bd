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
  const known = new Map<string, boolean>();
  return mask(value, "open", (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const hidden =
      (SECRET_NAME.test(name.replaceAll("-", "_")) && !NO_SECRET_NAME.test(name)) || name === SECRET_ANNOTATION;
    known.set(name, hidden); // the same names come again and again: in each container, in each resource
    return hidden;
  });
}

type Mode = "open" | "secret";
type Hides = (name: string) => boolean;

function mask(value: unknown, mode: Mode, hides: Hides): unknown {
  if (typeof value === "string") {
    if (value.includes("-----BEGIN ") && PRIVATE_KEY.test(value)) return MASKED_KEY;
    return mode === "secret" && value !== MASKED_KEY && !isName(value) ? MASK : value;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => mask(item, mode, hides));
  if (typeof value !== "object" || value === null) return value;
  if (Reflect.get(value, SIGNATURE) === SECRET) return MASK;
  const isSecretObject = Reflect.get(value, "kind") === "Secret";
  const masked: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const hidden = mode === "secret" || hides(name) || (isSecretObject && (name === "data" || name === "stringData"));
    put(masked, name, mask(item, hidden ? "secret" : "open", hides));
  }
  return masked;
}

/** Like Object.fromEntries: an entry called __proto__ is an entry. */
function put(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

/** What rules need and no secret is: what another resource is known by, and that a value is known only after applying. */
function isName(value: string): boolean {
  return value === NOT_KNOWN || /^(urn|arn):/.test(value);
}
