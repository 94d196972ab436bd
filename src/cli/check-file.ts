// `dharma plan -f`: what is wrong with the Blueprints of a file, before they go anywhere.
import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import { blueprints, validateObject, withDefaults, type Blueprint } from "../api/index.ts";
import { checkSpec, createSdkCatalog } from "../provision/index.ts";
import { CommandError } from "./connect.ts";

/** Checks every Blueprint of a YAML file without a cluster; rejects with all that is wrong. */
export async function checkFile(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new CommandError(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const lines: string[] = [];
  const problems: string[] = [];
  const catalog = createSdkCatalog();
  for (const document of parseAllDocuments(text)) {
    const [broken] = document.errors;
    if (broken !== undefined) throw new CommandError(`${path} is not YAML: ${broken.message}`);
    const value: unknown = document.toJS();
    if (value === null) continue;
    const found = validateObject(value).map(({ path: where, message }) => `${where}: ${message}`);
    if (isBlueprint(value)) {
      if (found.length === 0) {
        const { name, namespace = "default" } = value.metadata;
        const checked = checkSpec(withDefaults(blueprints, value).spec, {
          identity: { uid: "", namespace, name },
          catalog,
        });
        found.push(...checked.map(({ path: where, reason, message }) => `${where}: ${reason}: ${message}`));
      }
      if (found.length === 0)
        lines.push(
          `Blueprint ${value.metadata.name}: ${value.spec.components?.length ?? 0} components and ${value.spec.resources?.length ?? 0} raw resources on ${value.spec.provider} in ${value.spec.region}; nothing wrong with it`,
        );
    }
    problems.push(...found.map((problem) => `${nameOf(value)}: ${problem}`));
  }
  if (problems.length > 0)
    throw new CommandError([`${path} would be refused:`, ...problems.map((problem) => `  ${problem}`)].join("\n"));
  return lines.length > 0 ? lines : [`${path}: no Blueprint in it; the other objects are well formed`];
}

function isBlueprint(value: unknown): value is Blueprint {
  return (
    typeof value === "object" && value !== null && "kind" in value && value.kind === blueprints.kind && "spec" in value
  );
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return "document";
  const kind = "kind" in value ? String(value.kind) : "object";
  const name =
    "metadata" in value && typeof value.metadata === "object" && value.metadata !== null && "name" in value.metadata
      ? String(value.metadata.name)
      : "without a name";
  return `${kind} ${name}`;
}
