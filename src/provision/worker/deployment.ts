// Reads a stack's state without the engine: one HTTP call to the state service, or one file.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stateDigest } from "../state/digest.ts";
import type { Deployment, VersionedDeployment } from "../state/deployment.ts";
import { isObject } from "../state/deployment.ts";
import type { OperationJob } from "./job.ts";

const EMPTY: VersionedDeployment = { version: 3 };

/**
 * The state; empty where there is none yet. Undefined for backends that only the engine can read (object stores, databases).
 * Rejects when the state service refuses.
 */
export async function readDeployment(job: OperationJob, signal: AbortSignal): Promise<VersionedDeployment | undefined> {
  const { backend, stack } = job;
  if (backend.kind === "service") {
    const url = `${backend.url}/api/stacks/${stack.organization}/${stack.project}/${stack.name}/export`;
    const answer = await fetch(url, { headers: { authorization: `token ${backend.accessToken}` }, signal });
    if (answer.status === 404) return EMPTY;
    const body = await answer.text();
    if (!answer.ok) throw new Error(`the state service answered ${answer.status}: ${body.slice(0, 500)}`);
    return deploymentOf(JSON.parse(body));
  }
  if (!backend.url.startsWith("file://")) return undefined;
  const path = join(fileURLToPath(backend.url), ".pulumi", "stacks", stack.project, `${stack.name}.json`);
  try {
    const file: unknown = JSON.parse(await readFile(path, "utf8"));
    const checkpoint = isObject(file) ? file["checkpoint"] : undefined;
    const latest = isObject(checkpoint) ? checkpoint["latest"] : undefined;
    return deploymentOf({ version: 3, deployment: latest ?? {} });
  } catch (error) {
    if (isMissing(error)) return EMPTY;
    throw error;
  }
}

/** Digest of a state for plans: secrets count as equal here, changes of inputs are in the plan id by keyed HMAC. */
export function planStateDigest(deployment: VersionedDeployment): string {
  return stateDigest(deployment, { decrypt: () => "", key: new Uint8Array(32) });
}

/** The providers recorded in a state, as packages to register anew with current credentials. */
export function recordedProviders({ deployment }: VersionedDeployment) {
  return (deployment?.resources ?? [])
    .filter(({ type, delete: leaving }) => type.startsWith("pulumi:providers:") && leaving !== true)
    .map(({ type, urn, inputs }) => {
      const name = type.slice("pulumi:providers:".length);
      const { version, ...config } = inputs ?? {};
      const plain = Object.entries(config).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string" && entry[0] !== "__internal",
      );
      return {
        name,
        provider: urn.slice(urn.lastIndexOf("::") + 2),
        version: typeof version === "string" ? version : "",
        config: Object.fromEntries(plain),
      };
    });
}

/** Cloud resources of a state. */
export function recordedResources(deployment: Deployment | undefined): readonly string[] {
  return (deployment?.resources ?? [])
    .filter(({ custom, type }) => custom === true && !type.startsWith("pulumi:"))
    .map(({ urn }) => urn);
}

/** What a backend gave, if it is a Pulumi deployment; throws otherwise. */
export function deploymentOf(value: unknown): VersionedDeployment {
  if (!isVersioned(value)) throw new Error("the backend's answer is not a Pulumi deployment");
  return value;
}

function isVersioned(value: unknown): value is VersionedDeployment {
  if (!isObject(value) || typeof value["version"] !== "number") return false;
  const deployment = value["deployment"];
  if (deployment === undefined || deployment === null) return true;
  const resources = isObject(deployment) ? deployment["resources"] : "malformed";
  return resources === undefined || resources === null || Array.isArray(resources);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
