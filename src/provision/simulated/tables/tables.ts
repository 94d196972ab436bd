// The table of each simulated type: what facts/*.csv and shapes/*.json say of it, joined.
import { readFileSync } from "node:fs";
import path from "node:path";
import { type CloudPackage, cloudPackages } from "../contract.ts";
import { parseAllowed, type Allowed } from "./allowed.ts";
import { readCsv } from "./csv.ts";
import type { PackageShape, TypeShape } from "./shape.ts";

/** Everything known of one type. Paths are property names joined by dots; lists add nothing to a path. */
export interface TypeTable {
  readonly package: CloudPackage;
  /** Full type token, for example `aws:ec2/vpc:Vpc`. */
  readonly token: string;
  readonly shape: TypeShape;
  readonly required: ReadonlySet<string>;
  readonly replaces: ReadonlySet<string>;
  readonly allowed: ReadonlyMap<string, Allowed>;
  /** Templates of facts/*-ids.csv; "" where the type has none. */
  readonly idForm: string;
  /** ARN of an aws type, self link of a gcp type. */
  readonly linkForm: string;
  /** Inputs the cloud fills in when they are not given. */
  readonly computedInputs: ReadonlySet<string>;
  /** Where the facts come from: one entry for each distinct source of the rows. */
  readonly sources: readonly string[];
}

export interface PackageTables {
  readonly package: CloudPackage;
  readonly version: string;
  readonly types: ReadonlyMap<string, TypeTable>;
  readonly objects: PackageShape["objects"];
}

const files = {
  aws: { facts: "aws", prefix: "aws:", link: "arnForm" },
  "azure-native": { facts: "azure", prefix: "", link: "" },
  gcp: { facts: "gcp", prefix: "gcp:", link: "selfLinkForm" },
} as const;

/** Reads the tables of all packages; about 50 ms. */
export function loadTables(): Readonly<Record<CloudPackage, PackageTables>> {
  const [aws, azure, gcp] = cloudPackages.map(loadPackage);
  if (aws === undefined || azure === undefined || gcp === undefined) throw new Error("a package has no tables");
  return { aws, "azure-native": azure, gcp };
}

function loadPackage(name: CloudPackage): PackageTables {
  const file = files[name];
  const read = (relative: string) => readFileSync(path.join(import.meta.dirname, relative), "utf8");
  const shape: PackageShape = JSON.parse(read(`shapes/${name}.json`));
  const rows = [...readCsv(read(`facts/${file.facts}.csv`))];
  if (name === "gcp") {
    for (const row of readCsv(read("facts/gcp-nested.csv"))) {
      const type = shape.types[`gcp:${row["type"]}`];
      const property = type && terraformPath(row["tfPath"] ?? "", type.inputs, shape.objects);
      if (property !== undefined) rows.push({ ...row, property, source: "google/services (nested schema)" });
    }
  }
  const byType = Map.groupBy(rows, (row) => file.prefix + row["type"]);
  const types = new Map<string, TypeTable>();
  for (const ids of readCsv(read(`facts/${file.facts}-ids.csv`))) {
    const token = file.prefix + ids["type"];
    const type = shape.types[token];
    if (type === undefined) throw new Error(`${token} has facts but no shape: run tables/generate.ts`);
    const linkForm = file.link === "" ? "" : (ids[file.link] ?? "");
    types.set(token, typeTable(name, token, type, byType.get(token) ?? [], { ...ids, linkForm }));
  }
  return { package: name, version: shape.version, types, objects: shape.objects };
}

type Row = Readonly<Record<string, string>>;

function typeTable(pkg: CloudPackage, token: string, shape: TypeShape, rows: readonly Row[], ids: Row): TypeTable {
  const facts: readonly (Row & { path: string })[] = rows.map((row) => ({
    ...row,
    path: (row["property"] ?? "").replaceAll(/\[\]|\{\}/g, ""),
  }));
  const isTopLevel = (row: { path: string }) => !row.path.includes(".");
  const declared = Object.keys(shape.inputs).filter((property) => shape.inputs[property]?.endsWith("!"));
  const demanded = facts.filter((row) => row["required"] === "1" && isTopLevel(row)).map((row) => row.path);
  return {
    package: pkg,
    token,
    shape,
    required: new Set([...declared, ...demanded]),
    replaces: new Set(facts.filter((row) => row["replaces"] === "1").map((row) => row.path)),
    allowed: new Map(
      facts.flatMap((row): [string, Allowed][] => {
        const text: string = row["allowed"] ?? "";
        return text === "" ? [] : [[row.path, parseAllowed(text)]];
      }),
    ),
    idForm: ids["idForm"] ?? "",
    linkForm: ids["linkForm"] ?? "",
    computedInputs: new Set((ids["computed"] ?? "").split("|").filter((name) => shape.inputs[name] !== undefined)),
    sources: [...new Set([ids["source"] ?? "", ...rows.map((row) => row["source"] ?? "")])].filter(
      (source) => source !== "",
    ),
  };
}

/** Terraform's `network_interface.nic_type` as Pulumi's `networkInterfaces.nicType`; undefined when nothing of that name is there. */
function terraformPath(
  tfPath: string,
  top: Readonly<Record<string, string>>,
  objects: PackageShape["objects"],
): string | undefined {
  const names: string[] = [];
  let properties: Readonly<Record<string, string>> | undefined = top;
  for (const segment of tfPath.split(".")) {
    if (properties === undefined) return undefined;
    const camel = segment.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const known: Readonly<Record<string, string>> = properties;
    const name = [camel, `${camel}s`, `${camel}es`, camel.replace(/y$/, "ies")].find(
      (candidate) => known[candidate] !== undefined,
    );
    if (name === undefined) return undefined;
    names.push(name);
    const reference = /@([^!]*)/.exec(known[name] ?? "")?.[1];
    properties = reference === undefined ? undefined : objects[reference];
  }
  return names.join(".");
}
