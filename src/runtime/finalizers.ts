// Finalizers: put on before anything outside is made, taken off only after the clean-up was proven.
import type { KubeObject, ObjectMeta, ResourceType } from "../api/object.ts";
import { isKubeError } from "../kube/errors.ts";
import type { Kube } from "../kube/kube.ts";
import { retry } from "./outcome.ts";

/** What a clean-up found: all proven gone, or more to do. Failures are thrown, never taken for "gone". */
export type CleanUp = { readonly kind: "gone" } | { readonly kind: "remaining"; readonly message: string };

export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) === true;
}

/**
 * Adds `finalizer`, as a compare-and-swap on the resourceVersion. Returns the object as it now is.
 * Throws `retry` when the object has changed or is gone, and when it is being deleted, where no finalizer may be added.
 */
export async function addFinalizer<T extends KubeObject>(
  kube: Kube,
  type: ResourceType<T>,
  object: T,
  finalizer: string,
  signal: AbortSignal,
): Promise<T> {
  if (hasFinalizer(object, finalizer)) return object;
  if (object.metadata.deletionTimestamp !== undefined) {
    throw retry("BeingDeleted", `${object.metadata.name} is being deleted; its finalizer ${finalizer} can't be added`);
  }
  return swap(kube, type, object, [...(object.metadata.finalizers ?? []), finalizer], signal);
}

/**
 * Runs `cleanUp` and removes `finalizer` only when it answered `gone`; if it throws or says `remaining` the finalizer stays.
 * Returns what `cleanUp` answered.
 */
export async function finalize<T extends KubeObject>(
  kube: Kube,
  type: ResourceType<T>,
  object: T,
  finalizer: string,
  signal: AbortSignal,
  cleanUp: (signal: AbortSignal) => Promise<CleanUp>,
): Promise<CleanUp> {
  if (!hasFinalizer(object, finalizer)) return { kind: "gone" };
  const result = await cleanUp(signal);
  signal.throwIfAborted();
  if (result.kind === "gone") await removeFinalizer(kube, type, object, finalizer, signal);
  return result;
}

/** Takes `finalizer` off. Call it only where the clean-up is proven. An object already gone is fine. */
export async function removeFinalizer<T extends KubeObject>(
  kube: Kube,
  type: ResourceType<T>,
  object: T,
  finalizer: string,
  signal: AbortSignal,
): Promise<void> {
  if (!hasFinalizer(object, finalizer)) return;
  try {
    await swap(
      kube,
      type,
      object,
      (object.metadata.finalizers ?? []).filter((other) => other !== finalizer),
      signal,
    );
  } catch (error) {
    if (!isKubeError(error, "notFound")) throw error;
  }
}

async function swap<T extends KubeObject>(
  kube: Kube,
  type: ResourceType<T>,
  object: T,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<T> {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const metadata: Partial<ObjectMeta> = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    finalizers,
  };
  const key = namespace === undefined ? { name } : { namespace, name };
  try {
    return await kube.patch(type, key, { kind: "merge", body: { metadata } }, { signal });
  } catch (error) {
    if (!isKubeError(error, "conflict")) throw error;
    throw retry("Conflict", `${name} changed since it was read; its finalizers are set on the next pass`, {
      cause: error,
    });
  }
}
