// Reads the TypeScript types of Pulumi's generated packages into the compact type language of shape.ts. Used by generate.ts only.

/** One property of an interface as written: optional or not, and the text of its type. */
export interface PropertyText {
  readonly optional: boolean;
  readonly type: string;
}

/** Properties of every interface and class of a .d.ts file, by `namespace.Name` (just `Name` outside namespaces). */
export function readInterfaces(source: string): Map<string, Map<string, PropertyText>> {
  const interfaces = new Map<string, Map<string, PropertyText>>();
  const bare = source.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const namespaces: string[] = [];
  let current: Map<string, PropertyText> | undefined;
  let pending = "";
  for (const raw of bare.split("\n")) {
    const line = raw.trim();
    if (line === "") continue;
    if (current === undefined) {
      const namespace = /^(?:export )?(?:declare )?namespace (\w+) \{/.exec(line);
      if (namespace?.[1] !== undefined) namespaces.push(namespace[1]);
      const named = /^(?:export )?(?:declare )?(?:interface|class) (\w+)/.exec(line);
      if (named?.[1] !== undefined && line.endsWith("{")) {
        current = new Map();
        interfaces.set([...namespaces, named[1]].join("."), current);
      } else if (line === "}") namespaces.pop();
      continue;
    }
    pending += `${line} `;
    if (depthOf(pending) > 0) continue;
    if (pending.trim() === "}") {
      current = undefined;
    } else {
      const property = /^(?:readonly )?['"]?([\w$-]+)['"]?(\??): (.*);\s*$/.exec(pending);
      if (property?.[1] !== undefined && property[3] !== undefined) {
        current.set(property[1], { optional: property[2] === "?", type: property[3] });
      }
    }
    pending = "";
  }
  return interfaces;
}

function depthOf(text: string): number {
  let depth = 0;
  for (const char of text) {
    if (char === "{" || char === "(") depth++;
    if (char === "}" || char === ")") depth--;
  }
  return depth;
}

/** The compact type of a type's text: `s n b a`, `[]T`, `{}T`, `@namespace.Name`; `a` where several kinds are allowed. */
export function compactType(text: string): string {
  const tokens = text.match(/\w+(?:\.\w+)*|"[^"]*"|\[key: string\]|[<>{}[\]()|;:,]/g) ?? [];
  let at = 0;
  const peek = () => tokens[at];
  const union = (): string => {
    const members = new Set<string>();
    do {
      if (peek() === "|") at++;
      const member = postfix();
      if (member !== "") members.add(member);
    } while (peek() === "|");
    if (members.size > 1) return members.size === 2 && members.has("s") && members.has("e") ? "s" : widest(members);
    const [only = ""] = members;
    return only === "e" ? "s" : only;
  };
  const postfix = (): string => {
    let type = primary();
    while (peek() === "[" && tokens[at + 1] === "]") {
      at += 2;
      type = `[]${type}`;
    }
    return type;
  };
  const primary = (): string => {
    const token = tokens[at++] ?? "";
    if (token === "(") {
      const inner = union();
      at++;
      return inner;
    }
    if (token === "{") {
      at += 2; // [key: string] :
      const inner = union();
      while (peek() === ";" || peek() === "}") at++;
      return `{}${inner}`;
    }
    if (peek() === "<") {
      at++;
      const inner = union();
      at++;
      return token === "Array" ? `[]${inner}` : inner;
    }
    return nameType(token);
  };
  return union() || "a";
}

function widest(members: ReadonlySet<string>): string {
  const kinds = [...members].filter((member) => member !== "e");
  return kinds.length === 1 ? (kinds[0] ?? "a") : "a";
}

function nameType(token: string): string {
  if (token === "undefined") return "";
  if (token === "string" || token.startsWith('"') || token === "pulumi.ID") return "s";
  if (token === "number") return "n";
  if (token === "boolean") return "b";
  if (token.startsWith("enums.")) return "e";
  if (token.startsWith("inputs.")) return `@${token.slice("inputs.".length)}`;
  if (token.startsWith("outputs.")) return "o";
  return "a";
}
