// Breaks one resource behind the operator's back and waits until it is as it was.
import { blueprints, type Blueprint } from "../../api/index.ts";
import { type Kube, systemClock } from "../../kube/index.ts";

interface CloudResource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What was changed, for the story told to a person. */
export interface Breakage {
  readonly blueprint: Blueprint;
  readonly resource: string;
  readonly type: string;
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

const VANDALISED = { "changed-by": "someone in the console" };

/** Rewrites the tags of a resource of a Ready Blueprint that heals, and asks for a drift check now. */
export async function breakSomething(
  kube: Kube,
  control: string,
  found: readonly Blueprint[],
  signal: AbortSignal,
): Promise<Breakage | undefined> {
  const blueprint = found.find((candidate) => candidate.spec.drift?.mode === "Heal");
  const uid = blueprint?.metadata.uid;
  if (blueprint === undefined || uid === undefined) return undefined;
  const resources = await listResources(control, signal);
  const resource = resources.find(
    ({ properties, type }) =>
      JSON.stringify(properties).includes(uid) &&
      /bucket:Bucket|StorageAccount|storage\/bucket/.test(type) &&
      tagsField(properties) !== undefined,
  );
  const field = resource === undefined ? undefined : tagsField(resource.properties);
  if (resource === undefined || field === undefined) return undefined;
  const before = resource.properties[field];
  const after = { ...(typeof before === "object" ? before : {}), ...VANDALISED };
  const answer = await fetch(
    `${control}/resources/${encodeURIComponent(resource.id)}?type=${encodeURIComponent(resource.type)}`,
    {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ [field]: after }),
      signal,
    },
  );
  if (!answer.ok) throw new Error(`the simulated cloud refused the change: ${await answer.text()}`);
  await kube.patch(
    blueprints,
    { namespace: blueprint.metadata.namespace ?? "default", name: blueprint.metadata.name },
    {
      kind: "merge",
      body: { metadata: { annotations: { "iacdharma.com/reconcile-at": new Date(systemClock.now()).toISOString() } } },
    },
    { signal },
  );
  return { blueprint, resource: resource.id, type: resource.type, field, before, after };
}

/** True once the resource has lost what was put on it. */
export async function isHealed(control: string, breakage: Breakage, signal: AbortSignal): Promise<boolean> {
  const resource = (await listResources(control, signal)).find(
    ({ id, type }) => id === breakage.resource && type === breakage.type,
  );
  return resource !== undefined && !JSON.stringify(resource.properties[breakage.field] ?? {}).includes("changed-by");
}

function tagsField(properties: Readonly<Record<string, unknown>>): string | undefined {
  return ["tags", "labels"].find((name) => typeof properties[name] === "object" && properties[name] !== null);
}

async function listResources(control: string, signal: AbortSignal): Promise<readonly CloudResource[]> {
  const answer = await fetch(`${control}/resources`, { signal });
  if (!answer.ok) throw new Error(`the simulated cloud answered ${answer.status}`);
  const body: unknown = await answer.json();
  const items = Array.isArray(body)
    ? body
    : typeof body === "object" && body !== null && "resources" in body
      ? body.resources
      : [];
  return Array.isArray(items) ? items.filter(isResource) : [];
}

function isResource(value: unknown): value is CloudResource {
  return typeof value === "object" && value !== null && "id" in value && "type" in value && "properties" in value;
}
