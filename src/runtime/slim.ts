// What every object goes through before it is stored: managedFields dropped, repeated strings shared.
//
// Measured on Pods of 4.67 KB: 8.5 KiB of heap as parsed, 5.2 without managedFields, 4.2 with strings interned. A later PUT
// of a slim object is harmless: the server keeps the managedFields of an object that comes without them.
import type { KubeObject } from "../api/object.ts";
import type { Interner } from "./interner.ts";

/** Longer strings are rarely repeated and dear to hash. */
const maxInterned = 96;

/** Changes `object` in place where it can: the caller has just parsed it and holds it alone. */
export function slim<T extends KubeObject>(object: T, interner: Interner): T {
  const { managedFields, ...metadata } = object.metadata;
  if (managedFields === undefined) {
    share(object, interner);
    return object;
  }
  // A new metadata object: deleting a property would put the old one into V8's slow, larger dictionary mode.
  const slimmed = Object.assign(object, { metadata });
  share(slimmed, interner);
  return slimmed;
}

function share(value: unknown, interner: Interner): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (typeof item === "string") value[index] = shared(item, interner);
      else share(item, interner);
    }
    return;
  }
  if (!isMutable(value)) return;
  for (const name in value) {
    const item = value[name];
    if (typeof item === "object") share(item, interner);
    // Unique by nature: remembering them would push out what repeats.
    else if (typeof item === "string" && name !== "uid" && name !== "resourceVersion")
      value[name] = shared(item, interner);
  }
}

function shared(text: string, interner: Interner): string {
  return text.length <= maxInterned ? interner.intern(text) : text;
}

function isMutable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
