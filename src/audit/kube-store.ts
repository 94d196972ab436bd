// Keeps the audit log in Secrets of the operator's namespace.
import { gunzipSync, gzipSync } from "node:zlib";
import type { KubeObject, ResourceType } from "../api/object.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { lineOf } from "./chain.ts";
import { headOf, segmentOf } from "./stored.ts";
import { type AuditStore, type Head, type Segment, type StoredHead, type Swap, UnreadableSegment } from "./store.ts";

interface AuditSecret extends KubeObject {
  readonly type: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

const secrets: ResourceType<AuditSecret> = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
};

const SHARD_LABEL = "iacdharma.com/audit-shard";
const PART_LABEL = "iacdharma.com/audit-part";
const FIELD = "log";
/** A Secret holds 1 MiB; base64 takes a third more, and the rest of the object needs room. */
const MAX_BYTES = 700 << 10;

/** The store in `namespace`. It needs get, list, create, update and delete on Secrets there, and nothing elsewhere. */
export function kubeAuditStore(kube: Kube, namespace: string): AuditStore {
  const head = (shard: string) => ({ namespace, name: `dharma-audit-${shard}` });
  return {
    async readHead(shard, signal): Promise<StoredHead | undefined> {
      const key = head(shard);
      const secret = await found(kube.get(secrets, key, { signal }));
      if (secret === undefined) return undefined;
      return { head: headOf(unpack(secret), key.name), version: secret.metadata.resourceVersion ?? "" };
    },

    async swapHead(next: Head, version, signal): Promise<Swap> {
      const { name } = head(next.shard);
      const secret = secretOf(name, namespace, next.shard, "head", next, version);
      try {
        const written =
          version === undefined
            ? await kube.create(secrets, secret, { signal })
            : await kube.update(secrets, secret, { signal });
        return { kind: "done", version: written.metadata.resourceVersion ?? "" };
      } catch (error) {
        if (isKubeError(error, "conflict", "alreadyExists", "notFound")) return { kind: "lost" };
        throw error;
      }
    },

    async putSegment(name, segment: Segment, signal): Promise<void> {
      const secret = { ...secretOf(name, namespace, segment.shard, "segment", segment, undefined), immutable: true };
      try {
        await kube.create(secrets, secret, { signal });
      } catch (error) {
        if (!isKubeError(error, "alreadyExists")) throw error;
        const there = segmentOf(unpack(await kube.get(secrets, { namespace, name }, { signal })), name);
        if (lineOf(there) !== lineOf(segment)) {
          throw new UnreadableSegment(name, "it exists with other content");
        }
      }
    },

    async readSegment(name, signal): Promise<Segment | undefined> {
      const secret = await found(kube.get(secrets, { namespace, name }, { signal }));
      return secret === undefined ? undefined : segmentOf(unpack(secret), name);
    },

    async listSegments(shard, signal): Promise<readonly string[]> {
      const labelSelector = `${PART_LABEL}=segment,${SHARD_LABEL}=${shard}`;
      const { items } = await kube.list(secrets, { namespace, labelSelector, metadataOnly: true, signal });
      return items.map(({ metadata }) => metadata.name);
    },

    async deleteSegment(name, signal): Promise<void> {
      await found(kube.delete(secrets, { namespace, name }, { signal }));
    },

    async listShards(signal): Promise<readonly string[]> {
      const page = await kube.list(secrets, {
        namespace,
        labelSelector: `${PART_LABEL}=head`,
        metadataOnly: true,
        signal,
      });
      return page.items.map(({ metadata }) => metadata.labels?.[SHARD_LABEL] ?? "").filter((shard) => shard !== "");
    },
  };
}

function secretOf(
  name: string,
  namespace: string,
  shard: string,
  part: "head" | "segment",
  content: Head | Segment,
  version: string | undefined,
): AuditSecret {
  const bytes = gzipSync(lineOf(content));
  if (bytes.byteLength > MAX_BYTES) throw new RangeError(`${name} would have ${bytes.byteLength} bytes`);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      namespace,
      labels: { [SHARD_LABEL]: shard, [PART_LABEL]: part, "app.kubernetes.io/managed-by": "dharma" },
      ...(version === undefined ? {} : { resourceVersion: version }),
    },
    type: "iacdharma.com/audit",
    data: { [FIELD]: bytes.toString("base64") },
  };
}

function unpack(secret: AuditSecret): unknown {
  try {
    const text = gunzipSync(Buffer.from(secret.data?.[FIELD] ?? "", "base64")).toString("utf8");
    return JSON.parse(text);
  } catch (error) {
    throw new UnreadableSegment(secret.metadata.name, error instanceof Error ? error.message : "?");
  }
}

async function found<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isKubeError(error, "notFound")) return undefined;
    throw error;
  }
}
