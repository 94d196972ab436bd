import { readdir, readFile } from "node:fs/promises";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testCloud, type TestCloud, testStack, type TestStack } from "./testing/cloud.ts";

const minutes = 60_000;

/** Ends the pulumi processes that run in this stack's folder. */
async function killEngine(folder: string): Promise<number> {
  let killed = 0;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!command.startsWith(folder)) continue;
    process.kill(Number(pid), "SIGKILL");
    killed++;
  }
  return killed;
}

describe("a create whose answer never came", () => {
  let cloud: TestCloud;
  let test: TestStack;
  let adopt: { readonly import?: string } = {};

  beforeAll(async () => {
    cloud = await testCloud();
    test = await testStack(cloud, async () => ({
      bucket: new Bucket("assets", { bucket: "pending-assets", tags: { "dharma:blueprint": "shop/web" } }, adopt)
        .bucket,
    }));
  }, 5 * minutes);

  afterAll(async () => {
    await test.remove();
    await cloud.stop();
  });

  it(
    "stays pending in the state, is found in the cloud by its marker, and is adopted",
    { timeout: 5 * minutes },
    async () => {
      const { stack, home } = test;
      await cloud.ask("POST", "/faults", { kind: "partial", match: { operation: "create" } });
      const lost = expect(stack.up()).rejects.toThrow();
      await expect
        .poll(async () => (await cloud.ask("GET", "/resources/pending-assets")).status, {
          timeout: minutes,
          interval: 100,
        })
        .toBe(200);
      expect(await killEngine(home)).toBe(1);
      await lost;
      await cloud.ask("DELETE", "/faults");

      await stack.cancel();
      const left = JSON.stringify(await stack.exportStack());
      expect(left).toContain('"pending_operations":[{');
      const urn = /"type":"creating"/.test(left)
        ? /urn:pulumi:test::simulated::aws:s3\/bucket:Bucket::assets/.exec(left)?.[0]
        : undefined;
      expect(urn).toBeDefined();
      expect((await cloud.ask("GET", "/resources?blueprint=shop/web")).body).toMatchObject({
        resources: [{ id: "pending-assets", urn }],
      });

      // The engine of v3.250.0 drops what --import-pending-creates marks "importing": adoption is to clear, then to import by option.
      await test.cli("refresh", "--yes", "--non-interactive", "--clear-pending-creates");
      adopt = { import: "pending-assets" };
      expect((await stack.up()).summary.resourceChanges).toEqual({ import: 1, same: 1 });
      adopt = {};
      expect((await stack.up()).summary.resourceChanges).toEqual({ same: 2 });
      const adopted = JSON.stringify(await stack.exportStack());
      expect(adopted).not.toContain('"pending_operations":[{');
      expect(adopted).toContain('"id":"pending-assets"');
    },
  );
});
