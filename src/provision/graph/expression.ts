// The reference syntax of Blueprint strings: `${name.output}`, `${inputs.name}`, `$${` for a literal `${`.

/** A reference as written: the first name and what follows it. `${net.subnetIds[0]}` is `net`, [`subnetIds`, 0]. */
export interface Reference {
  readonly name: string;
  readonly path: readonly (string | number)[];
}

/** A piece of a template string. */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reference"; readonly reference: Reference };

/** A parsed string, or why it can't be read. Adjacent texts are merged; a string without references is one text. */
export type Template =
  | { readonly kind: "ok"; readonly parts: readonly TemplatePart[] }
  | { readonly kind: "malformed"; readonly at: number; readonly message: string };

const NAME = /^[A-Za-z][A-Za-z0-9_-]*/;
const FIELD = /^\.([A-Za-z_$][A-Za-z0-9_$-]*)/;
const INDEX = /^\[(\d{1,9})\]/;
const KEY = /^\["((?:[^"\\]|\\["\\])*)"\]/;

/** Reads a string of a spec. Never throws. */
export function parseTemplate(source: string): Template {
  const parts: TemplatePart[] = [];
  let text = "";
  let at = 0;
  while (at < source.length) {
    if (source.startsWith("$${", at)) {
      text += "${";
      at += 3;
      continue;
    }
    if (!source.startsWith("${", at)) {
      text += source[at] ?? "";
      at += 1;
      continue;
    }
    const end = source.indexOf("}", at);
    if (end < 0) {
      return { kind: "malformed", at, message: "`${` without `}`; write `$${` for a literal `${`" };
    }
    const reference = parseReference(source.slice(at + 2, end));
    if (reference === undefined) {
      return {
        kind: "malformed",
        at,
        message: `\`${source.slice(at, end + 1)}\` is not a reference; write \`\${name.output}\` or \`\${inputs.name}\`, or \`$\${\` for a literal`,
      };
    }
    if (text !== "") parts.push({ kind: "text", text });
    text = "";
    parts.push({ kind: "reference", reference });
    at = end + 1;
  }
  if (text !== "" || parts.length === 0) parts.push({ kind: "text", text });
  return { kind: "ok", parts };
}

/** Writes parts back so that parsing them gives the same parts. */
export function renderTemplate(parts: readonly TemplatePart[]): string {
  return parts
    .map((part) =>
      part.kind === "text" ? part.text.split("${").join("$${") : `\${${renderReference(part.reference)}}`,
    )
    .join("");
}

/** `net.subnetIds[0]` of a reference. */
export function renderReference(reference: Reference): string {
  return reference.name + renderPath(reference.path);
}

/** `.subnetIds[0]` of a path. */
export function renderPath(path: readonly (string | number)[]): string {
  return path
    .map((segment) => {
      if (typeof segment === "number") return `[${segment}]`;
      return /^[A-Za-z_$][A-Za-z0-9_$-]*$/.test(segment)
        ? `.${segment}`
        : `["${segment.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"]`;
    })
    .join("");
}

function parseReference(source: string): Reference | undefined {
  const name = NAME.exec(source)?.[0];
  if (name === undefined) return undefined;
  const path: (string | number)[] = [];
  let rest = source.slice(name.length);
  while (rest !== "") {
    const field = FIELD.exec(rest);
    const index = INDEX.exec(rest);
    const key = KEY.exec(rest);
    const match = field ?? index ?? key;
    if (match?.[1] === undefined) return undefined;
    if (index !== null) path.push(Number(match[1]));
    else path.push(key !== null ? match[1].replaceAll(/\\(["\\])/g, "$1") : match[1]);
    rest = rest.slice(match[0].length);
  }
  return path.length === 0 ? undefined : { name, path };
}
