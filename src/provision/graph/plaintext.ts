// Finds secrets written into plain fields of a spec, where anybody who may read the Blueprint would read them.

/** Property names whose string value is a secret. Sources: AWS, azure-native and gcp SDK properties marked secret. */
const SECRET_NAME =
  /(^|[a-z0-9_-])(password|passwd|passphrase|secretkey|secretaccesskey|clientsecret|privatekey|accesstoken|authtoken|apikey|connectionstring|sharedkey|accountkey|sastoken)$/i;
const SECRET_WORD =
  /^(secret|token|pwd|credentials|secretstring|secretdata|secretvalue|value_wo|adminpassword|masterpassword)$/i;

/** Property names that end like secrets and are none. */
const NOT_SECRET =
  /^(managemasterpassword|managemasteruserpassword|disablepassword|passwordpolicy|minimumpasswordlength|useadminpassword|httptokens|keyname)$/i;

interface KeyPattern {
  readonly what: string;
  readonly pattern: RegExp;
}

/** Formats of well-known credentials, from their issuers' documentation. */
const KEY_PATTERNS: readonly KeyPattern[] = [
  { what: "an AWS access key", pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { what: "a private key", pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/ },
  { what: "a GitHub token", pattern: /\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{50,}\b/ },
  { what: "a Google API key", pattern: /\bAIza[0-9A-Za-z_-]{35}\b/ },
  { what: "an Azure storage key", pattern: /AccountKey=[A-Za-z0-9+/]{60,}={0,2}/ },
  { what: "a Slack token", pattern: /\bxox[abprs]-[0-9A-Za-z-]{10,}/ },
  { what: "a Stripe key", pattern: /\b[rs]k_live_[0-9A-Za-z]{20,}\b/ },
  { what: "a signed token (JWT)", pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/ },
];

/** What kind of secret the literal `text` under property `key` is; undefined when it looks harmless. Never returns the text. */
export function plaintextSecret(key: string, text: string): string | undefined {
  const known = KEY_PATTERNS.find(({ pattern }) => pattern.test(text));
  if (known !== undefined) return known.what;
  if (text === "" || NOT_SECRET.test(key)) return undefined;
  const bare = key.replaceAll(/[_-]/g, "");
  if (SECRET_NAME.test(key) || SECRET_NAME.test(bare) || SECRET_WORD.test(bare)) return `the value of \`${key}\``;
  return undefined;
}
