// A create may be repeated only where the server cannot have acted on it.
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

import { configMaps } from "../../src/api/index.ts";
import { createKube, systemClock } from "../../src/kube/index.ts";
import { type PlaneAccess, usePlane } from "../support/plane.ts";
import { startScenario } from "../support/scenario.ts";

/** A port that nobody listens on yet, and a way to let it lead to the API server from some moment on. */
async function closedDoor(plane: PlaneAccess) {
  const sockets = new Set<Socket>();
  const listen = (port: number): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        const upstream = connect(Number(new URL(plane.url).port), "127.0.0.1");
        for (const each of [socket, upstream]) sockets.add(each.on("error", () => each.destroy()));
        socket.pipe(upstream).pipe(socket);
      });
      server.listen(port, "127.0.0.1", () => resolve(server));
    });
  const first = await listen(0);
  const { port } = first.address() as AddressInfo;
  await new Promise((resolve) => first.close(resolve));
  return {
    url: `https://127.0.0.1:${port}`,
    async open() {
      const server = await listen(port);
      return () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      };
    },
  };
}

test("a create that never left, because nobody listened, is sent when somebody does: once", async () => {
  const plane = await usePlane();
  await using scenario = await startScenario(plane);
  const { direct, signal, namespace, configMap } = scenario;
  const door = await closedDoor(plane);
  const folder = await mkdtemp(join(tmpdir(), "create-"));
  const path = join(folder, "kubeconfig");
  const config = {
    "current-context": "x",
    contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
    clusters: [{ name: "x", cluster: { server: door.url, "certificate-authority": plane.caFile } }],
    users: [{ name: "x", user: { token: plane.adminToken } }],
  };
  await writeFile(path, JSON.stringify(config));
  await using kube = await createKube({ kubeconfig: { path }, clock: systemClock, random: Math.random }, signal);
  // A generated name: were it sent twice, there would be two.
  const { metadata, ...rest } = configMap("");
  const generated = { ...rest, metadata: { ...metadata, generateName: "made-" } };
  const created = kube.create(configMaps, generated, { signal, timeoutMs: 60_000 });
  await systemClock.sleep(1_500, signal);
  const close = await door.open();
  try {
    expect((await created).metadata.name).toMatch(/^made-/);
    const { items } = await direct.list(configMaps, { namespace, labelSelector: "scenario=yes", signal });
    expect(items).toHaveLength(1);
  } finally {
    close();
    await rm(folder, { recursive: true });
  }
}, 90_000);

test("a create whose answer was lost is not sent again: the caller is told that nobody knows", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, direct, signal, namespace, configMap } = scenario;
  proxy.rule(({ method }) => (method === "POST" ? { kind: "swallow" } : undefined));
  const { metadata, ...rest } = configMap("");
  const generated = { ...rest, metadata: { ...metadata, generateName: "made-" } };
  await expect(kube.create(configMaps, generated, { signal, timeoutMs: 20_000 })).rejects.toMatchObject({
    kind: "unreachable",
    delivery: "unknown",
  });
  expect(proxy.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
  const { items } = await direct.list(configMaps, { namespace, labelSelector: "scenario=yes", signal });
  expect(items).toHaveLength(1);
}, 60_000);

test("a create that the server refused before acting (429) is sent again, and made once", async () => {
  await using scenario = await startScenario(await usePlane());
  const { proxy, kube, direct, signal, namespace, configMap } = scenario;
  let refusals = 2;
  proxy.rule(({ method }) =>
    method === "POST" && refusals-- > 0
      ? { kind: "respond", status: 429, headers: { "retry-after": "1" }, body: "later" }
      : undefined,
  );
  await kube.create(configMaps, configMap("a"), { signal, timeoutMs: 30_000 });
  expect(proxy.requests.filter(({ method }) => method === "POST")).toHaveLength(3);
  const { items } = await direct.list(configMaps, { namespace, labelSelector: "scenario=yes", signal });
  expect(items).toHaveLength(1);
}, 60_000);
