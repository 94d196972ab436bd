// The API server behind a fence: no write leaves after the right to write is lost, and writes are remembered.
import type { KubeObject, ObjectKey, ResourceType } from "../api/object.ts";
import type { Kube } from "../kube/kube.ts";
import type { Fence } from "./fence.ts";

/** Told of each object as the server stored it. */
export type Written = (type: ResourceType, object: KubeObject) => void;

/** Reads go through as they are; each write first checks the fence, and tells `written` what became of it. */
export function fencedKube(kube: Kube, fence: Pick<Fence, "check">, written: Written = () => {}): Kube {
  const write = async <T extends KubeObject>(
    type: ResourceType<T>,
    dryRun: boolean | undefined,
    call: () => Promise<T>,
  ): Promise<T> => {
    fence.check();
    const object = await call();
    if (dryRun !== true) written(type, object);
    return object;
  };
  return {
    get: (type, key, options) => kube.get(type, key, options),
    list: (type, options) => kube.list(type, options),
    watch: (type, options) => kube.watch(type, options),
    getPath: (path, options) => kube.getPath(path, options),
    create: (type, object, options) => write(type, options.dryRun, () => kube.create(type, object, options)),
    update: (type, object, options) => write(type, options.dryRun, () => kube.update(type, object, options)),
    apply: (type, object, options) => write(type, options.dryRun, () => kube.apply(type, object, options)),
    patch: (type, key, patch, options) => write(type, options.dryRun, () => kube.patch(type, key, patch, options)),
    async delete(type, key, options) {
      fence.check();
      await kube.delete(type, key, options);
    },
    async post(path, body, options) {
      fence.check();
      return kube.post(path, body, options);
    },
  };
}

/** The key of an object. */
export function keyOf(object: KubeObject): ObjectKey {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}
