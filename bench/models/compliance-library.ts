// What teams write: the resources of the controls' own cases, by family (`aws.s3`).
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { asArray, asRecord, asText, isRecord } from "../../src/kube/json.ts";
import type { Catalog } from "../../src/policy/index.ts";

export interface Written {
  readonly name: string;
  readonly type: string;
  readonly new: Readonly<Record<string, unknown>>;
  /** Names of resources of the same example, by property. */
  readonly references: Readonly<Record<string, readonly string[]>>;
}

export interface Example {
  readonly resources: readonly Written[];
  /** Controls that the engine finds something of, and those that it finds nothing of though one of their types is there. */
  readonly fails: readonly string[];
  readonly passes: readonly string[];
}

/** Ids of the controls that resources fail, by the engine; undefined where it can't judge them. */
export type FailsOf = (resources: readonly Written[]) => Promise<readonly string[] | undefined>;

export interface Family {
  /** `aws.s3`. */
  readonly name: string;
  readonly examples: readonly Example[];
}

const packs = ["aws", "azure", "gcp", "kubernetes"];

/** Every family of the cloud and Kubernetes packs under `controls` (policies/controls), sorted by name, and judged. */
export async function readFamilies(
  controls: string,
  catalog: Catalog,
  failsOf: FailsOf,
  signal: AbortSignal,
): Promise<readonly Family[]> {
  const files = await Promise.all(
    packs.map(async (pack) => (await readdir(join(controls, pack))).map((name) => ({ pack, name }))),
  );
  const families = files
    .flat()
    .filter(({ name }) => name.endsWith("_cases.yaml"))
    .map(async ({ pack, name }): Promise<Family> => {
      const text = await readFile(join(controls, pack, name), { encoding: "utf8", signal });
      const entries = asArray(Object.values(asRecord(parse(text)))[0]).map(resourcesOf);
      const examples = await Promise.all(entries.map((resources) => exampleOf(resources, catalog, failsOf)));
      return {
        name: `${pack}.${name.replace("_cases.yaml", "")}`,
        examples: examples.filter((example) => example !== undefined),
      };
    });
  return withWorkloads(await Promise.all(families)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Families of Kubernetes look at one another's workloads: what runs pods is one family. */
function withWorkloads(families: readonly Family[]): readonly Family[] {
  const runsPods = ({ resources }: Example): boolean => resources.some(({ type }) => type === deployment);
  const workloads = {
    name: "kubernetes.workload",
    examples: families.flatMap(({ examples }) => examples.filter(runsPods)),
  };
  const others = families.map(({ name, examples }) => ({ name, examples: examples.filter((one) => !runsPods(one)) }));
  return [workloads, ...others].filter(({ examples }) => examples.length > 1);
}

async function exampleOf(
  resources: readonly Written[],
  catalog: Catalog,
  failsOf: FailsOf,
): Promise<Example | undefined> {
  const fails = resources.length === 0 ? undefined : await failsOf(resources);
  if (fails === undefined) return undefined;
  const types = new Set(resources.map(({ type }) => type));
  const inScope = Object.keys(catalog).filter((id) => catalog[id]?.types.some((type) => types.has(type)));
  return { resources, fails, passes: inScope.filter((id) => !fails.includes(id)) };
}

function resourcesOf(entry: unknown): readonly Written[] {
  const { resources, object } = asRecord(entry);
  const written = isRecord(object) ? [objectAsResource(object)] : asArray(resources).map(writtenOf).filter(isWritten);
  return written.map(asDeployment);
}

const deployment = "kubernetes:apps/v1:Deployment";

/** Whatever runs pods is written as a Deployment, so that the settings of one example can be those of another. */
function asDeployment(resource: Written): Written {
  const { type, new: made } = resource;
  const [, kind = ""] = /:(Pod|ReplicationController|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob)$/.exec(type) ?? [];
  if (kind === "" || !type.startsWith("kubernetes:")) return resource;
  const spec = asRecord(made["spec"]);
  const { metadata } = made;
  if (kind === "Pod")
    return { ...resource, type: deployment, new: { metadata, spec: { template: { metadata, spec } } } };
  const { template } = kind === "CronJob" ? asRecord(asRecord(spec["jobTemplate"])["spec"]) : spec;
  return { ...resource, type: deployment, new: { metadata, spec: { template } } };
}

/** A Kubernetes object is a resource too: policies/README.md. */
function objectAsResource(object: Readonly<Record<string, unknown>>): Written {
  const version = asText(object["apiVersion"]);
  return {
    name: asText(asRecord(object["metadata"])["name"]) || "object",
    type: `kubernetes:${version === "v1" ? "core/v1" : version}:${asText(object["kind"])}`,
    new: object,
    references: {},
  };
}

function writtenOf(entry: unknown): Written | undefined {
  const { name, type, new: made, references } = asRecord(entry);
  if (typeof name !== "string" || typeof type !== "string" || !isRecord(made)) return undefined;
  return {
    name,
    type,
    new: made,
    references: Object.fromEntries(
      Object.entries(asRecord(references)).map(([property, urns]) => [
        property,
        asArray(urns).map((urn) => asText(urn).replace(/^urn:/, "")),
      ]),
    ),
  };
}

const isWritten = (entry: Written | undefined): entry is Written => entry !== undefined;
