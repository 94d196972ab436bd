// The Kube that talks to a real API server.
import type { KubeObject, ObjectKey, ResourceType } from "../api/object.ts";
import { credentialSource } from "./credentials.ts";
import { decodeList, decodeObject, parseJson } from "./decode.ts";
import { isKubeError, KubeError } from "./errors.ts";
import { loadKubeConfig } from "./kubeconfig.ts";
import type { Connection } from "./kubeconfig.ts";
import type { KubeClient, KubeOptions } from "./options.ts";
import { collectionPath, describeObject, objectPath, query } from "./paths.ts";
import { createPools } from "./pools.ts";
import { deleteBody, pageOf, selectors, watchQuery, writeQuery } from "./requests.ts";
import { createTransport } from "./transport.ts";
import type { Call, Transport } from "./transport.ts";
import { decodeWatch } from "./watch.ts";

const metadataAccept = (kind: string) => `application/json;as=${kind};g=meta.k8s.io;v=v1`;

/** Reads the kubeconfig; makes no connection yet. Rejects with KubeConfigError. */
export async function createKube(options: KubeOptions, signal: AbortSignal): Promise<KubeClient> {
  const connection = await loadKubeConfig(options.kubeconfig, {
    ...(options.context !== undefined && { context: options.context }),
    signal,
  });
  return connectKube(connection, options);
}

/** A client for a connection that is known already. */
export function connectKube(connection: Connection, options: KubeOptions): KubeClient {
  const lifetime = new AbortController();
  const pools = createPools(connection, { connections: options.connections ?? 16, clock: options.clock });
  const credentials = credentialSource(connection, {
    clock: options.clock,
    refreshMs: options.refreshMs ?? 10_000,
    lifetime: lifetime.signal,
  });
  const transport = createTransport({ server: connection.server, credentials, pools, options });
  const close = async () => {
    lifetime.abort(new KubeError("unreachable", "this client of the API server is closed", { delivery: "no" }));
    await pools.close();
  };
  return {
    ...verbs(transport, lifetime.signal),
    host: new URL(connection.server).host,
    namespace: connection.namespace,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function verbs(
  transport: Transport,
  lifetime: AbortSignal,
): Omit<KubeClient, "host" | "namespace" | "close" | typeof Symbol.asyncDispose> {
  const write = async <T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    call: Omit<Call<T>, "what" | "decode">,
  ): Promise<T> => {
    lifetime.throwIfAborted();
    const what = `${call.verb} ${describeObject(type, key)}`;
    return transport.send({ ...call, what, decode: (text) => decodeObject(what, type, parseJson(what, text)) });
  };

  return {
    get: async (type, key, options) =>
      write(type, key, { verb: "get", method: "GET", path: objectPath(type, key), repeatable: true, options }),

    async list(type, options) {
      lifetime.throwIfAborted();
      const what = `list ${type.plural}`;
      return transport.send({
        what,
        verb: "list",
        method: "GET",
        path: collectionPath(type, options.namespace) + query({ ...selectors(options), ...pageOf(options) }),
        accept: options.metadataOnly ? metadataAccept("PartialObjectMetadataList") : "application/json",
        repeatable: true,
        options,
        defaultTimeoutMs: 60_000,
        decode: (text) => decodeList(what, type, text),
      });
    },

    async *watch(type, options) {
      lifetime.throwIfAborted();
      const what = `watch ${type.plural}`;
      const response = await transport.stream(
        {
          what,
          verb: "watch",
          method: "GET",
          path: collectionPath(type, options.namespace) + query({ ...selectors(options), ...watchQuery(options) }),
          accept: options.metadataOnly ? metadataAccept("PartialObjectMetadata") : "application/json",
        },
        { idleMs: options.idleMs ?? 90_000, signal: options.signal },
      );
      try {
        yield* decodeWatch(what, type, response.body, options.signal);
      } catch (error) {
        if (isKubeError(error, "timeout")) transport.distrustStreams();
        throw error;
      }
    },

    create: async (type, object, options) =>
      write(type, object.metadata, {
        verb: "create",
        method: "POST",
        path:
          (options.subresource === undefined
            ? collectionPath(type, object.metadata.namespace)
            : objectPath(type, object.metadata, options.subresource)) + writeQuery(options),
        contentType: "application/json",
        body: JSON.stringify(object),
        repeatable: false,
        options,
      }),

    update: async (type, object, options) =>
      write(type, object.metadata, {
        verb: "update",
        method: "PUT",
        path: objectPath(type, object.metadata, options.subresource) + writeQuery(options),
        contentType: "application/json",
        body: JSON.stringify(object),
        repeatable: true,
        options,
      }),

    apply: async (type, object, options) =>
      write(type, object.metadata, {
        verb: "apply",
        method: "PATCH",
        path:
          objectPath(type, object.metadata, options.subresource) +
          writeQuery({ ...options, force: options.force ?? true }),
        contentType: "application/apply-patch+yaml",
        body: JSON.stringify(object),
        repeatable: true,
        options,
      }),

    patch: async (type, key, patch, options) =>
      write(type, key, {
        verb: "patch",
        method: "PATCH",
        path: objectPath(type, key, options.subresource) + writeQuery(options),
        contentType: patch.kind === "merge" ? "application/merge-patch+json" : "application/json-patch+json",
        body: JSON.stringify(patch.body),
        repeatable: patch.kind === "merge",
        options,
      }),

    async delete(type, key, options) {
      lifetime.throwIfAborted();
      await transport.send({
        what: `delete ${describeObject(type, key)}`,
        verb: "delete",
        method: "DELETE",
        path: objectPath(type, key),
        contentType: "application/json",
        body: JSON.stringify(deleteBody(options)),
        repeatable: true,
        options,
        decode: () => undefined,
        absent: () => undefined,
      });
    },

    async post(path, body, options) {
      lifetime.throwIfAborted();
      const what = `post ${path}`;
      return transport.send({
        what,
        verb: "post",
        method: "POST",
        path,
        contentType: "application/json",
        body: JSON.stringify(body),
        repeatable: false,
        options,
        decode: (text) => parseJson(what, text),
      });
    },

    async getPath(path, options) {
      lifetime.throwIfAborted();
      return transport.send({
        what: `get ${path}`,
        verb: "get",
        method: "GET",
        path,
        accept: "application/json, */*",
        repeatable: true,
        options,
        decode: jsonOrText,
      });
    },
  };
}

/** /healthz and /metrics answer in plain text. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
