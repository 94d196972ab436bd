// With or without the schema of Blueprint: checking it (types, CEL rules) is the API server's work, not the operator's, and
// at 100 changes a second it takes a machine of two cores for itself.
import { join } from "node:path";
import { type Blueprint, blueprints } from "../src/api/index.ts";
import type { KubeObject } from "../src/api/object.ts";
import { isKubeError, systemClock } from "../src/kube/index.ts";
import { applyManifests, readManifests } from "../src/local/start/manifests.ts";
import { type BenchPlane, namespace, root } from "./plane.ts";

/** `none`: any object is taken, as by the yardstick's method; `real`: what users get. */
export type Schema = "none" | "real";

/** Serves Blueprints by this schema from now on. To be called while no operator runs: watches end. */
export async function useSchema(plane: BenchPlane, schema: Schema, signal: AbortSignal): Promise<void> {
  const manifests = await readManifests(join(root, "crds"));
  const found = manifests.filter(({ metadata }) => metadata.name.startsWith("blueprints."));
  await applyManifests(plane.kube, schema === "real" ? found : found.map(open), signal);
  for (let attempt = 1; (await refusesNonsense(plane, signal)) !== (schema === "real"); attempt++) {
    if (attempt >= 100) throw new Error(`the API server did not take up the schema "${schema}"`);
    await systemClock.sleep(200, signal);
  }
}

function open(crd: KubeObject): KubeObject {
  const spec = Reflect.get(crd, "spec") as { readonly versions: readonly object[] };
  const openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  // What has no schema has no fields to select by either.
  const versions = spec.versions.map((version) => ({ ...version, selectableFields: [], schema: { openAPIV3Schema } }));
  return Object.assign({}, crd, { spec: { ...spec, versions } });
}

async function refusesNonsense({ kube }: BenchPlane, signal: AbortSignal): Promise<boolean> {
  const object: unknown = {
    apiVersion: "iacdharma.com/v1alpha1",
    kind: "Blueprint",
    metadata: { name: "nonsense", namespace },
    spec: { provider: "nowhere" },
  };
  try {
    await kube.create(blueprints, object as Blueprint, { dryRun: true, signal });
    return false;
  } catch (error) {
    if (isKubeError(error, "invalid")) return true;
    if (isKubeError(error, "notFound", "throttled", "server")) return false;
    throw error;
  }
}
