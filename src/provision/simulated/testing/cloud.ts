// Support of this folder's tests: a cloud of one's own, the real pulumi CLI against it, HTTP to its control address.
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import os from "node:os";
import path from "node:path";
import { LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { systemClock } from "../../../kube/clock.ts";
import { startSimulatedCloud } from "../cloud.ts";
import type { SimulatedCloud, SimulatedCloudOptions } from "../contract.ts";

export interface TestCloud extends SimulatedCloud {
  /** Calls the control address; answers status and parsed JSON. */
  readonly ask: (
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<{ readonly status: number; readonly body: unknown }>;
  readonly stop: () => Promise<void>;
}

/** A seeded random sequence (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export async function testCloud(options: Partial<SimulatedCloudOptions> = {}): Promise<TestCloud> {
  const stop = new AbortController();
  const cloud = await startSimulatedCloud({
    signal: stop.signal,
    clock: systemClock,
    random: seededRandom(1),
    ...options,
  });
  const ask = async (method: string, route: string, body?: unknown) => {
    const content = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await fetch(cloud.control + route, { method, ...content });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? (JSON.parse(text) as unknown) : text };
  };
  return {
    ...cloud,
    ask,
    stop: () => {
      stop.abort(new Error("the test is over"));
      return cloud.closed;
    },
  };
}

export const awsKey = "AKIAQYLPMN5HHHFPZAM2";

/** Provider configuration that the simulated cloud accepts. */
export const credentials: Readonly<Record<string, string>> = {
  "aws:region": "eu-central-1",
  "aws:accessKey": awsKey,
  "aws:secretKey": "simulated",
  "azure-native:subscriptionId": "11111111-2222-4333-8444-555555555555",
  "azure-native:clientId": "client",
  "azure-native:clientSecret": "simulated",
  "azure-native:tenantId": "tenant",
  "azure-native:location": "westeurope",
  "gcp:project": "dharma-test",
  "gcp:region": "europe-west3",
  "gcp:zone": "europe-west3-a",
  "gcp:credentials": JSON.stringify({
    type: "service_account",
    client_email: "t@dharma-test.iam.gserviceaccount.com",
    project_id: "dharma-test",
  }),
};

/** Where the tools of the local control plane are cached; undefined when pulumi is not there. */
export function pulumiPath(): string | undefined {
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache");
  const file = path.join(cache, "dharma/tools/pulumi/v3.250.0/pulumi");
  return existsSync(file) ? file : undefined;
}

export interface TestStack {
  readonly stack: Stack;
  /** Everything of the stack is in this folder; its pulumi runs from it. */
  readonly home: string;
  /** Runs the CLI itself on the stack. */
  readonly cli: (...args: readonly string[]) => Promise<string>;
  readonly remove: () => Promise<void>;
}

/** An inline program on a file backend of its own, with the cloud's providers attached. */
export async function testStack(
  cloud: SimulatedCloud,
  program: PulumiFn,
  config: Readonly<Record<string, string>> = credentials,
): Promise<TestStack> {
  const home = await mkdtemp(path.join(os.tmpdir(), "dharma-simulated-"));
  const binary = pulumiPath();
  if (binary === undefined) throw new Error("the pulumi CLI is not built: npm run -s tools");
  const bin = path.join(home, "root/bin");
  await mkdir(bin, { recursive: true });
  await symlink(binary, path.join(bin, "pulumi"));
  await mkdir(path.join(home, "state"));
  const envVars = {
    PULUMI_HOME: path.join(home, "home"),
    PULUMI_BACKEND_URL: `file://${path.join(home, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DEBUG_PROVIDERS: cloud.debugProviders,
  };
  const pulumiCommand = await PulumiCommand.get({ root: path.join(home, "root"), skipVersionCheck: true });
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "test", projectName: "simulated", program },
    { envVars, pulumiCommand, workDir: home, pulumiHome: envVars.PULUMI_HOME },
  );
  await stack.setAllConfig(
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key, { value, secret: /[sS]ecret|credentials|Key$/.test(key) }]),
    ),
  );
  const cli = async (...args: readonly string[]) => {
    const options = { cwd: home, env: { ...process.env, ...envVars } };
    return (await promisify(execFile)(path.join(bin, "pulumi"), [...args, "--stack", "test"], options)).stdout;
  };
  return { stack, home, cli, remove: () => rm(home, { recursive: true, force: true }) };
}

/** `credentials` of one package without the prefix, as Configure takes them. */
export function configOf(pkg: string): Record<string, string> {
  const own = Object.entries(credentials).filter(([key]) => key.startsWith(`${pkg}:`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(pkg.length + 1), value]));
}
