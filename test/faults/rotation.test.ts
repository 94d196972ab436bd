// Trust and credentials that change under a running client.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { configMaps } from "../../src/api/index.ts";
import { createAuthority } from "../../src/local/plane/pki.ts";
import { createInformers } from "../../src/runtime/informers.ts";
import { systemClock } from "../../src/kube/index.ts";
import { usePlane } from "../support/plane.ts";
import { startScenario } from "../support/scenario.ts";

/** Replaces a file at once, as the kubelet does. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.next`, text);
  await rename(`${path}.next`, path);
}

async function serving(name: string) {
  const authority = await createAuthority(name, Date.now());
  const { certificatePem, keyPem } = await authority.issueServing();
  return { ca: authority.certificatePem, tls: { cert: certificatePem, key: keyPem } };
}

test("a rotated CA is picked up from its file: calls and watches go on without a restart", async () => {
  const [before, after] = await Promise.all([serving("before"), serving("after")]);
  await using scenario = await startScenario(await usePlane(), before.tls);
  const { proxy, direct, signal, namespace, folder, configMap } = scenario;
  const ca = join(folder, "ca.pem");
  await writeFile(ca, before.ca);
  // Old enough never to be read again by age: only the refusal makes the client look.
  const kube = await scenario.client({ refreshMs: 3_600_000 }, { ca });
  const informers = createInformers({
    kube,
    clock: systemClock,
    random: Math.random,
    signal,
    report: () => undefined,
    idleMs: 3_000,
  });
  const informer = informers.informer(configMaps, { namespace, signal });
  await informer.synced(signal);

  proxy.setCertificate(after.tls);
  const refused = kube.list(configMaps, { namespace, signal, retry: "none" });
  await expect(refused).rejects.toMatchObject({
    kind: "unreachable",
    delivery: "no",
    message: expect.stringContaining("check the CA"),
  });

  await replace(ca, after.ca);
  expect(await kube.list(configMaps, { namespace, signal })).toBeDefined();
  await direct.create(configMaps, configMap("a"), { signal });
  await expect.poll(() => informer.get({ namespace, name: "a" }), { timeout: 30_000 }).toBeDefined();
});

test("a rotated CA is also picked up by age, before anything is refused", async () => {
  const [before, after] = await Promise.all([serving("before"), serving("after")]);
  await using scenario = await startScenario(await usePlane(), before.tls);
  const { proxy, signal, namespace, folder } = scenario;
  const ca = join(folder, "ca.pem");
  await writeFile(ca, before.ca);
  const kube = await scenario.client({ refreshMs: 0 }, { ca });
  await kube.list(configMaps, { namespace, signal });
  await replace(ca, `${before.ca}\n${after.ca}`); // a bundle of both, as a careful rotation has it
  await kube.list(configMaps, { namespace, signal });
  proxy.setCertificate(after.tls);
  expect(await kube.list(configMaps, { namespace, signal, retry: "none" })).toBeDefined();
});

test("a rotated token is picked up from its file as soon as the old one is refused", async () => {
  const plane = await usePlane();
  await using scenario = await startScenario(plane);
  const { proxy, signal, namespace, folder } = scenario;
  const token = join(folder, "token");
  await writeFile(token, "old\n");
  let valid = "old";
  proxy.rule(({ headers }) =>
    headers.authorization === `Bearer ${valid}`
      ? { kind: "forward", headers: { authorization: `Bearer ${plane.adminToken}` } }
      : {
          kind: "respond",
          status: 401,
          body: { kind: "Status", status: "Failure", reason: "Unauthorized", message: "Unauthorized", code: 401 },
        },
  );
  const kube = await scenario.client({ refreshMs: 3_600_000 }, { user: { tokenFile: token } });
  await kube.list(configMaps, { namespace, signal });

  valid = "new";
  const refused = kube.list(configMaps, { namespace, signal });
  await expect(refused).rejects.toMatchObject({
    kind: "unauthorized",
    message: expect.stringContaining("renew the credentials"),
  });
  await replace(token, "new\n");
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // refusals closer than a second share one reading
  expect(await kube.list(configMaps, { namespace, signal })).toBeDefined();
  expect(await readFile(token, "utf8")).toBe("new\n");
});
