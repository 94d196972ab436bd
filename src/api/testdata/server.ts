// The real API server as these tests talk to it: plain requests, whole answers.
import { readFile } from "node:fs/promises";
import { Agent, request } from "undici";
import type { PlaneAccess } from "../../../test/support/plane.ts";
import { crds } from "../generate/crd.ts";
import { kindNamed } from "../kinds.ts";
import { type TestObject, withValue } from "./objects.ts";

/** What the server said. */
export interface Answer {
  readonly status: number;
  readonly body: TestObject & { readonly message?: string; readonly details?: { readonly causes?: readonly Cause[] } };
}

/** One fault the server found. */
export interface Cause {
  readonly field: string;
  readonly message: string;
  readonly reason: string;
}

/** Requests to one server, in one namespace. */
export interface Server {
  install(): Promise<void>;
  /** POST, with dry run unless the object is to be stored. */
  create(object: TestObject, store: "stored" | "dry run"): Promise<Answer>;
  /** PUT over whatever version is stored. */
  replace(object: TestObject, subresource: "" | "/status"): Promise<Answer>;
  close(): Promise<void>;
}

/** Connects as the plane's administrator. */
export async function connect(plane: PlaneAccess, namespace: string): Promise<Server> {
  const agent = new Agent({ connect: { ca: await readFile(plane.caFile, "utf8") }, connections: 8 });
  const send = async (method: "GET" | "POST" | "PUT" | "PATCH", path: string, body?: unknown): Promise<Answer> => {
    const response = await request(`${plane.url}${path}`, {
      method,
      dispatcher: agent,
      headers: {
        authorization: `Bearer ${plane.adminToken}`,
        accept: "application/json",
        "content-type": method === "PATCH" ? "application/apply-patch+yaml" : "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    return { status: response.statusCode, body: text.startsWith("{") ? JSON.parse(text) : { message: text } };
  };
  const place = (object: TestObject): string => {
    const type = kindNamed(object.kind)?.type;
    if (type === undefined) throw new Error(`${object.kind} is not a kind of this group`);
    return `/apis/${type.group}/${type.version}${type.namespaced ? `/namespaces/${namespace}` : ""}/${type.plural}`;
  };
  return {
    async install() {
      for (const crd of crds()) {
        const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}?fieldManager=api-test&force=true`;
        const answer = await send("PATCH", path, crd);
        if (answer.status >= 300) throw new Error(`${crd.metadata.name}: ${answer.body.message ?? answer.status}`);
      }
      await send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      await served(send);
    },
    create: (object, store) => send("POST", `${place(object)}${store === "stored" ? "" : "?dryRun=All"}`, object),
    async replace(object, subresource) {
      const path = `${place(object)}/${object.metadata.name}`;
      const { resourceVersion } = (await send("GET", path)).body.metadata;
      return send("PUT", `${path}${subresource}`, withValue(object, "metadata.resourceVersion", resourceVersion));
    },
    close: () => agent.close(),
  };
}

/** Waits until every kind can be listed. */
async function served(send: (method: "GET", path: string) => Promise<Answer>): Promise<void> {
  const end = Date.now() + 60_000;
  for (const { spec } of crds()) {
    const path = `/apis/${spec.group}/v1alpha1/${spec.names.plural}?limit=1`;
    while ((await send("GET", path)).status !== 200) {
      if (Date.now() > end) throw new Error(`${spec.names.plural} is not served after a minute`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
