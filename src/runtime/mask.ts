// Keeps secrets out of logs: by the name of the field, by the look of the value, by the kind of the object.

const hidden = "***";
const secretName =
  /pass(word|phrase|wd)|secret|token|authorization|credential|private_?-?key|api_?-?key|access_?-?key|cookie|kubeconfig/i;
/** Names that tell where a secret is, not what it is. */
const pointerName = /(ref|refs|name|names|namespace|path|count|kind|id|revision)$/i;
const secretText: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${hidden}`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, hidden],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, hidden],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi, `$1${hidden}@`],
  [/\b((?:password|passwd|secret|token|api[_-]?key|access[_-]?key)\s*[=:]\s*)("[^"]*"|[^\s,;&"]+)/gi, `$1${hidden}`],
];
const deepest = 8;
const widest = 100;

/** `text` without what looks like a secret. */
export function maskText(text: string): string {
  return secretText.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}

/** A JSON-like copy of `value` without secrets; errors become objects, cycles and depths end in a mark. */
export function mask(value: unknown): unknown {
  return maskAt(value, 0, new Set());
}

function maskAt(value: unknown, depth: number, above: ReadonlySet<object>): unknown {
  if (typeof value === "string") return maskText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return value.toString().slice(0, 40);
  if (typeof value !== "object" || value === null) return value;
  if (above.has(value)) return "(cycle)";
  if (depth >= deepest) return "(deeper)";
  const below = new Set(above).add(value);
  if (value instanceof Error) return maskError(value, depth, below);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "(invalid date)" : value.toISOString();
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (Array.isArray(value)) return value.slice(0, widest).map((item) => maskAt(item, depth + 1, below));
  if (value instanceof Map || value instanceof Set) return maskAt([...value].slice(0, widest), depth, above);
  const isSecret = Reflect.get(value, "kind") === "Secret";
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value).slice(0, widest)) {
    copy[name] = hides(name, item, isSecret) ? hidden : maskAt(item, depth + 1, below);
  }
  return copy;
}

function hides(name: string, value: unknown, isSecret: boolean): boolean {
  if (isSecret && (name === "data" || name === "stringData")) return true;
  if (typeof value === "object" || typeof value === "boolean" || value === undefined) return false;
  return secretName.test(name) && !pointerName.test(name);
}

function maskError(error: Error, depth: number, above: ReadonlySet<object>): unknown {
  const own: Record<string, unknown> = { name: error.name, message: maskText(error.message) };
  for (const [name, item] of Object.entries(error)) {
    if (name !== "name" && name !== "message")
      own[name] = hides(name, item, false) ? hidden : maskAt(item, depth + 1, above);
  }
  if (error.stack !== undefined) own["stack"] = maskText(error.stack);
  if (error.cause !== undefined) own["cause"] = maskAt(error.cause, depth + 1, above);
  return own;
}
