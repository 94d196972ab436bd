// Support of this folder's tests: a simulated cloud, a pool, a file backend, jobs that fit them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { systemClock } from "../../kube/clock.ts";
import { createSdkCatalog } from "../graph/catalog.ts";
import type { CloudProvider, ResourceGraph } from "../graph/graph.ts";
import type { BuildSpec, ResolvedInputs } from "../graph/spec.ts";
import { translate } from "../graph/translate.ts";
import { credentials, pulumiPath, testCloud, type TestCloud } from "../simulated/testing/cloud.ts";
import type { WorkerPool } from "./contract.ts";
import type { OperationEvent, OperationJob, OperationRequest, OperationResult } from "./job.ts";
import { createWorkerPool } from "./pool.ts";

/** Regions that the simulated clouds know. */
export const REGIONS: Readonly<Record<CloudProvider, string>> = {
  aws: "eu-central-1",
  azure: "westeurope",
  gcp: "europe-west3",
};

/** Credentials that the simulated clouds accept, as the environment of the real providers. */
export const CREDENTIALS: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: credentials["aws:accessKey"] ?? "",
  AWS_SECRET_ACCESS_KEY: credentials["aws:secretKey"] ?? "",
  ARM_CLIENT_ID: credentials["azure-native:clientId"] ?? "",
  ARM_CLIENT_SECRET: credentials["azure-native:clientSecret"] ?? "",
  ARM_TENANT_ID: credentials["azure-native:tenantId"] ?? "",
  ARM_SUBSCRIPTION_ID: credentials["azure-native:subscriptionId"] ?? "",
  GOOGLE_CREDENTIALS: credentials["gcp:credentials"] ?? "",
  GOOGLE_PROJECT: credentials["gcp:project"] ?? "",
};

/** The CLI that the tools of the local control plane put into the cache. */
export function cli(): string {
  const path = pulumiPath();
  if (path === undefined) throw new Error("the pulumi CLI is not built: npm run -s tools");
  return path;
}

/** A graph, or the problems as an error. */
export function graphOf(spec: BuildSpec, inputs: ResolvedInputs = {}): ResourceGraph {
  const identity = { uid: "6f1c9f0e-0000-4000-8000-000000000001", name: "web-shop", namespace: "shop" };
  const translation = translate(spec, inputs, { identity, catalog: createSdkCatalog() });
  if (translation.kind === "refused") throw new Error(JSON.stringify(translation.problems));
  return translation.graph;
}

/** One stack on one simulated cloud. */
export interface TestBench {
  readonly cloud: TestCloud;
  readonly pool: WorkerPool;
  readonly folder: string;
  job(request: OperationRequest, changes?: Partial<OperationJob>): OperationJob;
  run(
    request: OperationRequest,
    changes?: Partial<OperationJob> & { onEvent?: (event: OperationEvent) => void },
  ): Promise<OperationResult>;
  /** Plan, then apply exactly that plan. Throws what failed. */
  build(graph: ResourceGraph): Promise<Extract<OperationResult, { kind: "applied" }>>;
  /** What the simulated cloud holds now, as its control address lists it. */
  resources(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  stop(): Promise<void>;
}

/** Starts a bench. */
export async function testBench(): Promise<TestBench> {
  const cloud = await testCloud();
  const folder = await mkdtemp(join(tmpdir(), "dharma-bench-"));
  const pool = createWorkerPool({ size: 2, clock: systemClock, cli: cli(), graceMs: 5_000, folder });
  const state = await mkdtemp(join(folder, "state-"));
  const job: TestBench["job"] = (request, changes = {}) => ({
    id: `test-${request.kind}`,
    namespace: "shop",
    stack: { organization: "organization", project: "web-shop", name: "test" },
    request,
    backend: { kind: "url", url: pathToFileURL(state).href, passphrase: "bench" },
    plugins: { kind: "attached", ports: cloud.providers },
    credentials: CREDENTIALS,
    deadlineMs: 120_000,
    ...changes,
  });
  const run: TestBench["run"] = async (request, { onEvent, ...changes } = {}) =>
    pool.runOperation(job(request, changes), {
      signal: new AbortController().signal,
      ...(onEvent === undefined ? {} : { onEvent }),
    });
  return {
    cloud,
    pool,
    folder,
    job,
    run,
    build: async (graph) => {
      const planned = await run({ kind: "plan", graph, refresh: "none" });
      if (planned.kind !== "planned" || planned.saved === undefined) throw new Error(JSON.stringify(planned));
      const applied = await run({ kind: "apply", graph, plan: planned.saved, stateDigest: planned.stateDigest });
      if (applied.kind !== "applied") throw new Error(JSON.stringify(applied));
      return applied;
    },
    resources: async () => {
      const { body } = await cloud.ask("GET", "/resources");
      const items: unknown =
        typeof body === "object" && body !== null
          ? (Reflect.get(body, "items") ?? Reflect.get(body, "resources"))
          : body;
      if (!Array.isArray(items)) throw new Error(`the control address answered ${JSON.stringify(body).slice(0, 200)}`);
      return items;
    },
    stop: async () => {
      await pool.close(AbortSignal.timeout(60_000));
      await cloud.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
