// Which changes are worth a pass.
import type { KubeObject } from "../api/object.ts";
import type { Predicate } from "./trigger.ts";

/** Ask for one pass now: any new value of this annotation does. */
export const reconcileAtAnnotation = "iacdharma.com/reconcile-at";
/** "true": the object is left alone; its observedGeneration and `Paused` condition are still written. */
export const pausedAnnotation = "iacdharma.com/paused";

/** True when the object carries the pause annotation. What that means is the controller's to say. */
export function isPaused(object: KubeObject): boolean {
  return object.metadata.annotations?.[pausedAnnotation] === "true";
}

/** Lets through what may change the outcome of a pass and nothing else: not its own status, not a score's decimals. */
export const meaningfulChange: Predicate<KubeObject> = (change) => {
  if (change.kind !== "modified") return true;
  const { new: object, old: previous } = change;
  const now = object.metadata;
  const then = previous.metadata;
  if (now.uid !== then.uid || now.deletionTimestamp !== then.deletionTimestamp) return true;
  // Without a generation (core kinds without a spec) every change counts.
  if (now.generation === undefined || now.generation !== then.generation) return true;
  return (
    !sameEntries(now.annotations, then.annotations) ||
    !sameEntries(now.labels, then.labels) ||
    !sameItems(now.finalizers, then.finalizers) ||
    healthClassOf(object) !== healthClassOf(previous)
  );
};

/** `status.health.class` of our kinds; undefined where there is none. */
export function healthClassOf(object: KubeObject): string | undefined {
  const status = field(object, "status");
  const health = field(status, "health");
  const value = field(health, "class");
  return typeof value === "string" ? value : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

function sameEntries(a: Readonly<Record<string, string>> = {}, b: Readonly<Record<string, string>> = {}): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function sameItems(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]));
}
