// Breaks one resource behind the operator's back, so that its health shows it, and tells when it is as it was.
import { blueprints, type Blueprint } from "../../api/index.ts";
import { type Kube, systemClock } from "../../kube/index.ts";

interface CloudResource {
  readonly id: string;
  readonly type: string;
  readonly urn?: string;
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

/** A queue whose messages are handed out again before anybody could have worked them off. */
const damage = { type: /sqs\/queue:Queue$/, field: "visibilityTimeoutSeconds", after: 1 } as const;
/** How well the resource is until the setting is put back: 0 is dead, 1 well. */
const level = 0.3;

/**
 * Changes a setting of a resource of a Blueprint that heals, behind the operator's back, and makes the resource ill until
 * a provider puts the setting back. Undefined where no example has such a resource.
 */
export async function breakSomething(
  control: string,
  found: readonly Blueprint[],
  signal: AbortSignal,
): Promise<Breakage | undefined> {
  const healing = new Map(
    found.flatMap((one) => (one.spec.drift?.mode === "Heal" ? [[one.metadata.uid ?? "", one] as const] : [])),
  );
  const resources = await listResources(control, signal);
  for (const { id, type, properties, urn = "" } of resources) {
    const blueprint = [...healing].find(([uid]) => urn.includes(uid))?.[1];
    const before = properties[damage.field];
    if (blueprint === undefined || !damage.type.test(type) || before === undefined) continue;
    const { field, after } = damage;
    const at = `${control}/resources/${encodeURIComponent(id)}?type=${encodeURIComponent(type)}`;
    // oxlint-disable-next-line no-await-in-loop -- the first that fits is the only one
    await send(`${control}/faults`, "POST", { kind: "health", match: { id, type }, level, endsOn: "update" }, signal);
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await send(at, "PATCH", { [field]: after }, signal);
    return { blueprint, resource: id, type, field, before, after };
  }
  return undefined;
}

/** Asks for a drift check now instead of at the interval. */
export async function askForCheck(kube: Kube, { metadata }: Blueprint, signal: AbortSignal): Promise<void> {
  const asked = { "iacdharma.com/reconcile-at": new Date(systemClock.now()).toISOString() };
  const key = { namespace: metadata.namespace ?? "default", name: metadata.name };
  await kube.patch(blueprints, key, { kind: "merge", body: { metadata: { annotations: asked } } }, { signal });
}

async function send(url: string, method: string, body: object, signal: AbortSignal): Promise<void> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body), signal });
  if (!answer.ok) throw new Error(`the simulated cloud refused ${method} ${url}: ${await answer.text()}`);
}

/** True once the setting is as it was. */
export async function isHealed(control: string, breakage: Breakage, signal: AbortSignal): Promise<boolean> {
  const resource = (await listResources(control, signal)).find(
    ({ id, type }) => id === breakage.resource && type === breakage.type,
  );
  return resource !== undefined && resource.properties[breakage.field] === breakage.before;
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
