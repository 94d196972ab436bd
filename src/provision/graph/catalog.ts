// What the installed Pulumi SDKs know of a resource type, read from their type declarations.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { nearestName } from "./names.ts";

/** The shape of one resource type. */
export interface ResourceShape {
  readonly inputs: ReadonlySet<string>;
  readonly required: readonly string[];
  readonly outputs: ReadonlySet<string>;
  /** Inputs that are maps, such as `tags` and `labels`. */
  readonly maps: ReadonlySet<string>;
}

/** A type token looked up. `unchecked`: the package is allowed but has no SDK here, so nothing is known of its types. */
export type Lookup =
  | { readonly kind: "known"; readonly shape: ResourceShape; readonly module: string; readonly className: string }
  | { readonly kind: "unchecked" }
  | { readonly kind: "unknown"; readonly nearest: string | undefined };

/** Knows resource types. Reads files on the first lookup of a type and remembers what it read. */
export interface TypeCatalog {
  lookup(type: string): Lookup;
  /** Version of a package's SDK, which is the version of its plugin; undefined without SDK. */
  version(packageName: string): string | undefined;
}

/** A Pulumi type token taken apart: `aws:s3/bucket:Bucket`. */
export interface TypeToken {
  readonly packageName: string;
  readonly module: string;
  readonly className: string;
}

const TOKEN = /^([a-z][a-z0-9-]*):([A-Za-z0-9]+(?:\/[A-Za-z0-9]+)?):([A-Za-z][A-Za-z0-9]*)$/;

/** Takes a type token apart; undefined when it is none. */
export function parseToken(type: string): TypeToken | undefined {
  const match = TOKEN.exec(type);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return undefined;
  return { packageName: match[1], module: match[2], className: match[3] };
}

/** A catalog over the packages installed beside this file. */
export function createSdkCatalog(): TypeCatalog {
  const require = createRequire(import.meta.url);
  const roots = new Map<string, string | undefined>();
  const types = new Map<string, Lookup>();

  const rootOf = (packageName: string): string | undefined => {
    if (!roots.has(packageName)) {
      let root: string | undefined;
      try {
        root = dirname(require.resolve(`@pulumi/${packageName}/package.json`));
      } catch {
        root = undefined; // Not installed: types of this package are not checked.
      }
      roots.set(packageName, root);
    }
    return roots.get(packageName);
  };

  return {
    lookup(type) {
      const seen = types.get(type);
      if (seen !== undefined) return seen;
      const token = parseToken(type);
      if (token === undefined) return { kind: "unknown", nearest: undefined };
      const root = rootOf(token.packageName);
      const found: Lookup = root === undefined ? { kind: "unchecked" } : readType(root, type, token);
      types.set(type, found);
      return found;
    },
    version(packageName) {
      const root = rootOf(packageName);
      if (root === undefined) return undefined;
      const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      if (typeof manifest !== "object" || manifest === null || !("version" in manifest)) return undefined;
      return typeof manifest.version === "string" ? manifest.version : undefined;
    },
  };
}

function readType(root: string, type: string, token: TypeToken): Lookup {
  const folder = token.module.split("/")[0] ?? token.module;
  const files = filesIn(join(root, folder));
  if (files.length === 0) {
    const near = nearestName(folder, foldersIn(root));
    return { kind: "unknown", nearest: near === undefined ? undefined : `${token.packageName}:${near}:...` };
  }
  // File names follow the class name in camel case, with leading acronyms lowered in more than one way.
  const file = files.find((name) => name.toLowerCase() === token.className.toLowerCase());
  const source = file === undefined ? "" : readFileSync(join(root, folder, `${file}.d.ts`), "utf8");
  const declared =
    file === undefined
      ? undefined
      : /__pulumiType = '([^']+)'/.exec(readFileSync(join(root, folder, `${file}.js`), "utf8"))?.[1];
  if (file === undefined || declared !== type) {
    const near = declared ?? nearestToken(root, folder, files, token);
    return { kind: "unknown", nearest: near };
  }
  return {
    kind: "known",
    shape: readShape(source, token.className),
    module: `${folder}/${file}`,
    className: token.className,
  };
}

/** Property names of the class (outputs) and of its Args interface (inputs), which SDK generators write one a line. */
function readShape(source: string, className: string): ResourceShape {
  const inputs = new Set<string>();
  const required: string[] = [];
  const maps = new Set<string>();
  const outputs = new Set<string>(["id", "urn"]);
  let within: "class" | "args" | "other" = "other";
  for (const line of source.split("\n")) {
    if (line.startsWith(`export declare class ${className} `)) within = "class";
    else if (line.startsWith(`export interface ${className}Args `)) within = "args";
    else if (line === "}") within = "other";
    else if (within === "class") {
      const output = /^ {4}readonly (\w+): /.exec(line)?.[1];
      if (output !== undefined) outputs.add(output);
    } else if (within === "args") {
      const match = /^ {4}(\w+)(\?)?: /.exec(line);
      if (match?.[1] === undefined) continue;
      inputs.add(match[1]);
      if (match[2] === undefined) required.push(match[1]);
      if (line.endsWith("pulumi.Input<{")) maps.add(match[1]);
    }
  }
  return { inputs, required, outputs, maps };
}

function nearestToken(root: string, folder: string, files: readonly string[], token: TypeToken): string | undefined {
  const file = nearestName(token.className, files);
  if (file === undefined) return undefined;
  return /__pulumiType = '([^']+)'/.exec(readFileSync(join(root, folder, `${file}.js`), "utf8"))?.[1];
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".d.ts") && name !== "index.d.ts")
      .map((name) => name.slice(0, -".d.ts".length));
  } catch {
    return [];
  }
}

function foldersIn(root: string): readonly string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
