// The API server comes back with a serving certificate of another authority, as after a rotation of the cluster's CA.
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";

import { configMaps } from "../../src/api/index.ts";
import { createKube, systemClock } from "../../src/kube/index.ts";
import type { ControlPlane } from "../../src/local/index.ts";
import { createAuthority } from "../../src/local/plane/pki.ts";
import { createInformers } from "../../src/runtime/informers.ts";
import { ownPlane } from "../support/plane.ts";

let plane: ControlPlane;
let folder: string;
beforeAll(async () => {
  plane = await ownPlane();
  folder = await mkdtemp(join(tmpdir(), "authority-"));
}, 180_000);
afterAll(async () => {
  await plane.stop();
  await rm(folder, { recursive: true });
});

/** Common name of whoever issued the certificate that is served now; undefined while nobody listens. */
function issuer(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const port = Number(new URL(plane.url).port);
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      const { CN } = socket.getPeerCertificate().issuer;
      resolve(typeof CN === "string" ? CN : undefined);
      socket.destroy();
    });
    socket.on("error", () => resolve(undefined));
  });
}

/** The API server ends and comes back with a certificate that the old authority knows nothing of. */
async function rotate(signal: AbortSignal): Promise<{ readonly ca: string; readonly stop: () => void }> {
  const authority = await createAuthority("rotated", Date.now());
  const { certificatePem, keyPem } = await authority.issueServing();
  await plane.stopApiServer("SIGTERM");
  await writeFile(join(plane.folder, "apiserver.crt"), certificatePem);
  await writeFile(join(plane.folder, "apiserver.key"), keyPem);
  const started = new AbortController();
  // The plane itself trusts the old authority only: it is told to stop waiting once the new certificate is served.
  const waiting = plane.startApiServer("kept", AbortSignal.any([signal, started.signal])).catch(() => undefined);
  await expect.poll(issuer, { timeout: 60_000 }).toBe("rotated");
  return {
    ca: authority.certificatePem,
    stop: () => {
      started.abort(new Error("served"));
      void waiting;
    },
  };
}

test("calls and watches go on with the new CA file, without a restart, and say what is wrong until it is there", async () => {
  const stop = new AbortController();
  const { signal } = stop;
  const ca = join(folder, "ca.pem");
  const path = join(folder, "kubeconfig");
  await writeFile(ca, await readFile(plane.caFile, "utf8"));
  const config = {
    "current-context": "x",
    contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
    clusters: [{ name: "x", cluster: { server: plane.url, "certificate-authority": ca } }],
    users: [{ name: "x", user: { token: plane.adminToken } }],
  };
  await writeFile(path, JSON.stringify(config));
  await using kube = await createKube({ kubeconfig: { path }, clock: systemClock, random: Math.random }, signal);
  const errors: unknown[] = [];
  const informers = createInformers({
    kube,
    clock: systemClock,
    random: Math.random,
    signal,
    report: (_, error) => errors.push(error),
    idleMs: 3_000,
  });
  const informer = informers.informer(configMaps, { namespace: "default", signal });
  await informer.synced(signal);

  const rotated = await rotate(signal);
  await expect(kube.list(configMaps, { namespace: "default", signal, timeoutMs: 3_000 })).rejects.toMatchObject({
    kind: "unreachable",
    delivery: "no",
    message: expect.stringContaining("check the CA"),
  });

  await writeFile(`${ca}.next`, rotated.ca);
  await rename(`${ca}.next`, ca); // at once, as the kubelet does
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "after", namespace: "default" } };
  await expect
    .poll(() => kube.apply(configMaps, object, { fieldManager: "test", signal }).then(() => "applied", String), {
      timeout: 60_000,
      interval: 500,
    })
    .toBe("applied");
  await expect.poll(() => informer.get({ namespace: "default", name: "after" }), { timeout: 60_000 }).toBeDefined();
  expect(errors.length).toBeLessThan(30); // waits between attempts, no hot loop
  rotated.stop();
  stop.abort(new Error("the test is over"));
  await informers.closed;
}, 240_000);
