// Writes shapes/*.json: property names, types and requirements of every type in facts/, read off the pinned @pulumi packages.
// Run: node src/provision/simulated/tables/generate.ts
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { readCsv } from "./csv.ts";
import type { PackageShape, TypeShape } from "./shape.ts";
import { compactType, readInterfaces, type PropertyText } from "./typetext.ts";

const here = import.meta.dirname;
const require = createRequire(import.meta.url);
const sources = [
  { name: "aws", facts: "aws", prefix: "aws:" },
  { name: "azure-native", facts: "azure", prefix: "" },
  { name: "gcp", facts: "gcp", prefix: "gcp:" },
] as const;

/** Nested structures deeper than this many names are left open (only WAF rules are recursive). */
const objectLimit = 2500;

function shapeOf(source: (typeof sources)[number]): PackageShape {
  const home = path.dirname(require.resolve(`@pulumi/${source.name}/package.json`));
  const read = (file: string) => readFileSync(path.join(home, file), "utf8");
  const inputs = readInterfaces(read("types/input.d.ts"));
  const types: Record<string, TypeShape> = {};
  const wanted: string[] = [];
  for (const row of readCsv(readFileSync(path.join(here, `facts/${source.facts}-ids.csv`), "utf8"))) {
    const token = source.prefix + row["type"];
    const [, module = "", name = ""] = token.split(":");
    const folder = module.split("/")[0] ?? "";
    const wantedFile = `${name}.d.ts`.toLowerCase();
    const file = readdirSync(path.join(home, folder)).find((entry) => entry.toLowerCase() === wantedFile);
    if (file === undefined) throw new Error(`${source.name} has no ${folder}/${name}`);
    const code = read(`${folder}/${file.replace(".d.ts", ".js")}`);
    types[token] = typeShape(name, readInterfaces(read(`${folder}/${file}`)), code, wanted);
  }
  const objects: Record<string, Record<string, string>> = {};
  for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
    const properties = inputs.get(next);
    if (objects[next] !== undefined || properties === undefined || next.includes("WebAcl")) continue;
    objects[next] = compactAll(properties, wanted);
    if (Object.keys(objects).length > objectLimit)
      throw new Error(`more than ${objectLimit} nested types of ${source.name}`);
  }
  const version: { version: string } = JSON.parse(read("package.json"));
  return { version: version.version.replace(/^v/, ""), types, objects };
}

function typeShape(
  name: string,
  declared: Map<string, Map<string, PropertyText>>,
  code: string,
  wanted: string[],
): TypeShape {
  const args = declared.get(`${name}Args`);
  const fields = declared.get(name);
  if (args === undefined || fields === undefined) throw new Error(`no ${name}Args or ${name} in its .d.ts`);
  const outputs: Record<string, string> = {};
  for (const [field, text] of fields) {
    if (!text.type.startsWith("pulumi.Output<")) continue;
    if (!args.has(field)) outputs[field] = compactType(text.type);
  }
  const secrets: readonly string[] = JSON.parse(/additionalSecretOutputs: (\[[^\]]*\])/.exec(code)?.[1] ?? "[]");
  return {
    inputs: compactAll(args, wanted),
    outputs,
    secrets,
  };
}

function compactAll(properties: ReadonlyMap<string, PropertyText>, wanted: string[]): Record<string, string> {
  const compact: Record<string, string> = {};
  for (const [property, text] of properties) {
    const type = compactType(text.type);
    const reference = /@(.*)$/.exec(type)?.[1];
    if (reference !== undefined) wanted.push(reference);
    compact[property] = text.optional ? type : `${type}!`;
  }
  return compact;
}

for (const source of sources) {
  const shape = shapeOf(source);
  const lines = (record: object) =>
    Object.entries(record)
      .map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      .join(",\n");
  const text = `{\n  "version": ${JSON.stringify(shape.version)},\n  "types": {\n${lines(shape.types)}\n  },\n  "objects": {\n${lines(shape.objects)}\n  }\n}\n`;
  writeFileSync(path.join(here, `shapes/${source.name}.json`), text);
  console.log(
    `${source.name}: ${Object.keys(shape.types).length} types, ${Object.keys(shape.objects).length} nested, ${text.length} bytes`,
  );
}
