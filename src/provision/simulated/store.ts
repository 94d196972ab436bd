// The resources that exist in the simulated cloud, whoever made them, and what they used.
import type { CloudPackage } from "./contract.ts";
import type { Clock } from "../../kube/clock.ts";
import { type JsonObject, textAt, isObject } from "./values.ts";

/** One resource of one account. Replaced whole on every change, never changed in place. */
export interface CloudResource {
  /** Counts creations; ids and generated values derive from it. */
  readonly serial: number;
  readonly package: CloudPackage;
  readonly type: string;
  readonly id: string;
  /** AWS account, Azure subscription, Google Cloud project. */
  readonly account: string;
  /** Where a regional type lives; "" for types whose ids are unique in the whole account. */
  readonly scope: string;
  /** The region or location it runs in, for faults and metering. */
  readonly region: string;
  /** The URN that made it; absent for unmanaged ones. */
  readonly urn?: string;
  /** Inputs as the provider last wrote them. */
  readonly inputs: JsonObject;
  /** The state as the cloud has it, inputs and outputs, changes behind the operator's back included. */
  readonly properties: JsonObject;
  /** `properties` as the provider last wrote them: what differs now was changed by somebody else. */
  readonly written: JsonObject;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Usage of a resource that is gone or still there. */
export interface UsageEntry {
  readonly package: CloudPackage;
  readonly type: string;
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly blueprint: string | undefined;
  readonly from: number;
  /** Absent while it exists. */
  readonly to?: number;
}

/** The whole cloud as saved to a file. */
export interface CloudImage {
  readonly id: string;
  readonly serial: number;
  readonly resources: readonly CloudResource[];
  readonly ended: readonly UsageEntry[];
}

export interface ResourceName {
  readonly package: CloudPackage;
  readonly account: string;
  readonly scope: string;
  readonly type: string;
  readonly id: string;
}

/** Usage of deleted resources is kept for this many of them. */
const endedLimit = 20_000;

export class CloudStore {
  readonly id: string;
  readonly #clock: Clock;
  readonly #resources = new Map<string, CloudResource>();
  #ended: UsageEntry[] = [];
  #serial = 0;
  readonly #changed: () => void;

  /** @param changed called after every change, to save it */
  constructor(options: { readonly id: string; readonly clock: Clock; readonly changed: () => void }) {
    this.id = options.id;
    this.#clock = options.clock;
    this.#changed = options.changed;
  }

  load(image: CloudImage): void {
    this.#serial = image.serial;
    this.#ended = [...image.ended];
    for (const resource of image.resources) this.#resources.set(keyOf(resource), resource);
  }

  image(): CloudImage {
    return { id: this.id, serial: this.#serial, resources: [...this.#resources.values()], ended: this.#ended };
  }

  nextSerial(): number {
    return ++this.#serial;
  }

  find(name: ResourceName): CloudResource | undefined {
    return this.#resources.get(keyOf(name));
  }

  all(): IteratorObject<CloudResource> {
    return this.#resources.values();
  }

  /** Resources of one type an account has, in one scope. */
  ofType(at: { readonly account: string; readonly scope?: string }, type: string): readonly CloudResource[] {
    return this.all()
      .filter(
        (one) =>
          one.type === type &&
          one.account === at.account &&
          (at.scope === undefined || one.scope === "" || one.scope === at.scope),
      )
      .toArray();
  }

  put(resource: CloudResource): void {
    this.#resources.set(keyOf(resource), resource);
    this.#changed();
  }

  remove(resource: CloudResource): void {
    if (!this.#resources.delete(keyOf(resource))) return;
    this.#ended.push({ ...usageOf(resource), to: this.#clock.now() });
    if (this.#ended.length > endedLimit) this.#ended.splice(0, this.#ended.length - endedLimit);
    this.#changed();
  }

  clear(): void {
    this.#resources.clear();
    this.#ended = [];
    this.#changed();
  }

  usage(): readonly UsageEntry[] {
    return [...this.#ended, ...this.all().map(usageOf)];
  }
}

function keyOf(name: ResourceName): string {
  return JSON.stringify([
    name.package,
    name.account,
    name.scope,
    name.type,
    name.package === "azure-native" ? name.id.toLowerCase() : name.id,
  ]);
}

function usageOf(resource: CloudResource): UsageEntry {
  const { package: pkg, type, id, account, region, createdAt } = resource;
  return { package: pkg, type, id, account, region, blueprint: blueprintOf(resource), from: createdAt };
}

/** The Blueprint whose marker the resource carries: tag or label `dharma:blueprint`, `dharma-blueprint` or `dharma_blueprint`. */
export function blueprintOf(resource: CloudResource): string | undefined {
  for (const property of ["tags", "labels", "tagsAll", "userLabels", "resourceLabels", "effectiveLabels"]) {
    const tags = resource.properties[property];
    if (!isObject(tags)) continue;
    const marker =
      textAt(tags, "dharma:blueprint") ?? textAt(tags, "dharma-blueprint") ?? textAt(tags, "dharma_blueprint");
    if (marker !== undefined) return marker;
  }
  return undefined;
}
