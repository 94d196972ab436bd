// A real Argo CD on a control plane: redis, repo server and application controller as processes on loopback.
import { randomBytes } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import { freePorts } from "../../src/local/index.ts";
import { startGuard } from "../../src/local/plane/guard.ts";
import { type PlaneProcess, logTail, startProcess } from "../../src/local/plane/process.ts";
import { toolPaths } from "../support/plane.ts";
import { mustRun, root } from "./chart.ts";

export interface ArgoCd extends AsyncDisposable {
  /** The end of every component's log, for a failure somebody must read. */
  logs(): Promise<string>;
}

/** Where redis-server is; undefined where Argo CD's cache can't run. */
export function redisPath(): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "redis-server");
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Installs what Argo CD reads from the cluster and starts it; `folder` gets its data and logs. */
export async function startArgoCd(kubeconfig: string, redis: string, folder: string): Promise<ArgoCd> {
  const { argocd } = await toolPaths(["argocd"]);
  if (argocd === undefined) throw new Error("argocd was not installed");
  const password = randomBytes(12).toString("hex");
  await applySettings(kubeconfig, password);
  const [redisPort = 0, repoPort = 0, repoMetrics = 0, controllerMetrics = 0] = await freePorts(4);
  const data = async (name: string): Promise<string> => {
    const path = join(folder, name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const environment = {
    KUBECONFIG: kubeconfig,
    ARGOCD_FAKE_IN_CLUSTER: "true", // "in the cluster" is what KUBECONFIG names
    ARGOCD_GPG_ENABLED: "false",
    ARGOCD_TLS_DATA_PATH: await data("tls"),
    ARGOCD_SSH_DATA_PATH: await data("ssh"),
    TMPDIR: await data("tmp"),
    HOME: await data("home"),
    REDIS_PASSWORD: password,
  };
  const guard = startGuard(undefined);
  const running: PlaneProcess[] = [];
  const start = async (name: string, program: string, args: readonly string[]): Promise<void> => {
    const variables = Object.entries({ ...environment, ARGOCD_BINARY_NAME: name }).map(
      ([key, value]) => `${key}=${value}`,
    );
    const log = join(folder, `${name}.log`);
    running.push(await startProcess(name, "/usr/bin/env", [...variables, program, ...args], log, guard));
  };
  const redisAddress = `127.0.0.1:${redisPort}`;
  await start("redis-server", redis, [
    ...`--bind 127.0.0.1 --port ${redisPort} --appendonly no --requirepass ${password}`.split(" "),
    "--save",
    "",
    "--dir",
    await data("redis"),
  ]);
  await start("argocd-repo-server", argocd, [
    "--disable-tls",
    "--address=127.0.0.1",
    `--port=${repoPort}`,
    "--metrics-address=127.0.0.1",
    `--metrics-port=${repoMetrics}`,
    `--redis=${redisAddress}`,
  ]);
  await start("argocd-application-controller", argocd, [
    "--namespace=argocd",
    `--kubeconfig=${kubeconfig}`,
    `--repo-server=127.0.0.1:${repoPort}`,
    "--repo-server-plaintext",
    `--redis=${redisAddress}`,
    `--metrics-port=${controllerMetrics}`,
    "--persist-resource-health",
    "--app-resync=10",
    "--app-resync-jitter=0",
  ]);
  return {
    async logs() {
      const tails = await Promise.all(running.map(async (each) => `--- ${each.name}\n${await logTail(each, 25)}`));
      return tails.join("\n");
    },
    async [Symbol.asyncDispose]() {
      for (const each of running.toReversed()) await each.stop();
      guard.close();
    },
  };
}

async function applySettings(kubeconfig: string, password: string): Promise<void> {
  const apply = (input: string) =>
    mustRun("kubectl", ["apply", "--server-side", "--field-manager=argocd-install", "-f", "-"], { kubeconfig, input });
  await apply(documents([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } }, ...kinds()]));
  await mustRun("kubectl", ["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"], { kubeconfig });
  const labels = { "app.kubernetes.io/part-of": "argocd" };
  const object = (kind: string, name: string, more: object = {}) => ({
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "argocd", labels },
    ...more,
  });
  const empty = ["argocd-rbac-cm", "argocd-tls-certs-cm", "argocd-ssh-known-hosts-cm", "argocd-gpg-keys-cm"];
  await apply(
    documents([
      ...empty.map((name) => object("ConfigMap", name)),
      object("Secret", "argocd-secret", { stringData: { "server.secretkey": randomBytes(16).toString("hex") } }),
      object("Secret", "argocd-redis", { stringData: { auth: password } }),
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "default", namespace: "argocd" },
        spec: {
          sourceRepos: ["*"],
          destinations: [{ namespace: "*", server: "*" }],
          clusterResourceWhitelist: [{ group: "*", kind: "*" }],
        },
      },
    ]),
  );
  await apply(await readFile(join(root, "examples", "argocd", "argocd-cm.yaml"), "utf8"));
}

/** Argo CD's kinds without their long schemas: its controller reads and writes them whole. */
function kinds(): readonly object[] {
  return [
    ["Application", "applications"],
    ["AppProject", "appprojects"],
    ["ApplicationSet", "applicationsets"],
  ].map(([kind = "", plural = ""]) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.argoproj.io` },
    spec: {
      group: "argoproj.io",
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  }));
}

function documents(objects: readonly object[]): string {
  return objects.map((each) => stringify(each, { aliasDuplicateObjects: false })).join("---\n");
}
