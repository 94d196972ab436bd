// The embedded control plane as its users see it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Agent, request } from "undici";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ownPlane, toolPaths } from "../../../test/support/plane.ts";
import type { ControlPlane } from "./plane.ts";

async function get(plane: ControlPlane, path: string): Promise<{ status: number; body: string }> {
  const agent = new Agent({ connect: { ca: await readFile(plane.caFile, "utf8") } });
  const answer = await request(`${plane.url}${path}`, {
    dispatcher: agent,
    headers: { authorization: `Bearer ${plane.adminToken}` },
  });
  const body = await answer.body.text();
  await agent.close();
  return { status: answer.statusCode, body };
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("a plane answers with its real version, comes back after its API server is killed, and leaves nothing behind", async () => {
  const plane = await ownPlane();
  const pids = [...plane.processes.values()].map((process) => process.pid);
  try {
    expect(JSON.parse((await get(plane, "/version")).body)).toMatchObject({ gitVersion: "v1.36.3" });
    await plane.stopApiServer("SIGKILL");
    await expect(get(plane, "/version")).rejects.toThrow();
    await plane.startApiServer("kept", new AbortController().signal);
    expect((await get(plane, "/readyz")).status).toBe(200);
  } finally {
    await plane.stop();
  }
  expect(pids.filter(alive)).toEqual([]);
  expect(existsSync(plane.folder)).toBe(false);
});

test("when the owner is killed with SIGKILL, its control plane goes with it", async () => {
  const tools = JSON.stringify(await toolPaths(["etcd", "kube-apiserver"]));
  const program = `
    const { startControlPlane } = await import(${JSON.stringify(import.meta.resolve("./plane.ts"))});
    const plane = await startControlPlane({ components: [], tools: ${tools}, signal: new AbortController().signal });
    console.log(JSON.stringify({ pids: [...plane.processes.values()].map((p) => p.pid), folder: plane.folder }));
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve, reject) => {
    owner.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString("utf8")));
    owner.once("exit", () => reject(new Error("the owner ended early")));
  });
  const { pids, folder } = JSON.parse(line) as { pids: number[]; folder: string };
  expect(pids.filter(alive)).toEqual(pids);
  owner.kill("SIGKILL");
  await expect.poll(() => pids.some(alive) || existsSync(folder), { timeout: 20_000, interval: 200 }).toBe(false);
});

test("a tool that is missing is named, with the command that gets it", async () => {
  const { startControlPlane } = await import("./plane.ts");
  await expect(startControlPlane({ components: [], tools: {}, signal: new AbortController().signal })).rejects.toThrow(
    /etcd is needed .* npm run tools/,
  );
});
