// Cloud identities from annotations, what a Secret may not carry, and tokens kept fresh in files.
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { KubeError } from "../../kube/index.ts";
import { ManualClock } from "../../runtime/index.ts";
import { refusedVariable } from "./environment.ts";
import { accountIdentity, separateToken, type WantedToken } from "./service-account.ts";
import { createIdentityTokens, TokenRefused } from "./tokens.ts";

const signal = new AbortController().signal;

describe("the identity of a ServiceAccount", () => {
  const account = (annotations: Record<string, string>) => ({ namespace: "shop", name: "builder", annotations });
  const gcp = {
    "iam.gke.io/gcp-service-account": "builder@shop-1.iam.gserviceaccount.com",
    "iacdharma.com/gcp-workload-identity-provider":
      "projects/42/locations/global/workloadIdentityPools/k8s/providers/one",
  };

  test.each([
    ["aws", { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/b" }, "sts.amazonaws.com"],
    [
      "azure",
      {
        "azure.workload.identity/client-id": "c",
        "azure.workload.identity/tenant-id": "t",
        "iacdharma.com/azure-subscription-id": "s",
      },
      "api://AzureADTokenExchange",
    ],
    ["gcp", gcp, "//iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/k8s/providers/one"],
  ])("on %s asks for a token of that cloud's audience, in a file of its own", (provider, annotations, audience) => {
    const identity = accountIdentity(provider, account(annotations), "/tokens");
    if (identity.kind !== "ok") throw new Error(identity.message);
    const { variables, token } = separateToken(identity.environment);
    expect(token).toMatchObject({ namespace: "shop", serviceAccount: "builder", audience });
    expect(JSON.stringify(variables)).toContain(token?.file);
    expect(accountIdentity(provider, account(annotations), "/tokens")).toEqual(identity);
  });

  test.each([
    ["aws", {}],
    ["aws", { "eks.amazonaws.com/role-arn": "builder" }],
    ["azure", { "azure.workload.identity/client-id": "c" }],
    ["gcp", { ...gcp, "iacdharma.com/gcp-workload-identity-provider": "https://kubernetes.default.svc" }],
  ])("on %s without %j says which annotations it lacks", (provider, annotations) => {
    const identity = accountIdentity(provider, account(annotations), "/tokens");
    expect(identity).toMatchObject({ kind: "lacks", message: expect.stringContaining("annotate it with") });
  });
});

describe("a Secret of credentials", () => {
  test.each([
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "ARM_CLIENT_SECRET",
    "GOOGLE_CREDENTIALS",
    "DATADOG_API_KEY",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
  ])("may carry %s", (name) => {
    expect(refusedVariable(name, "value")).toBeUndefined();
  });

  test.each([
    "PATH",
    "LD_PRELOAD",
    "NODE_OPTIONS",
    "PULUMI_DEBUG_PROVIDERS",
    "https_proxy",
    "SSL_CERT_FILE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "AZURE_FEDERATED_TOKEN_FILE",
    "ARM_USE_MSI",
    "dharma.identityToken",
  ])("may not carry %s, and its value is not told", (name) => {
    expect(refusedVariable(name, "hunter2")).toEqual(expect.not.stringContaining("hunter2"));
  });

  test("may not carry an external account, which would read the operator's own token", () => {
    const value = JSON.stringify({ type: "external_account", credential_source: { file: "/var/run/secrets/token" } });
    expect(refusedVariable("GOOGLE_CREDENTIALS", value)).toContain("serviceAccountName");
  });
});

describe("a kept token", () => {
  let folder: string;
  let wanted: WantedToken;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "dharma-tokens-"));
    wanted = { namespace: "shop", serviceAccount: "builder", audience: "sts", file: join(folder, "in", "token") };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("is there for its user alone, is renewed before it ends, and goes with the last user", async () => {
    const clock = new ManualClock(0);
    let made = 0;
    const tokens = createIdentityTokens({ post: async () => ({ status: { token: jwt((made += 1)) } }) }, clock);
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const one = tokens.holding(wanted, signal, async () => {
      expect(await readFile(wanted.file, "utf8")).toBe(jwt(1));
      expect((await stat(wanted.file)).mode & 0o077).toBe(0);
      started.resolve();
      await first.promise;
    });
    await started.promise;
    const two = tokens.holding(wanted, signal, () => second.promise);
    await vi.waitFor(async () => {
      await clock.advance(2_900_000);
      expect(made).toBeGreaterThan(1);
      expect(await readFile(wanted.file, "utf8")).not.toBe(jwt(1));
    });
    first.resolve();
    await one;
    expect(await readdir(join(folder, "in"))).toContain("token");
    second.resolve();
    await two;
    expect(await readdir(join(folder, "in"))).toEqual([]);
  });

  test("is not written where others could read it", async () => {
    await mkdir(join(folder, "in"), { mode: 0o755 });
    const tokens = createIdentityTokens({ post: async () => ({ status: { token: jwt(1) } }) }, new ManualClock(0));
    await expect(tokens.holding(wanted, signal, async () => "worked")).rejects.toThrow(/open to others/);
    expect(await readdir(join(folder, "in"))).toEqual([]);
  });

  test.each([
    ["notFound", "create it again"],
    ["forbidden", "create on serviceaccounts/token"],
  ] as const)(
    "that the API server refuses as %s is told with what to do, and the next try asks again",
    async (kind, says) => {
      const answers = [refusal(kind), undefined];
      const post = async () => {
        const error = answers.shift();
        if (error !== undefined) throw error;
        return { status: { token: jwt(1) } };
      };
      const tokens = createIdentityTokens({ post }, new ManualClock(0));
      const refused = tokens.holding(wanted, signal, async () => "worked");
      await expect(refused).rejects.toThrow(TokenRefused);
      await expect(refused).rejects.toThrow(says);
      expect(await tokens.holding(wanted, signal, async () => "worked")).toBe("worked");
    },
  );
});

function jwt(number: number): string {
  const payload = Buffer.from(JSON.stringify({ iat: 0, exp: 3_600, number })).toString("base64url");
  return `h.${payload}.s`;
}

function refusal(kind: "notFound" | "forbidden"): KubeError {
  return new KubeError(kind, "refused");
}
