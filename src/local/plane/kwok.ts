// Simulated nodes and pods: KWOK with Stages of our own (kwok refuses to start without any).
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, request } from "undici";
import type { ToolName } from "../tools/index.ts";
import type { PlaneProcess } from "./process.ts";
import { stages } from "./stages.ts";

export interface KwokOptions {
  readonly start: (name: ToolName, args: readonly string[]) => Promise<PlaneProcess>;
  readonly folder: string;
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly caPem: string;
  readonly token: string;
  readonly nodes: number;
  readonly signal: AbortSignal;
}

/** Starts kwok over every node and makes `nodes` of them. */
export async function startKwok(options: KwokOptions): Promise<void> {
  const config = join(options.folder, "kwok.yaml");
  await writeFile(config, stages, { mode: 0o600 });
  await options.start("kwok", [
    `--kubeconfig=${options.kubeconfigPath}`,
    `--config=${config}`,
    "--manage-all-nodes=true",
    "--node-lease-duration-seconds=40",
    "--enable-crds=",
  ]);
  const agent = new Agent({ connect: { ca: options.caPem } });
  try {
    for (let index = 0; index < options.nodes; index++) await createNode(agent, options, `node-${index}`);
  } finally {
    await agent.close();
  }
}

async function createNode(agent: Agent, options: KwokOptions, name: string): Promise<void> {
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", type: "kwok" },
    },
    status: {
      allocatable: { cpu: "32", memory: "256Gi", pods: "110" },
      capacity: { cpu: "32", memory: "256Gi", pods: "110" },
    },
  };
  const answer = await request(`${options.url}/api/v1/nodes`, {
    method: "POST",
    dispatcher: agent,
    signal: options.signal,
    headers: { authorization: `Bearer ${options.token}`, "content-type": "application/json" },
    body: JSON.stringify(node),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 201 && answer.statusCode !== 409)
    throw new Error(`node ${name} could not be made: ${text}`);
}
