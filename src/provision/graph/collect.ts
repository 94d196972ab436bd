// Walks the raw properties of a spec: every string with its references, every plain secret, each with its JSON path.
import { parseTemplate, type Reference } from "./expression.ts";
import { plaintextSecret } from "./plaintext.ts";
import type { SpecProblem } from "./problem.ts";

/** A reference and where it stands. */
export interface FoundReference {
  readonly reference: Reference;
  readonly path: string;
}

/** What the strings of one part of a spec hold. */
export interface Collected {
  readonly references: readonly FoundReference[];
  readonly problems: readonly SpecProblem[];
}

const MAX_DEPTH = 64;

/** Collects below `value`. `path` is the JSON path of `value` in the spec. */
export function collect(value: unknown, path: string): Collected {
  const references: FoundReference[] = [];
  const problems: SpecProblem[] = [];
  walk(value, path, "", 0);
  return { references, problems };

  function walk(node: unknown, at: string, key: string, depth: number): void {
    if (depth > MAX_DEPTH) {
      problems.push({
        reason: "InvalidProperty",
        path: at,
        message: `nested deeper than ${MAX_DEPTH} levels; flatten it`,
      });
      return;
    }
    if (typeof node === "string") return text(node, at, key);
    if (Array.isArray(node)) {
      for (const [index, item] of node.entries()) walk(item, `${at}[${index}]`, key, depth + 1);
      return;
    }
    if (typeof node === "object" && node !== null) {
      for (const [name, entry] of Object.entries(node)) walk(entry, `${at}.${name}`, name, depth + 1);
      return;
    }
    if (typeof node === "number" && !Number.isFinite(node)) {
      problems.push({ reason: "InvalidProperty", path: at, message: "is not a finite number" });
    }
  }

  function text(source: string, at: string, key: string): void {
    const template = parseTemplate(source);
    if (template.kind === "malformed") {
      problems.push({ reason: "InvalidReference", path: at, message: template.message });
      return;
    }
    for (const part of template.parts) {
      if (part.kind === "reference") references.push({ reference: part.reference, path: at });
    }
    const plain = template.parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
    const whole = template.parts.every((part) => part.kind === "text");
    const secret = plaintextSecret(whole ? key : "", plain);
    if (secret !== undefined) {
      problems.push({
        reason: "PlaintextSecret",
        path: at,
        message: `${secret} is written in plain text, where everybody who may read this Blueprint reads it; put it into a Secret, add an input with secretKeyRef and write \`\${inputs.NAME}\` here`,
      });
    }
  }
}
