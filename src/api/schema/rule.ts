// A validation rule of a schema: the CEL the API server runs and its twin in TypeScript, side by side.

/**
 * One rule. The server runs `rule` (CEL, with `self` and, in transition rules, `oldSelf`); offline validation runs `holds`.
 * A rule that reads `oldSelf` is skipped by both when an object is created.
 */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  /** True when the value may be stored. Only called with values that already have the schema's shape. */
  holds(self: unknown, oldSelf?: unknown): boolean;
}

/** A rule over values of type T; the schema it is attached to must describe T. */
export interface RuleOf<T> {
  readonly rule: string;
  readonly message: string;
  holds(self: T, oldSelf?: T): boolean;
}

/** The schema option that carries rules; the generator writes them as x-kubernetes-validations. */
export function rules<T>(...list: readonly RuleOf<T>[]): { readonly "x-kubernetes-validations": readonly Rule[] } {
  return { "x-kubernetes-validations": list };
}

/** True when the rule compares with the stored object, which only an update has. */
export function isTransition(rule: Rule): boolean {
  return /\boldSelf\b/u.test(rule.rule);
}

/** A CEL raw string literal. */
export function celText(text: string): string {
  return `r'${text}'`;
}

/** A rule that asks a string to match `pattern`, written so that RE2 and JavaScript agree. */
export function matches(pattern: string, message: string): RuleOf<string> {
  const compiled = new RegExp(pattern, "u");
  return { rule: `self.matches(${celText(pattern)})`, message, holds: (self) => compiled.test(self) };
}
